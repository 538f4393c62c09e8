// The tables of a report, in Markdown.
import { table } from '../../native/lib/tables.mjs'
import { median } from './question.mjs'

const number = (value) => String(Number(value.toPrecision(3)))

function verdictTable(results) {
  const mark = (holds) => (holds === undefined ? '' : holds ? 'yes' : '**no**')
  const rows = Object.values(results).flatMap(({ lines }) =>
    lines.map(({ what, measured, floor, holds }) => [what, measured, floor, mark(holds)]),
  )
  return table(['what', 'measured', 'floor', 'holds'], rows)
}

function sideTable(name, { rows, missing }) {
  const cells = rows.map(({ what, side, unit, samples }) => {
    const [best, worst] = [Math.min(...samples), Math.max(...samples)]
    return [what, side, unit, number(median(samples)), `${number(best)} to ${number(worst)}`]
  })
  const head = `${name}; ${missing.toFixed(2)} of a processor missing`
  return table([head, 'side', 'unit', 'median', 'all'], cells)
}

/** Every table for which something was measured. */
export function allTables(results) {
  const tables = Object.entries(results).map(([name, result]) => sideTable(name, result))
  return [verdictTable(results), ...tables].join('\n\n')
}
