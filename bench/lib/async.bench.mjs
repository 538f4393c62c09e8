// What does an operation on an Async cost, beside the same thing on promises?
//
// A row is one question. Ours and the promises' take turns in one process, after rounds that are
// not counted. CPU time counts, of all threads with the collector's: other work on the machine
// makes wall time several times as long. Usage: node FILE [--rounds N] [--count N] [--results FILE]
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { makeRows, startWatch } from './async/rows.mjs'

const root = fileURLToPath(new URL('../..', import.meta.url))
const require = createRequire(import.meta.url)

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    count: { type: 'string', default: '100000' },
    loop: { type: 'string', default: '10000000' },
    results: { type: 'string', default: join(root, 'bench/results/async.json') },
  },
})
const rounds = Number(values.rounds)
const WARM_UP = 3

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

/** Nanoseconds an operation, CPU and wall, of the program or of the part that it measured. */
async function time(program, count) {
  const stop = startWatch()
  const { cpu, wall } = (await program(count)) ?? stop()
  return { cpu: cpu / count, wall: wall / count }
}

async function measure(row) {
  const runs = { ours: [], promises: [] }
  for (let round = -WARM_UP; round < rounds; ++round) {
    for (const side of ['ours', 'promises']) {
      if (row[side] === undefined) continue
      const taken = await time(row[side], row.count)
      if (round >= 0) runs[side].push(taken)
      await new Promise(setImmediate)
    }
  }
  return runs
}

/** Growth of the resident set in a process of its own, in MB. */
function measureMemory() {
  const program = join(root, 'bench/lib/async/memory.mjs')
  return JSON.parse(execFileSync(process.execPath, [program, values.loop], { encoding: 'utf8' }))
}

function tableOf(rows) {
  const ns = (number) => (number === undefined ? '' : `${number.toFixed(number < 100 ? 1 : 0)} ns`)
  const cells = rows.map(({ name, floor, ours, promises }) => [
    name,
    ns(ours.cpu),
    ns(ours.wall),
    ns(promises?.cpu),
    promises === undefined ? '' : (ours.cpu / promises.cpu).toFixed(2),
    `${floor} ns`,
    ours.cpu <= floor ? 'yes' : '**no**',
  ])
  const head = ['what', 'Heddle', 'wall', 'promises', 'ratio', 'at most', 'holds']
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** Medians of both, or undefined where there was no run. */
function summaryOf(runs) {
  if (runs.length === 0) return undefined
  return { cpu: median(runs.map(({ cpu }) => cpu)), wall: median(runs.map(({ wall }) => wall)) }
}

const on = {
  cpu: `${cpus()[0]?.model.trim()}, ${availableParallelism()} of them`,
  kernel: release(),
  node: process.version,
  load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
}
const heddle = require(join(root, 'dist/index.js'))
const rows = makeRows(heddle, Number(values.count))
const results = []
for (const row of rows) {
  const runs = await measure(row)
  results.push({
    name: row.name,
    floor: row.floor,
    ours: summaryOf(runs.ours),
    promises: summaryOf(runs.promises),
    runs,
  })
}
const memory = measureMemory()
console.log(
  Object.entries(on)
    .map(([name, value]) => `${name}: ${value}`)
    .join('; '),
)
console.log(`${values.count} operations, medians of ${rounds} rounds\n`)
console.log(tableOf(results))
console.log(
  `\n${values.loop} Asyncs made and dropped: resident set grows by ${memory.grown.toFixed(0)} MB ` +
    `at most (floor 100), ${memory.nanoseconds.toFixed(0)} ns each`,
)
mkdirSync(dirname(values.results), { recursive: true })
writeFileSync(values.results, `${JSON.stringify({ on, rows: results, memory }, null, 2)}\n`)
process.exit(0)
