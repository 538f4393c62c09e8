// How fast are operations on large arrays, from JavaScript, beside C loops over recycled buffers?
//
// The C loops are a process of their own, so that nothing of ours is in their way. In each round
// every side does some passes, back to back, so that the collector's work for one is in the time of
// the next; meanwhile the others sleep. Wall time counts, medians are printed. A ratio is the
// median of the rounds' ratios. Usage:
// node FILE [--rounds N] [--passes N] [--count N] [--tiny] [--results FILE]
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, release } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'

import { biome } from '../../scripts/format.mjs'
import { root } from '../../scripts/tools.mjs'
import { compileLoops, numpyVersion, startPeers } from './arrays/peers.mjs'
import { makeLoops, makeNumbers, makeOurs, ROWS } from './arrays/sides.mjs'

const RESULTS = join(root, 'bench/results/arrays.json')
const heddle = createRequire(import.meta.url)(join(root, 'dist/index.js'))

const { values } = parseArgs({
  options: {
    tiny: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    passes: { type: 'string', default: '3' },
    count: { type: 'string' },
    results: { type: 'string', default: RESULTS },
  },
})
const rounds = Number(values.rounds ?? (values.tiny ? 2 : 31))
const count = Number(values.count ?? (values.tiny ? 20_000 : 10_000_000))
const passes = Number(values.passes)
const WARM_UP = 3
/** Before a turn: what the last one left to the collector's threads is not in it. */
const REST_MS = 5
const THREADS = [1, 2]
/** Of the C loops' speed. */
const FLOOR = 0.85

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

/** Milliseconds a pass here, one after the other, and the last one's result. */
async function time(pass, times) {
  let result
  const start = performance.now()
  for (let i = 0; i < times; ++i) result = await pass()
  return { ms: (performance.now() - start) / times, result }
}

/** All sides of a row, by name. */
function sidesOf({ usage, operation, strict }, threads, { ours, loops, peers }) {
  const sides = {
    ours: () => time(ours[usage], passes),
    c: () => peers.c.ask(operation, threads, passes),
    small: () => peers.small.ask(operation, threads, passes),
    javascript: () => time(loops[operation], 1),
  }
  if (strict) sides.strict = () => peers.c.ask(strict, threads, passes)
  if (peers.numpy) sides.numpy = () => peers.numpy.ask(operation, threads, passes)
  return sides
}

/**
 * Milliseconds of every round, of every side. All are to find the same. Every other round goes
 * the other way round, so that nobody always comes after the same one.
 */
async function measure(sides, expected) {
  const taken = Object.fromEntries(Object.keys(sides).map((name) => [name, []]))
  for (let round = -WARM_UP; round < rounds; ++round) {
    const turns = Object.entries(sides)
    for (const [name, side] of round % 2 === 0 ? turns : turns.reverse()) {
      await setTimeout(REST_MS)
      const { ms, result } = await side()
      if (result !== expected) throw new Error(`${name}: ${result} and not ${expected}`)
      if (round >= 0) taken[name].push(Number(ms.toFixed(4)))
    }
  }
  return taken
}

/** A row with its medians, and whether it holds the floor. */
function judge(row, threads, runs) {
  const ms = Object.fromEntries(Object.entries(runs).map(([side, of]) => [side, median(of)]))
  const ratio = median(runs.c.map((c, round) => c / runs.ours[round]))
  return { ...row, threads, ms, ratio, holds: ratio >= FLOOR, runs }
}

async function measureAll(threads, numbers, loops, peers) {
  const scheduler = new heddle.Scheduler(threads)
  const scope = new heddle.ScopedScheduler(scheduler)
  const ours = makeOurs(heddle, numbers)
  const rows = []
  for (const row of ROWS) {
    const sides = sidesOf(row, threads, { ours, loops, peers })
    rows.push(judge(row, threads, await measure(sides, loops[row.operation]())))
  }
  scope[Symbol.dispose]()
  scheduler[Symbol.dispose]()
  return rows
}

function tableOf(rows) {
  const number = (ms) => (ms === undefined ? '' : ms.toFixed(2))
  const head = ['operation', 'threads', 'Heddle', 'C', 'ratio', 'floor', 'holds']
  head.push('C, small pages', 'C, in order', 'JavaScript', 'numpy')
  const cells = rows.map(({ name, threads, ms, ratio, holds }) => {
    const floor = [ratio.toFixed(2), `${FLOOR}`, holds ? 'yes' : '**no**']
    const peers = [ms.small, ms.strict, ms.javascript, ms.numpy].map(number)
    return [name, `${threads}`, number(ms.ours), number(ms.c), ...floor, ...peers]
  })
  return [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

/** How much a second thread helps where nothing but a processor is short: 2 at best. */
function gainOf(rows) {
  const [one, two] = THREADS.map((n) => rows.find((row) => row.strict && row.threads === n))
  return one.ms.strict / two.ms.strict
}

const { program, compiler } = compileLoops()
const on = {
  cpu: `${cpus()[0]?.model.trim()}, ${availableParallelism()} of them`,
  kernel: release(),
  node: process.version,
  compiler,
  numpy: numpyVersion(),
  load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
}
const numbers = makeNumbers(count)
const loops = makeLoops(numbers)
const rows = []
for (const threads of THREADS) {
  const peers = startPeers(program, count, threads, on.numpy !== undefined)
  rows.push(...(await measureAll(threads, numbers, loops, peers)))
  for (const peer of Object.values(peers)) peer.end()
}
const gain = gainOf(rows)
const versions = Object.entries(on).filter(([, value]) => value !== undefined)
console.log(versions.map(([name, value]) => `${name}: ${value}`).join('; '))
console.log(`${count} f64; milliseconds, medians of ${rounds} rounds of ${passes} passes\n`)
console.log(tableOf(rows))
console.log(
  `\nA second thread makes the C loop that adds in order ${gain.toFixed(2)} times as fast.`,
)
mkdirSync(dirname(values.results), { recursive: true })
const written = { on, count, rounds, passes, floor: FLOOR, gain, rows }
writeFileSync(values.results, `${JSON.stringify(written, null, 2)}\n`)
if (values.results === RESULTS) biome(['--write', RESULTS])
process.exit(0)
