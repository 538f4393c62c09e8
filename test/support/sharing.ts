/** Programs whose threads share one scheduler and a value. */
import { expect } from 'vitest'

import { root, runProgram } from './program.js'

/** A program whose threads attach `scheduler` and run `body`, with `main` around them. */
export function threads(main: string, body: string): string {
  const thread = `
    const heddle = require('${root}/dist/index.js')
    const { parentPort, workerData } = require('node:worker_threads')
    const { Async, schedule } = heddle
    const scheduler = heddle.Scheduler.attach(workerData.scheduler)
    const scope = new heddle.ScopedScheduler(scheduler)
    const value = Async.attach(workerData.value)
    ${body}
  `
  return `
    import { execFileSync } from 'node:child_process'
    import { once } from 'node:events'
    import { mkdtempSync, rmSync } from 'node:fs'
    import { Worker } from 'node:worker_threads'
    const { Async, schedule } = heddle
    const scheduler = new heddle.Scheduler(4)
    const scope = new heddle.ScopedScheduler(scheduler)
    const start = (value, more = {}) => {
      const workerData = { scheduler: scheduler.handle, value: value.handle, ...more }
      return new Worker(${JSON.stringify(thread)}, { eval: true, execArgv: [], workerData })
    }
    const code = (f) => { try { f() } catch (error) { return error.code } }
    ${main}
  `
}

/** Runs it to its end, which must be a good one, and gives what it printed. */
export function run(main: string, body: string): string {
  const { code, stdout, stderr } = runProgram(threads(main, body))
  expect(stderr).toBe('')
  expect(code).toBe(0)
  return stdout
}
