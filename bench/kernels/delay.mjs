// How late does the main thread's event loop come while kernels work on all processors?
//
// p99 of the delay of a timer, a millisecond each, as Node's own histogram has it. Beside it: as
// many bare threads that count.
import { once } from 'node:events'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import {
  atMost,
  check,
  heddle,
  line,
  median,
  ms,
  question,
  rowsOf,
  takeTurns,
} from './lib/question.mjs'

const { kernel, Scheduler } = heddle

const work = kernel((_, i, { out, steps }) => {
  let x = i
  for (let k = 0; k < steps; ++k) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
  out[i] = x
})

/** The p99 until what `begin` gives is done, in milliseconds. */
async function delayWhile(begin) {
  const histogram = monitorEventLoopDelay({ resolution: 1 })
  histogram.enable()
  await begin()
  histogram.disable()
  return histogram.percentile(99) / 1e6
}

const SPIN = "require('node:worker_threads').parentPort.postMessage(0); for (;;);"

await question(import.meta.url, async ({ tiny, cores, ...rounds }) => {
  const scheduler = new Scheduler(cores)
  await scheduler.ready()
  const time = tiny ? 20 : 1000
  const out = new Int32Array(new SharedArrayBuffer(4 * 100_000))
  const steps = tiny ? 10 : 10_000 * cores
  let dispatches = 0
  const sides = {
    idle: () => delayWhile(() => setTimeout(time)),
    'a long dispatch': () =>
      delayWhile(async () => {
        await scheduler.dispatch(work, out.length, { out, steps })
        ++dispatches
      }),
    'bare threads': async () => {
      const threads = Array.from({ length: cores }, () => new Worker(SPIN, { eval: true }))
      await Promise.all(threads.map((thread) => once(thread, 'message')))
      const p99 = await delayWhile(() => setTimeout(time))
      await Promise.all(threads.map((thread) => thread.terminate()))
      return p99
    },
  }
  const samples = await takeTurns(sides, rounds)
  scheduler[Symbol.dispose]()
  check(dispatches > 0 && out.every((x, i) => i === 0 || x !== 0), 'a dispatch')
  const above = (name) => median(samples[name].map((p99, round) => p99 - samples.idle[round]))
  return {
    rows: rowsOf('delay, p99', 'ms', samples),
    lines: [
      atMost('a long dispatch above idle', above('a long dispatch'), 5, ms),
      line('bare threads above idle', ms(above('bare threads'))),
    ],
  }
})
