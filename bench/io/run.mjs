// What does it cost to read files: by io_uring, by threads, mapped, and from JavaScript?
//
// Builds the program of C++, runs all methods in turn as processes of their own, prints medians,
// and draws them. Every block that is read says which one it is, and is checked. Usage:
// node bench/io/run.mjs [--only NAME]... [--rounds N] [--time MS] [--folder DIR] [--readme] ...
//   --only NAME   groups whose name contains it: random, sequential, cold, small, frames, timers
//                 Others stay as they were measured before.
//   --rounds N    of each cell (default 5)
//   --time MS     of each cell's reads (default 300)
//   --folder DIR  where the files are made, on the disk to be measured (default: for temporaries)
//   --readme      puts the tables into bench/README.md and docs/io.md
//   --redraw      measures nothing: tables and plots of what was measured before
//   --tiny        sizes that take a moment: for a test
//   --results FILE, --plots DIR  where the numbers and the plots go
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

import { buildAddon, buildTypeScript } from '../../scripts/build.mjs'
import { root, script } from '../../scripts/tools.mjs'
import { buildProgram, machine, withFiles } from './lib/machine.mjs'
import { measureGroup } from './lib/measure.mjs'
import { writeBetweenMarks } from './lib/pages.mjs'
import { drawAll } from './lib/plots.mjs'
import { groupsFor, SIZES } from './lib/rows.mjs'
import { allTables, guideTables } from './lib/tables.mjs'

const RESULTS = join(root, 'bench/results/io.json')
const PLOTS = join(root, 'docs/plots')

const OPTIONS = {
  only: { type: 'string', multiple: true, default: [] },
  rounds: { type: 'string' },
  time: { type: 'string' },
  folder: { type: 'string', default: tmpdir() },
  readme: { type: 'boolean', default: false },
  redraw: { type: 'boolean', default: false },
  tiny: { type: 'boolean', default: false },
  results: { type: 'string', default: RESULTS },
  plots: { type: 'string', default: PLOTS },
}

function sizesFor({ tiny, rounds, time }) {
  const sizes = tiny ? SIZES.tiny : SIZES.full
  return {
    ...sizes,
    rounds: Number(rounds ?? sizes.rounds),
    timeMs: Number(time ?? sizes.timeMs),
  }
}

/** Measures the groups that are wanted; others stay as they were, in their places. */
async function measureAll(values, sizes, before) {
  const isWanted = ({ name }) =>
    values.only.length === 0 || values.only.some((part) => name.includes(part))
  const groups = groupsFor(sizes)
  return withFiles(values.folder, sizes, (folder) =>
    groups.flatMap((group) => {
      if (!isWanted(group)) return before.filter((cell) => cell.group === group.name)
      const start = performance.now()
      const cells = measureGroup(group, folder, sizes)
      console.error(`${group.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
      return cells
    }),
  )
}

async function measureAnew(values, sizes, before) {
  if (!values.tiny) {
    await buildAddon()
    buildTypeScript()
  }
  await buildProgram()
  const on = machine(values.folder)
  const results = await measureAll(values, sizes, before?.results ?? [])
  return { on, sizes, results }
}

function describe({ on, sizes }) {
  const versions = Object.entries(on).filter(([, value]) => value !== undefined)
  const list = versions.map(([name, value]) => `${name}: ${value}`).join('; ')
  const { rounds, fileBytes, timeMs } = sizes
  const size = `${fileBytes >> 20} MiB`
  return `${list}. Medians of ${rounds} rounds of ${timeMs} ms, on a file of ${size}.`
}

/** A cell a line: readable, and short in a diff. */
function write(path, { results, ...about }) {
  mkdirSync(dirname(path), { recursive: true })
  const lines = results.map((cell) => JSON.stringify(cell)).join(',\n')
  const head = JSON.stringify(about, null, 2).slice(0, -2)
  writeFileSync(path, `${head},\n  "results": [\n${lines}\n]}\n`)
}

await script(import.meta.url, async () => {
  const { values } = parseArgs({ options: OPTIONS })
  const before = existsSync(values.results)
    ? JSON.parse(readFileSync(values.results, 'utf8'))
    : undefined
  const report = values.redraw ? before : await measureAnew(values, sizesFor(values), before)
  const text = `${describe(report)}\n\n${allTables(report.results)}`
  console.log(text)
  write(values.results, report)
  drawAll(report.results, values.plots)
  if (!values.readme) return
  writeBetweenMarks(join(root, 'bench/README.md'), text)
  const short = `${describe(report)}\n\n${guideTables(report.results)}`
  writeBetweenMarks(join(root, 'docs/io.md'), short)
})
