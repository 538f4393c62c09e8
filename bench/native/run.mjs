// How does the core compare with its peers, and with the floors that were set for it?
//
// Builds Heddle's programs, and the peers' as far as they are installed, runs them in turn, and
// prints medians. Usage: node bench/native/run.mjs [--only NAME]... [--runs N] [--quick] [--readme]
//   --only NAME   rows whose name contains it: fib, queens, UTS, sort, matmul, wake, ...
//                 Others stay as they were measured before.
//   --runs N      of each program (default 9; --quick is 3)
//   --readme      puts the tables into bench/README.md
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

import { biome } from '../../scripts/format.mjs'
import { Failure, root, script } from '../../scripts/tools.mjs'
import { measureRow } from './lib/measure.mjs'
import { build, FORK_COST, machine } from './lib/programs.mjs'
import { CASES, CONTESTS } from './lib/rows.mjs'
import { allTables } from './lib/tables.mjs'

const RESULTS = join(root, 'bench/results/native.json')
const README = join(root, 'bench/README.md')
const BEGIN = '<!-- bench/native/run.mjs --readme: from here -->'
const END = '<!-- to here -->'

/** Instructions of a fork and its join, over the obvious serial code and over leaner. */
function countInstructions() {
  const { status, stdout } = spawnSync(FORK_COST, { encoding: 'utf8' })
  const match = /a fork and a join: ([\d.]+), over lean calls ([\d.]+)/.exec(stdout)
  if (!match) return undefined // There is no valgrind here.
  return { over: Number(match[1]), overLean: Number(match[2]), holds: status === 0 }
}

function measureAll(only, runs) {
  const isWanted = ({ name }) => only.length === 0 || only.some((part) => name.includes(part))
  const results = {}
  for (const row of [...CONTESTS, ...CASES].filter(isWanted)) {
    const start = performance.now()
    results[row.name] = measureRow(row, Math.ceil(runs * (row.share ?? 1)))
    console.error(`${row.name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
  }
  if (isWanted({ name: 'instructions' })) results.instructions = countInstructions()
  return results
}

/** What was measured before, if only some rows are measured now. */
function kept({ only, results }) {
  if (only.length === 0 || !existsSync(results)) return {}
  return JSON.parse(readFileSync(results, 'utf8')).results
}

function describe(on, runs) {
  const versions = Object.entries(on).filter(([, value]) => value !== undefined)
  const list = versions.map(([name, value]) => `${name}: ${value}`).join('; ')
  return `${list}. Medians of ${runs} runs.`
}

/** Replaces what is between the marks. */
function writeReadme(text) {
  const before = readFileSync(README, 'utf8')
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)]
  if (from < 0 || to < from) throw new Failure(`${README} has no marks to put tables between`)
  const head = before.slice(0, from + BEGIN.length)
  writeFileSync(README, `${head}\n\n${text}\n\n${before.slice(to)}`)
}

await script(import.meta.url, async () => {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', multiple: true, default: [] },
      runs: { type: 'string' },
      quick: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      results: { type: 'string', default: RESULTS },
    },
  })
  const runs = Number(values.runs ?? (values.quick ? 3 : 9))
  await build()
  const on = machine()
  const results = { ...kept(values), ...measureAll(values.only, runs) }
  const text = `${describe(on, runs)}\n\n${allTables(results)}`
  console.log(text)
  mkdirSync(dirname(values.results), { recursive: true })
  writeFileSync(values.results, `${JSON.stringify({ on, runs, results }, null, 2)}\n`)
  if (values.results === RESULTS) biome(['--write', RESULTS])
  if (values.readme) writeReadme(text)
})
