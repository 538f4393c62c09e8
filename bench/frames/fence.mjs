// How long does it take from a fence that becomes readable until the node behind it runs?
//
// An eventfd stands for the fence. Another thread writes to it, while the main thread waits: the
// clock is the same for all threads.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import {
  atMost,
  heddle,
  line,
  median,
  question,
  rowsOf,
  THREADS,
  takeTurns,
  us,
} from '../kernels/lib/question.mjs'

const { FrameGraph, kernel, Scheduler, shared } = heddle

/** Microseconds by a clock that all threads have. */
const stamp = kernel((_, _i, { at }) => {
  const [seconds, nanoseconds] = process.hrtime()
  at[0] = seconds * 1e6 + nanoseconds / 1e3
})

function now() {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1e6 + nanoseconds / 1e3
}

/** Writes to the descriptor, a moment after it was asked to, and says when. */
const SIGNALLER = `
  const { parentPort, workerData } = require('node:worker_threads')
  const { writeSync } = require('node:fs')
  const one = Buffer.from(new BigUint64Array([1n]).buffer)
  const wait = new Int32Array(new SharedArrayBuffer(4))
  parentPort.on('message', ({ fd, milliseconds }) => {
    Atomics.wait(wait, 0, 0, milliseconds)
    const [seconds, nanoseconds] = process.hrtime()
    workerData[0] = seconds * 1e6 + nanoseconds / 1e3
    writeSync(fd, one)
  })
  parentPort.postMessage('ready')
`

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const event = scheduler.io.eventfd()
  const at = shared(Float64Array, 1)
  const signalled = shared(Float64Array, 1)
  const worker = new Worker(SIGNALLER, { eval: true, workerData: signalled })
  await once(worker, 'message')
  const behind = {
    'a function': { run: () => void at.fill(now()) },
    'a kernel': { dispatch: [stamp, 1, { at }] },
  }
  const sides = {}
  for (const [name, options] of Object.entries(behind)) {
    const frame = new FrameGraph(scheduler, { framesInFlight: 1 })
    frame.node('draw', { gpu: () => event.fd })
    frame.node('after', { ...options, after: ['draw'] })
    sides[name] = async () => {
      const delays = []
      for (let i = 0; i < (tiny ? 3 : 100); ++i) {
        worker.postMessage({ fd: event.fd, milliseconds: 1 })
        await frame.run()
        delays.push(at[0] - signalled[0])
        await event.wait()
      }
      return median(delays)
    }
  }
  const samples = await takeTurns(sides, rounds)
  await worker.terminate()
  event[Symbol.dispose]()
  scheduler[Symbol.dispose]()
  return {
    rows: rowsOf('fence readable until it runs, p50', 'µs', samples),
    lines: [
      atMost('a function behind a fence', median(samples['a function']), 60, us),
      line('a kernel behind a fence', us(median(samples['a kernel']))),
    ],
  }
})
