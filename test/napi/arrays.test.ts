/** Arrays and the host: collected, terminated and left in flight. */
import { expect, test } from 'vitest'

import { root, runProgram } from '../support/program.js'

const FLAGS = ['--expose-gc']

test('arrays are right while the collector runs between any two steps', {
  timeout: 120_000,
}, () => {
  const source = `
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    const one = heddle.Async.of(new Float64Array(50_000).fill(1))
    for (let round = 0; round < 60; ++round) {
      let chain = one
      for (let i = 0; i < 30; ++i) {
        chain = i % 5 === 4 ? chain.reshape([250, 200]).reshape([50_000]) : chain.add(1)
        if (i % 10 === 5) { gc(); await new Promise(setImmediate) }
      }
      const elements = round % 2 ? chain.getWait() : await chain
      const sum = chain.sum()
      chain = undefined
      gc()
      if (elements[49_999] !== 25 || (await sum) !== 25 * 50_000) throw new Error('wrong')
    }
    console.log('right')
  `
  expect(runProgram(source, FLAGS)).toMatchObject({ code: 0, stdout: 'right\n' })
})

test.each([
  ['copies of an array', 'heddle.Async.of(base)'],
  ['results of an operation', 'one.add(1)'],
])('10,000 arrays of 1 MB stay below 300 MB: %s', { timeout: 300_000 }, (_, make) => {
  const source = `
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    const base = new Float64Array(131_072)
    const one = heddle.Async.of(base)
    let peak = 0
    for (let i = 0; i < 10_000; ++i) {
      ${make}
      if (i % 50 === 0) {
        await new Promise(setImmediate)
        peak = Math.max(peak, process.memoryUsage.rss())
      }
    }
    console.log(peak < 300e6 ? 'below' : peak / 1e6 + ' MB')
  `
  expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'below\n' })
})

test.each([
  ['one after the other', 'x = x.add(1)'],
  ['with what is thrown away', 'x.exp().mul(2); x = x.add(1)'],
  ['waiting for each', 'x = x.add(1); if (x.sum().getWait() !== (i + 1) * 131_072) throw i'],
])('a loop that never yields keeps what it has: %s', { timeout: 300_000 }, (_, step) => {
  const source = `
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    let x = heddle.Async.of(new Float64Array(131_072))
    let peak = 0
    for (let i = 0; i < 4000; ++i) {
      ${step}
      if (i % 50 === 0) {
        void x.sum().getWait()
        peak = Math.max(peak, process.memoryUsage.rss())
      }
    }
    if (x.slice({ end: 1 }).getWait()[0] !== 4000) throw new Error('wrong')
    console.log(peak < 400e6 ? 'below' : peak / 1e6 + ' MB')
  `
  expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'below\n' })
})

test('a program that gives arrays back keeps the collector out', { timeout: 120_000 }, () => {
  const source = `
    import { constants, PerformanceObserver } from 'node:perf_hooks'
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    const [a, b, c] = [1, 2, 3].map((n) => heddle.Async.of(new Float64Array(2_000_000).fill(n)))
    let collections = 0
    const count = (list) => {
      const isMajor = (entry) => entry.detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR
      collections += list.getEntries().filter(isMajor).length
    }
    const round = async () => {
      const product = a.mul(b)
      const sum = product.add(c)
      if ((await sum.max()) !== 5) throw new Error('wrong')
      product[Symbol.dispose]()
      sum[Symbol.dispose]()
      await new Promise(setImmediate)
    }
    for (let i = 0; i < 10; ++i) await round()
    new PerformanceObserver(count).observe({ entryTypes: ['gc'] })
    for (let i = 0; i < 60; ++i) await round()
    await new Promise((resolve) => setTimeout(resolve, 50))
    console.log(collections < 6 ? 'few' : collections)
  `
  expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'few\n' })
})

test('a process exits with arrays in flight', { timeout: 120_000 }, () => {
  const source = `
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    const lent = heddle.Async.transfer(new Float64Array(1_000_000).fill(2))
    for (let i = 0; i < 50; ++i) lent.exp().sort().sum()
    lent.add(1).get()
    process.exit(7)
  `
  for (let i = 0; i < 10; ++i) expect(runProgram(source)).toMatchObject({ code: 7, stderr: '' })
})

test('a worker is terminated with arrays in flight', { timeout: 300_000 }, () => {
  const source = `
    import { Worker } from 'node:worker_threads'
    const program = \`
      import * as heddle from '${root}/dist/index.mjs'
      import { parentPort } from 'node:worker_threads'
      const scheduler = new heddle.Scheduler(2)
      new heddle.ScopedScheduler(scheduler)
      const lent = heddle.Async.transfer(new Float64Array(500_000).fill(2))
      for (let i = 0; i < 40; ++i) lent.exp().sort().sum().get()
      const view = lent.add(1).getWait()
      parentPort.postMessage(view[0])
      setInterval(() => lent.mul(2).get(), 1)
    \`
    for (let i = 0; i < 10; ++i) {
      const worker = new Worker(program, { eval: true })
      const first = await new Promise((resolve) => worker.once('message', resolve))
      if (first !== 3) throw new Error('wrong')
      await worker.terminate()
    }
    console.log('ended')
  `
  expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'ended\n', stderr: '' })
})
