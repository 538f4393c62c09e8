/** F of the acceptance conditions: whom an error reaches, and how work is cancelled. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  all,
  BufferReadUninitialized,
  DebugScheduler,
  promise,
  schedule,
  sleep,
  TaskCancelled,
} from '../../../dist/index.js'
import { EVERY, onStage, rejectionOf, thrownBy, watch, write } from '../../support/schedulers.js'

/** Everything that a program may throw. */
const THROWN = [
  ['an Error', new Error('x')],
  ['undefined', undefined],
  ['null', null],
  ['a string', 'text'],
  ['0', 0],
  ['a symbol', Symbol('x')],
  ['a frozen object', Object.freeze({ x: 1 })],
  ['a frozen Error', Object.freeze(new Error('frozen'))],
] as const

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe.each(THROWN)('F2 a writer throws %s', (_, reason) => {
    test('and its readers and waits of each kind get that very value', async () => {
      const a = new Async<number>()
      const task = schedule((_output) => {
        throw reason
      }, a.write())
      const [seen, more] = [watch(a), watch(a)]
      const input = a.read()
      const promised = rejectionOf(a.get())
      expect(
        Object.is(
          thrownBy(() => a.getWait()),
          reason,
        ),
      ).toBe(true)
      expect(
        Object.is(
          thrownBy(() => input.getWait()),
          reason,
        ),
      ).toBe(true)
      input.release()
      stage.scheduler.runAll()
      for (const look of [...seen, ...more]) {
        expect('thrown' in look && Object.is(look.thrown, reason)).toBe(true)
      }
      expect([seen.length, more.length]).toEqual([1, 1])
      expect(Object.is(await promised, reason)).toBe(true)
      expect(Object.is(await rejectionOf(task), reason)).toBe(true)
      expect(Object.is(await rejectionOf(a.then(() => 1)), reason)).toBe(true)
    })

    test('a generator does, after it has waited', async () => {
      const a = new Async<number>()
      const source = new Async<number>()
      const task = schedule(
        function* (r, _output) {
          yield* r
          throw reason
        },
        source.read(),
        a.write(),
      )
      write(source, 1)
      expect(
        Object.is(
          thrownBy(() => a.getWait()),
          reason,
        ),
      ).toBe(true)
      expect(Object.is(await rejectionOf(task), reason)).toBe(true)
    })

    test('an async function does', async () => {
      const a = new Async<number>()
      const task = schedule(async (_output) => {
        await null
        throw reason
      }, a.write())
      expect(Object.is(await rejectionOf(a.get()), reason)).toBe(true)
      expect(Object.is(await rejectionOf(task), reason)).toBe(true)
    })
  })

  test('F2 what it wrote before it threw is not seen', () => {
    const a = Async.of(1)
    const error = new Error('after the write')
    schedule(function* (output) {
      yield* output.set(2)
      throw error
    }, a.write())
    expect(thrownBy(() => a.getWait())).toBe(error)
  })

  test('F2 what it gave back before it threw stays', async () => {
    const [a, b] = [new Async<number>(), new Async<number>()]
    const error = new Error('after the release')
    const task = schedule(
      function* (first, _second) {
        yield* first.set(2)
        first.release()
        throw error
      },
      a.write(),
      b.write(),
    )
    expect(a.getWait()).toBe(2)
    expect(thrownBy(() => b.getWait())).toBe(error)
    expect(await rejectionOf(task)).toBe(error)
  })

  test('F4 a task that does not catch passes its source’s error to all its outputs', async () => {
    const source = new Async<number>()
    const outputs = [new Async<number>(), new Async<number>(), new Async<number>()]
    const task = schedule(
      function* (input, ...sinks) {
        const value = yield* input
        for (const sink of sinks) sink.set(value)
      },
      source.read(),
      ...outputs.map((value) => value.write()),
    )
    const error = new Error('source')
    schedule((_output) => {
      throw error
    }, source.write())
    for (const output of outputs) expect(thrownBy(() => output.getWait())).toBe(error)
    expect(await rejectionOf(task)).toBe(error)
  })

  test('F4 one that catches goes on', () => {
    const [source, sink] = [new Async<number>(), new Async<string>()]
    schedule(
      function* (input, output) {
        try {
          yield* input
        } catch (error) {
          output.set(`caught ${(error as Error).message}`)
        }
      },
      source.read(),
      sink.write(),
    )
    schedule((_output) => {
      throw new Error('source')
    }, source.write())
    expect(sink.getWait()).toBe('caught source')
  })

  test('F4 a later write heals, and only from then on', () => {
    const a = new Async<number>()
    const error = new Error('first')
    schedule((_output) => {
      throw error
    }, a.write())
    const before = watch(a)
    const derived = a.add(1)
    a.set(5)
    const after = watch(a)
    stage.scheduler.runAll()
    expect([before, after]).toEqual([[{ thrown: error }], [{ value: 5 }]])
    expect(thrownBy(() => derived.getWait())).toBe(error)
    expect(a.add(1).getWait()).toBe(6)
  })

  test('F6 an output that is given twice fails once', async () => {
    const a = new Async<number>()
    const output = a.write()
    const error = new Error('once')
    const task = schedule(
      (_one, _two) => {
        throw error
      },
      output,
      output,
    )
    const seen = watch(a)
    stage.scheduler.runAll()
    expect(seen).toEqual([{ thrown: error }])
    expect(await rejectionOf(task)).toBe(error)
    a.set(1)
    expect(a.getWait()).toBe(1)
  })

  test('F9 the only writer gives up: finally blocks around orCancel() run', async () => {
    const a = new Async<number>()
    const log: string[] = []
    const task = schedule(function* (input) {
      try {
        try {
          log.push(`value ${yield* input.orCancel()}`)
        } finally {
          log.push('inner')
        }
      } finally {
        log.push('outer')
      }
    }, a.read())
    const output = a.write()
    stage.scheduler.runAll()
    expect(log).toEqual([])
    output.release()
    stage.scheduler.runAll()
    expect(log).toEqual(['inner', 'outer'])
    expect(await rejectionOf(task)).toBeInstanceOf(TaskCancelled)
  })

  test('F10 the writer had given up before the reader came', async () => {
    const a = new Async<number>()
    a.write().release()
    const b = new Async<number>()
    const task = schedule(
      function* (input, output) {
        output.set(yield* input.orCancel())
      },
      a.read(),
      b.write(),
    )
    expect(thrownBy(() => b.getWait())).toBeInstanceOf(TaskCancelled)
    expect(await rejectionOf(task)).toBeInstanceOf(TaskCancelled)
  })

  test('a cancelled writer: its version was never written, and says TaskCancelled', async () => {
    const [a, gate] = [new Async<number>(), new Async<number>()]
    const task = schedule(
      function* (output, door) {
        yield* door
        output.set(1)
      },
      a.write(),
      gate.read(),
    )
    const seen = watch(a)
    stage.scheduler.runAll()
    task.cancel()
    stage.scheduler.runAll()
    expect(seen).toEqual([{ thrown: expect.any(TaskCancelled) }])
    expect(await rejectionOf(task)).toBeInstanceOf(TaskCancelled)
    // It holds nothing any more.
    gate.set(1)
    a.set(2)
    expect([gate.getWait(), a.getWait()]).toEqual([1, 2])
  })

  describe('nobody can write it', () => {
    test('a promise of it is rejected when the right is given back unused', async () => {
      const a = new Async<number>()
      const promised = [rejectionOf(a.get()), rejectionOf(a.then(() => 1)), rejectionOf(a.add(1))]
      a.write().release()
      for (const error of await Promise.all(promised)) {
        expect(error).toBeInstanceOf(BufferReadUninitialized)
      }
    })

    test('one failure among many that are awaited is thrown, and the others are read', async () => {
      const good = Async.of(1)
      const bad = new Async<number>()
      const task = schedule(
        function* (r, s) {
          return yield* all(r, s)
        },
        good.read(),
        bad.read(),
      )
      bad.write().release()
      expect(await rejectionOf(task)).toBeInstanceOf(BufferReadUninitialized)
      good.set(2)
      expect(good.getWait()).toBe(2)
    })
  })

  test.each(['sleep', 'promise'] as const)(
    'a cancelled %s runs its finally blocks',
    async (what) => {
      const log: string[] = []
      let begun = false
      const task = schedule(function* () {
        try {
          begun = true
          yield* what === 'sleep' ? sleep(3_600_000) : promise(new Promise<void>(() => {}))
        } finally {
          log.push('finally')
        }
      })
      // Not runAll(), which would wait for the hour to pass.
      if (stage.scheduler instanceof DebugScheduler) stage.scheduler.run()
      while (!begun) await new Promise(setImmediate)
      task.cancel()
      expect(await rejectionOf(task)).toBeInstanceOf(TaskCancelled)
      expect(log).toEqual(['finally'])
    },
  )
})
