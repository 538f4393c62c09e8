// The tables of a report, in Markdown.
import { CASES, CONTESTS, TEAMS } from './rows.mjs'
import { find, overSerial, perUnit, verdicts } from './verdicts.mjs'

/** Columns that line up, so that it can be read as it is. */
export function table(header, rows) {
  const widths = header.map((_, i) => Math.max(...[header, ...rows].map((row) => row[i].length)))
  const draw = (cells) => `| ${cells.map((cell, i) => cell.padEnd(widths[i])).join(' | ')} |`
  const rule = widths.map((width) => '-'.repeat(width))
  return [draw(header), draw(rule), ...rows.map(draw)].join('\n')
}

export function verdictTable(results) {
  const mark = (holds) => (holds === undefined ? '' : holds ? 'yes' : '**no**')
  const rows = verdicts(results).map(({ what, measured, floor, holds }) => {
    return [what, measured, floor, mark(holds)]
  })
  return table(['what', 'measured', 'floor', 'holds'], rows)
}

const number = (value) => (value < 100 ? value.toFixed(2) : value.toFixed(0))

/** A contest: nanoseconds a unit, and in brackets how many times the serial code's. */
function contestTable({ name, unit }, cells) {
  const show = (cell) => {
    if (!cell) return ''
    return `${number(perUnit(cell))} (${overSerial(cells, cell).toFixed(2)})`
  }
  const rows = Object.entries(TEAMS).map(([by, { serial }]) => {
    const one = cells.find((cell) => cell.by === by && cell.workers === 1)
    if (!one) return [by, 'not installed', '', '', '']
    const { size } = one
    const [own, two] = [find(cells, serial, 0, size), find(cells, by, 2, size)]
    return [by, size === undefined ? '' : String(size), show(own), show(one), show(two)]
  })
  const header = [`${name}: ns a ${unit}`, 'size', 'serial', '1 worker', '2 workers']
  return table(header, rows)
}

/** What the cells of a case show, each with its unit. */
const CASE_COLUMNS = {
  'fib at plain -O2': { 'ns a fork': (cell) => number(perUnit(cell)) },
  'fib by two': {
    'wall ms': ({ wall }) => (wall / 1e6).toFixed(0),
    'CPU ms': ({ cpu }) => (cpu / 1e6).toFixed(0),
    'ns a fork or call': (cell) => number(perUnit(cell)),
  },
  'long leaf': { seconds: ({ wall }) => (wall / 1e9).toFixed(3) },
  switch: {
    'ns a switch': (cell) => number(cell.switch),
    'by enter() or leave()': (cell) => (cell.fiber_switch ? number(cell.fiber_switch) : ''),
    "Heddle's in the same run": (cell) => (cell.heddle ? number(cell.heddle) : ''),
  },
  fiber: {
    'ns a fiber': (cell) => number(cell.fiber),
    'a thread, or by post': (cell) => number(cell.thread ?? cell.posted),
  },
  'plain loop': {
    'plain ms': (cell) => (cell.plain / 1e6).toFixed(2),
    'parallel ms': (cell) => (cell.parallel / 1e6).toFixed(2),
  },
  'skewed loop': {
    ms: ({ wall }) => (wall / 1e6).toFixed(1),
    gain: ({ wall }, cells) => `${(cells[0].wall / wall).toFixed(2)} x`,
  },
  'tiny loops': { 'µs a loop': (cell) => (perUnit(cell) / 1000).toFixed(3) },
  wake: {
    'p50 µs': ({ p50 }) => (p50 / 1000).toFixed(1),
    'p99 µs': ({ p99 }) => (p99 / 1000).toFixed(1),
    'CPU µs': ({ burnt }) => (burnt / 1000).toFixed(1),
    'bare futex: p50': (cell) => (cell.bare_p50 ? (cell.bare_p50 / 1000).toFixed(1) : ''),
    p99: (cell) => (cell.bare_p99 ? (cell.bare_p99 / 1000).toFixed(1) : ''),
    CPU: (cell) => (cell.bare_burnt ? (cell.bare_burnt / 1000).toFixed(1) : ''),
    'idle CPU µs': ({ idle }) => (idle / 1000).toFixed(1),
  },
  jobs: { 'M jobs/s': (cell) => (1000 / perUnit(cell)).toFixed(1) },
}

function caseTable({ name, cells: wanted }, cells) {
  const columns = CASE_COLUMNS[name]
  const rows = wanted.map(({ by }) => {
    const cell = cells.find((one) => one.by === by)
    if (!cell) return [by, 'not installed', ...Object.keys(columns).slice(1).fill('')]
    return [by, ...Object.values(columns).map((show) => show(cell, cells))]
  })
  return table([name, ...Object.keys(columns)], rows)
}

/** Every table for which something was measured. */
export function allTables(results) {
  const contests = CONTESTS.filter(({ name }) => results[name])
  const cases = CASES.filter(({ name }) => results[name])
  return [
    verdictTable(results),
    ...contests.map((row) => contestTable(row, results[row.name])),
    ...cases.map((row) => caseTable(row, results[row.name])),
  ].join('\n\n')
}
