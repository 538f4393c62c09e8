/** Programs of their own: failures that nobody gets, exits with work left, and the collector. */
import { describe, expect, test } from 'vitest'

import { type Ended, runProgram } from '../../support/program.js'

const SCHEDULERS = [
  ['DebugScheduler', 'new heddle.DebugScheduler()'],
  ['DebugScheduler({ seed: 3 })', 'new heddle.DebugScheduler({ seed: 3 })'],
  ['Scheduler', 'new heddle.Scheduler(2)'],
] as const

describe.each(SCHEDULERS)('on a %s', (_, make) => {
  /** Runs a program with a `scheduler`, which is the current one. */
  function run(source: string, flags: string[] = []): Ended {
    const head = `
      const { Async, schedule } = heddle
      const scheduler = ${make}
      new heddle.ScopedScheduler(scheduler)
    `
    return runProgram(head + source, flags)
  }

  describe('a failure that nobody gets', () => {
    const COUNT = `
      let count = 0
      process.on('unhandledRejection', (reason) => { ++count; console.log('lost', reason) })
      process.on('exit', () => console.log('times', count))
    `
    test('is reported exactly once', () => {
      const ended = run(`${COUNT}
        schedule(() => { throw 'plain' })
        scheduler.runAll()
      `)
      expect(ended).toMatchObject({ code: 0, stdout: 'lost plain\ntimes 1\n', stderr: '' })
    })

    test.each([
      ['generator', `function* () { yield* heddle.sleep(1); throw 'late' }`],
      ['async function', `async () => { await null; throw 'late' }`],
      ['reader', `function* (r) { throw 'late' + (yield* r) }, Async.of('').read()`],
    ])('of a %s, too', (_name, task) => {
      const ended = run(`${COUNT}
        schedule(${task})
        await scheduler.drain()
      `)
      expect(ended).toMatchObject({ code: 0, stdout: 'lost late\ntimes 1\n', stderr: '' })
    })

    test('ends a process that does not handle it, with its stack', () => {
      const ended = run(`
        schedule(function culprit() { throw new Error('lost for good') })
        scheduler.runAll()
        setTimeout(() => console.log('still there'), 1000)
      `)
      expect(ended).toMatchObject({ code: 1, stdout: '' })
      expect(ended.stderr).toContain('culprit')
      expect(ended.stderr.split('Error: lost for good').length).toBe(2)
    })

    test.each([
      ['who awaits the task', `schedule(() => { throw 'x' }).then(undefined, () => {})`],
      ['its output', `const a = new Async(); schedule((w) => { throw 'x' }, a.write())`],
      [
        'a nested call',
        `schedule(function* () { try { yield* heddle.call(() => { throw 'x' }) } catch {} })`,
      ],
      ['nobody, as it was cancelled', `schedule(() => {}).cancel()`],
    ])('is not one that reaches %s', (_name, source) => {
      const ended = run(`${COUNT}
        ${source}
        await scheduler.drain()
      `)
      expect(ended).toMatchObject({ code: 0, stdout: 'times 0\n', stderr: '' })
    })
  })

  describe('a process with tasks that wait', () => {
    const WAITING = `
      const gate = new Async()
      for (let i = 0; i < 1000; ++i) {
        schedule(function* (door, w) { w.set(yield* door) }, gate.read(), new Async().write())
      }
      schedule(function* () { yield* heddle.sleep(3_600_000) })
      await new Promise(setImmediate)
    `
    test.each([
      ['ends by itself', '', 0],
      ['ends with its exitCode', 'process.exitCode = 7', 7],
      ['ends with process.exit', 'process.exit(3)', 3],
      ['ends while it awaits one', 'setTimeout(() => process.exit(4), 1); await gate', 4],
      ['ends with what it throws', `throw new Error('own')`, 1],
    ])('%s', (_name, source, code) => {
      expect(run(WAITING + source)).toMatchObject({ code, signal: null, stdout: '' })
    })
  })

  test('an unsettled get() keeps the process alive, and a dropped one does not', () => {
    const ended = run(`
      const a = new Async()
      const output = a.write()
      a.get().then((value) => console.log('got', value))
      setTimeout(() => { output.set(1); output.release() }, 50).unref()
    `)
    expect(ended).toMatchObject({ code: 0, stdout: 'got 1\n', stderr: '' })
  })

  test('dropped buffers are released by the collector', () => {
    const ended = run(
      `
      const [a, b] = [new Async(), Async.of(1)]
      const turn = () => new Promise(setImmediate)
      // In functions of their own, so that no frame holds a buffer.
      ;(() => { a.write() })()
      ;(() => { b.read() })()
      schedule((w) => { w.set(2) }, b.write())
      const never = a.get().then(() => 'written', (error) => error.name)
      let ends = []
      never.then((end) => ends.push(end))
      b.get().then((value) => ends.push(value))
      for (let i = 0; i < 10_000 && ends.length < 2; ++i) { gc(); await turn() }
      console.log(ends.map(String).sort().join())
    `,
      ['--expose-gc'],
    )
    expect(ended).toMatchObject({ code: 0, stdout: '2,BufferReadUninitialized\n', stderr: '' })
  })

  test('timelines, buffers and tasks that are over leave no memory behind', {
    timeout: 120_000,
  }, () => {
    const ended = run(
      `
      async function round(count) {
        for (let i = 0; i < count; ++i) {
          const a = new Async()
          schedule(function* (r, w) { w.set((yield* r) + 1) }, Async.of(i).read(), a.write())
          a.read()
          a.add(1)
          if (i % 1000 === 0) { await a; gc(); await new Promise(setImmediate) }
        }
        await scheduler.drain()
      }
      await round(10_000)
      gc()
      const before = process.memoryUsage().heapUsed
      await round(50_000)
      for (let i = 0; i < 3; ++i) { await new Promise(setImmediate); gc() }
      const grown = (process.memoryUsage().heapUsed - before) / 50_000
      console.log(grown < 64 ? 'flat' : 'grown by ' + grown + ' bytes for each')
    `,
      ['--expose-gc'],
    )
    expect(ended).toMatchObject({ code: 0, stdout: 'flat\n' })
  })
})
