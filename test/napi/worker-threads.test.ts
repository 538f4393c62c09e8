/** One addon in many threads: each has its own schedulers, and may be ended at any moment. */
import { describe, expect, test } from 'vitest'

import { root, runProgram } from '../support/program.js'

/** A program whose threads run `body`, with `main` around them. */
function threads(main: string, body: string): string {
  const thread = `
    const heddle = require('${root}/dist/index.js')
    const { parentPort } = require('node:worker_threads')
    const scheduler = new heddle.Scheduler(2)
    const scope = new heddle.ScopedScheduler(scheduler)
    ${body}
  `
  return `
    import { once } from 'node:events'
    import { rmSync } from 'node:fs'
    import { Worker } from 'node:worker_threads'
    const start = () => new Worker(${JSON.stringify(thread)}, { eval: true, execArgv: [] })
    ${main}
  `
}

/** Never stops: computes, waits both ways, reads. */
const BUSY = `
  parentPort.postMessage('running')
  const digests = scheduler.io.digest(Array.from({ length: 64 }, () => process.execPath))
  ;(async () => { for await (const _ of digests); })()
  ;(async () => {
    for (let round = 0; ; ++round) {
      let chain = new heddle.Async(round)
      for (let i = 0; i < 1000; ++i) chain = chain.add(1)
      if (round % 2 === 0) chain.getWait()
      else await chain
    }
  })()
`

describe('worker.terminate()', () => {
  test('ends a thread with work in flight, 100 times', { timeout: 600_000 }, () => {
    const main = `
      for (let run = 0; run < 100; ++run) {
        const worker = start()
        await once(worker, 'message')
        await new Promise((resolve) => setTimeout(resolve, run % 5))
        const code = await worker.terminate()
        if (code !== 1) throw new Error('exit code ' + code)
      }
      console.log('ended all')
    `
    expect(runProgram(threads(main, BUSY))).toMatchObject({ code: 0, stdout: 'ended all\n' })
  })

  test('ends a thread that blocks in getWait for what may never come', { timeout: 120_000 }, () => {
    const body = `
      const { execFileSync } = require('node:child_process')
      const folder = require('node:fs').mkdtempSync('/tmp/heddle-fifo-')
      execFileSync('mkfifo', [folder + '/pipe'])
      parentPort.postMessage(folder)
      scheduler.io.readFile(folder + '/pipe').getWait()
    `
    const main = `
      const worker = start()
      const [folder] = await once(worker, 'message')
      await new Promise((resolve) => setTimeout(resolve, 100))
      console.log(await worker.terminate())
      rmSync(folder, { recursive: true })
    `
    expect(runProgram(threads(main, body))).toMatchObject({ code: 0, stdout: '1\n' })
  })
})

describe('worker.terminate() while the addon is loaded', () => {
  // Called some 10 us apart in the half of a millisecond that loading takes: every addition to the
  // exports has its turn to fail.
  const RUNS = 200
  const thread = `
    const { parentPort, workerData } = require('node:worker_threads')
    const path = '${root}/out/release/heddle.node'
    parentPort.postMessage('ready')
    Atomics.wait(workerData, 0, 0)
    process.dlopen({ exports: {} }, path)
  `
  const main = `
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    const go = new Int32Array(new SharedArrayBuffer(4))
    const options = { eval: true, execArgv: [], workerData: go }
    let cut = 0
    for (let run = 0; run < ${RUNS}; ++run) {
      go[0] = 0
      const worker = new Worker(${JSON.stringify(thread)}, options)
      const ended = once(worker, 'exit')
      await once(worker, 'message')
      Atomics.store(go, 0, 1)
      Atomics.notify(go, 0)
      const end = performance.now() + (run % 50) / 100
      while (performance.now() < end);
      worker.terminate()
      cut += (await ended)[0] === 1
    }
    console.log('cut short', cut > 0)
  `

  test(`ends that thread only, ${RUNS} times`, { timeout: 120_000 }, () => {
    expect(runProgram(main)).toMatchObject({ code: 0, stdout: 'cut short true\n', signal: null })
  })
})

describe('the process', () => {
  test('ends promptly while threads have work in flight', { timeout: 600_000 }, () => {
    const main = `
      const workers = Array.from({ length: 4 }, start)
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      process.exit(5)
    `
    for (let run = 0; run < 10; ++run) {
      expect(runProgram(threads(main, BUSY))).toMatchObject({ code: 5, signal: null })
    }
  })

  test('survives a thread that dies of an exception', () => {
    const main = `
      const worker = start()
      const [error] = await once(worker, 'error')
      console.log(error.message, new heddle.Async(2).mul(3).getWait())
    `
    const body = `new heddle.Async(1).add(1).then(() => { throw new Error('in a thread') })`
    expect(runProgram(threads(main, body))).toMatchObject({ code: 0, stdout: 'in a thread 6\n' })
  })
})

describe('many threads', () => {
  test('load one addon and compute each on its own', () => {
    const main = `
      const sums = await Promise.all(Array.from({ length: 8 }, async () => {
        const worker = start()
        const [[sum]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')])
        return sum
      }))
      console.log(sums.join())
    `
    const body = `
      let sum = new heddle.Async(0)
      for (let i = 1; i <= 512; ++i) sum = sum.add(i)
      parentPort.postMessage(sum.getWait())
    `
    const expected = Array.from({ length: 8 }, () => (512 * 513) / 2).join()
    expect(runProgram(threads(main, body))).toMatchObject({ code: 0, stdout: `${expected}\n` })
  })
})
