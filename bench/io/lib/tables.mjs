// The tables of a report, in Markdown.
import { table } from '../../native/lib/tables.mjs'
import { STATES } from './rows.mjs'

const STATE_NAMES = { hot: 'cached', cold: 'not cached', direct: 'O_DIRECT' }
const number = (value) => (value < 10 ? value.toFixed(2) : value.toFixed(value < 100 ? 1 : 0))

/** Names in the order in which they first come, with their language. */
function methodsOf(cells) {
  const all = cells.map(({ language, name }) => JSON.stringify({ language, name }))
  return [...new Set(all)].map((one) => JSON.parse(one))
}

const isOf = (method) => (cell) => cell.name === method.name && cell.language === method.language

/** A row for each method, a column for each depth. */
function byDepth(head, cells, show) {
  const depths = [...new Set(cells.map(({ depth }) => depth))].sort((a, b) => a - b)
  // Depth 1 has all methods, in their order; fio comes with its depth.
  const rows = methodsOf(cells).map((method) => {
    const own = cells.filter(isOf(method))
    const at = depths.map((depth) => own.find((cell) => cell.depth === depth))
    return [method.name, ...at.map((cell) => (cell ? show(cell) : ''))]
  })
  return table([head, ...depths.map(String)], rows)
}

/** The cells of an order of reading and a state that were measured. */
export function readsOf(results, order, state) {
  return results.filter(
    (cell) => cell.order === order && cell.state === state && cell.skipped === undefined,
  )
}

const RANDOM = {
  'CPU µs, thousands a second': ({ cpu, rate }) => `${number(cpu)}, ${number(rate / 1e3)}`,
  'p50, p99 in µs': ({ p50, p99 }) => `${number(p50)}, ${number(p99)}`,
}
const SEQUENTIAL = {
  'CPU µs, MB/s': ({ cpu, megabytes }) => `${number(cpu)}, ${megabytes.toFixed(0)}`,
}

function readTables(results, order, title, columns) {
  return STATES.flatMap((state) => {
    const cells = readsOf(results, order, state)
    if (cells.length === 0) return []
    return Object.entries(columns).map(([what, show]) =>
      byDepth(`${title}, ${STATE_NAMES[state]}: ${what}`, cells, show),
    )
  })
}

function smallTable(results) {
  const cells = results.filter(({ group, skipped }) => /^small/.test(group) && !skipped)
  const rows = methodsOf(cells).map((method) => {
    const figures = ['hot', 'cold'].map((state) => {
      const cell = cells.filter(isOf(method)).find((one) => one.state === state)
      return cell ? `${number(cell.cpu)}, ${number(cell.rate / 1e3)}` : ''
    })
    return [method.name, ...figures]
  })
  const head = 'small files: CPU µs, thousands a second'
  return table([head, STATE_NAMES.hot, STATE_NAMES.cold], rows)
}

export function framesTable(results) {
  const cells = results.filter(({ group, skipped }) => group === 'frames' && !skipped)
  const rows = cells.map(({ language, name, mean, p99, worst, megabytes }) => {
    const stalls = [mean, p99, worst].map((us) => number(us))
    return [language, name, ...stalls, megabytes.toFixed(0)]
  })
  const head = ['thread', 'who loads', 'mean µs', 'p99', 'worst', 'MB/s']
  return table(head, rows)
}

function timersTable(results) {
  const cells = results.filter(({ group, skipped }) => group === 'timers' && !skipped)
  const rows = cells.map(({ name, p50, p99, cpu }) => [name, number(p50), number(p99), number(cpu)])
  return table(['a timer of 1 ms', 'late by µs, p50', 'p99', 'CPU µs'], rows)
}

function leftOut(results) {
  const reasons = new Map()
  for (const { name, state, skipped } of results) {
    if (skipped === undefined) continue
    const what = state === undefined ? name : `${name} (${STATE_NAMES[state]})`
    reasons.set(skipped, (reasons.get(skipped) ?? new Set()).add(what))
  }
  if (reasons.size === 0) return []
  const lines = [...reasons].map(([reason, names]) => `- ${reason}: ${[...names].join('; ')}`)
  return [`Left out:\n\n${lines.join('\n')}`]
}

/** Every table for which something was measured. */
export function allTables(results) {
  const has = (pattern) => results.some(({ group }) => pattern.test(group))
  return [
    ...readTables(results, 'random', 'random 4 KiB', RANDOM),
    ...readTables(results, 'sequential', 'sequential 1 MiB', SEQUENTIAL),
    ...(has(/^small/) ? [smallTable(results)] : []),
    ...(has(/^frames/) ? [framesTable(results)] : []),
    ...(has(/^timers/) ? [timersTable(results)] : []),
    ...leftOut(results),
  ].join('\n\n')
}

/** What the guide asks, and which cells answer: a state, a depth, an order. */
const QUESTIONS = [
  ['random 4 KiB, cached, one at a time', 'random', 'hot', 1],
  ['random 4 KiB, cached, 64 at once', 'random', 'hot', 64],
  ['random 4 KiB, not cached, one at a time', 'random', 'cold', 1],
  ['random 4 KiB, not cached, 64 at once', 'random', 'cold', 64],
  ['random 4 KiB, O_DIRECT, 64 at once', 'random', 'direct', 64],
  ['1 MiB in order, cached, 4 at once', 'sequential', 'hot', 4],
  ['1 MiB in order, not cached, 4 at once', 'sequential', 'cold', 4],
  ['10,000 small files, cached', undefined, 'hot', 64],
  ['10,000 small files, not cached', undefined, 'cold', 64],
]

const cheapest = (cells) =>
  cells.reduce((least, cell) => (least && least.cpu <= cell.cpu ? least : cell), undefined)

function answer(results, [what, order, state, depth]) {
  const isAsked = (cell) =>
    cell.state === state && cell.depth === depth && !cell.skipped && cell.group !== 'frames'
  const cells = results.filter((cell) => cell.order === order && isAsked(cell))
  const show = (cell) => (cell ? `${number(cell.cpu)}, ${number(cell.rate / 1e3)}` : '')
  const ofNode = (pattern) => cells.find(({ name }) => pattern.test(name))
  // What is populated is read in order, whatever is then looked at.
  const isNative = ({ language, name }) => language === 'C++' && !/POPULATE/.test(name)
  const native = cheapest(cells.filter(isNative))
  const heddle = cheapest(cells.filter(({ name }) => name.startsWith('heddle')))
  return [
    what,
    native ? `${show(native)} (${native.name})` : '',
    show(heddle),
    show(ofNode(/^fs\.read(File)?$/)),
    show(ofNode(/^(FileHandle|fs\.promises)/)),
  ]
}

/** For the guide: how far everybody in JavaScript is from the cheapest there is. */
export function guideTables(results) {
  const rows = QUESTIONS.map((question) => answer(results, question))
  const head = ['CPU µs each, thousands a second', 'cheapest in C++', 'Heddle']
  const answers = table([...head, '`fs`, callbacks', '`fs.promises`'], rows)
  return `${answers}\n\n${framesTable(results)}`
}
