/** Isolates end when their process, their thread or their scheduler does, whatever they run. */
import { describe, expect, test } from 'vitest'

import { runProgram } from '../support/program.js'

const KERNELS = `
  import { kernel, Scheduler } from 'heddle'
  const fib = kernel(function fib(t, n) {
    if (n < 2) return n
    t.fork(fib, n - 1)
    const right = fib(t, n - 2)
    return t.join() + right
  })
  const stuck = kernel(function stuck() {
    for (;;);
  })
  const sleeps = kernel(function* sleeps(t) {
    yield* t.sleep(1e6)
  })
`

describe('a process ends', () => {
  test.each([0, 10, 30, 60, 100])('%s ms after kernels were asked for', (milliseconds) => {
    const { code, stderr } = runProgram(`${KERNELS}
      const scheduler = new Scheduler(2)
      scheduler.forkJoin(fib, [40])
      scheduler.call(stuck, [])
      scheduler.schedule(sleeps)
      setTimeout(() => process.exit(7), ${milliseconds})
    `)
    expect({ code, stderr }).toEqual({ code: 7, stderr: '' })
  })

  test('by itself when nothing is asked for, and isolates are there', () => {
    const { code, stdout } = runProgram(`${KERNELS}
      const scheduler = new Scheduler(2)
      console.log(await scheduler.forkJoin(fib, [15]))
    `)
    expect({ code, stdout }).toEqual({ code: 0, stdout: '610\n' })
  })

  test('with an uncaught error of its own', () => {
    const { code, stderr } = runProgram(`${KERNELS}
      const scheduler = new Scheduler(2)
      scheduler.call(stuck, [])
      await scheduler.ready()
      throw new Error('mine')
    `)
    expect(code).toBe(1)
    expect(stderr).toMatch(/Error: mine/)
  })
})

test('a thread that owns a scheduler can be terminated at any moment', { timeout: 120_000 }, () => {
  const { code, stdout, stderr } = runProgram(`
    import { Worker } from 'node:worker_threads'
    const source = \`${KERNELS.replace("'heddle'", "'HEDDLE'")}
      import { parentPort, workerData } from 'node:worker_threads'
      const scheduler = new Scheduler(2)
      parentPort.postMessage('begun')
      for (let i = 0; i < 3; ++i) scheduler.forkJoin(fib, [30])
      if (workerData % 4 === 1) scheduler.call(stuck, [])
      if (workerData % 4 === 2) await scheduler.ready()
      if (workerData % 4 === 3) scheduler.schedule(sleeps)
    \`.replace('HEDDLE', import.meta.resolve('heddle'))
    const url = new URL('data:text/javascript,' + encodeURIComponent(source))
    for (let i = 0; i < 24; ++i) {
      const thread = new Worker(url, { workerData: i, execArgv: [] })
      thread.on('error', (error) => console.log(error))
      await new Promise((resolve) => thread.once('message', resolve))
      await new Promise((resolve) => setTimeout(resolve, (i * 7) % 90))
      await thread.terminate()
    }
    console.log('ended')
  `)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ended\n', stderr: '' })
})

test.each([
  '--frozen-intrinsics',
  '--disallow-code-generation-from-strings',
  '--expose-gc',
  '--max-old-space-size=300',
  '--disable-proto=throw',
])('kernels run under %s', (flag) => {
  const { code, stdout } = runProgram(
    `${KERNELS}
      const scheduler = new Scheduler(2)
      console.log(await scheduler.forkJoin(fib, [15]))
      scheduler[Symbol.dispose]()
    `,
    ['--no-warnings', flag],
  )
  expect({ code, stdout }).toEqual({ code: 0, stdout: '610\n' })
})

test('hundreds of schedulers with kernels come and go', { timeout: 120_000 }, () => {
  const { code, stdout, stderr } = runProgram(`${KERNELS}
    for (let i = 0; i < 60; ++i) {
      const scheduler = new Scheduler(1 + (i % 3))
      const result = scheduler.forkJoin(fib, [10]).get()
      if (i % 4 === 0) await result
      if (i % 4 === 1) await scheduler.ready()
      scheduler[Symbol.dispose]()
      scheduler[Symbol.dispose]()
      const outcome = await result.catch((error) => error.code)
      if (outcome !== 55 && outcome !== 'ERR_HEDDLE_CANCELLED') console.log(outcome)
    }
    console.log('ended')
  `)
  expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: 'ended\n', stderr: '' })
})
