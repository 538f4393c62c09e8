/** An idle scheduler uses no processor time at all: no thread of it wakes up even once. */
import { expect, test } from 'vitest'

import { runProgram } from '../support/program.js'

const IDLE_SECONDS = 10

test.each(['io_uring', 'threads'])(
  `does not run for ${IDLE_SECONDS} seconds, with %s`,
  { timeout: 120_000 },
  (io) => {
    const source = `
      import { readdirSync, readFileSync } from 'node:fs'
      // Nanoseconds on a processor and how often it was given one, for every thread of ours.
      function threads() {
        const found = {}
        for (const id of readdirSync('/proc/self/task')) {
          const name = readFileSync('/proc/self/task/' + id + '/comm', 'utf8').trim()
          if (!name.startsWith('loom')) continue
          found[name + ' ' + id] = readFileSync('/proc/self/task/' + id + '/schedstat', 'utf8')
        }
        return found
      }
      let io = '${io}'
      let scheduler
      try { scheduler = new heddle.Scheduler({ threads: 8, io, name: 'loom' }) }
      catch { io = 'auto'; scheduler = new heddle.Scheduler({ threads: 8, io, name: 'loom' }) }
      new heddle.ScopedScheduler(scheduler)
      await scheduler.io.readFile('/proc/self/status')  // Every thread that there can be has run.
      let sum = new heddle.Async(0)
      for (let i = 0; i < 10_000; ++i) sum = sum.add(i)
      await sum
      const pause = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
      pause(500)
      const before = threads()
      pause(${IDLE_SECONDS * 1000})
      const after = threads()
      const same = JSON.stringify(before) === JSON.stringify(after)
      console.log(Object.keys(before).length >= 9, same ? 'idle' : JSON.stringify([before, after]))
    `
    expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'true idle\n' })
  },
)
