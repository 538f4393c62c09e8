/** Garbage collection gives memory and threads back, and never while they are in use. */
import { expect, test } from 'vitest'

import { runProgram } from '../support/program.js'

const FLAGS = ['--expose-gc']

test('values are right while the collector runs between any two steps', {
  timeout: 120_000,
}, () => {
  const source = `
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    for (let round = 0; round < 200; ++round) {
      let chain = new heddle.Async(round)
      for (let i = 0; i < 300; ++i) {
        chain = chain.add(1)
        if (i % 100 === 50) { gc(); await new Promise(setImmediate) }
      }
      const value = round % 2 ? chain.getWait() : await chain
      if (value !== round + 300) throw new Error(value + ' in round ' + round)
    }
    console.log('right')
  `
  expect(runProgram(source, FLAGS)).toMatchObject({ code: 0, stdout: 'right\n' })
})

test('dropped values are freed without help', { timeout: 300_000 }, () => {
  const source = `
    const scheduler = new heddle.Scheduler(2)
    new heddle.ScopedScheduler(scheduler)
    const one = new heddle.Async(1)
    let last
    async function make(count) {
      for (let i = 0; i < count; ++i) {
        last = one.add(i)
        if (i % 10_000 === 0) { await last; gc(); await new Promise(setImmediate) }
      }
      await last
    }
    await make(200_000)
    const before = process.memoryUsage().rss
    await make(1_000_000)
    const grown = (process.memoryUsage().rss - before) / 2 ** 20
    console.log(grown < 64 ? 'flat' : 'grown by ' + grown + ' MiB')
  `
  expect(runProgram(source, FLAGS)).toMatchObject({ code: 0, stdout: 'flat\n' })
})

test('a scheduler that was dropped ends its threads', { timeout: 120_000 }, () => {
  const source = `
    import { readdirSync } from 'node:fs'
    const threads = () => readdirSync('/proc/self/task').length
    const before = threads()
    ;(() => { for (let i = 0; i < 10; ++i) new heddle.Scheduler(4) })()
    const most = threads()
    for (let i = 0; i < 200 && threads() > before; ++i) {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    console.log(most - before >= 40, threads() - before)
  `
  expect(runProgram(source, FLAGS)).toMatchObject({ code: 0, stdout: 'true 0\n' })
})

test('thousands of schedulers come and go without a thread or a mapping left', {
  timeout: 600_000,
}, () => {
  const source = `
    import { readdirSync, readFileSync } from 'node:fs'
    const count = () => [
      readdirSync('/proc/self/task').length,
      readdirSync('/proc/self/fd').length,
      readFileSync('/proc/self/maps', 'utf8').split('\\n').length,
    ]
    function round(i) {
      const scheduler = new heddle.Scheduler(1 + (i % 3))
      const scope = new heddle.ScopedScheduler(scheduler)
      const value = new heddle.Async(i).add(1)
      if (i % 2) value.getWait()
      scope[Symbol.dispose]()
      scheduler[Symbol.dispose]()
    }
    const threads = count()[0]
    for (let i = 0; i < 200; ++i) round(i)
    // A joined thread stays in /proc for a moment.
    async function settled() {
      while (count()[0] !== threads) await new Promise(setImmediate)
      return count()
    }
    const before = await settled()
    for (let i = 0; i < 3000; ++i) round(i)
    const after = await settled()
    console.log(after[0] - threads, after[1] - before[1], after[2] - before[2] < 50)
  `
  expect(runProgram(source, FLAGS)).toMatchObject({ code: 0, stdout: '0 0 true\n' })
})
