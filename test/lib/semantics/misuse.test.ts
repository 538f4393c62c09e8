/** Bad input: every wrong argument has its error, and nothing that is passed in does harm. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  all,
  BufferReleasedError,
  call,
  DebugScheduler,
  promise,
  runWith,
  Scheduler,
  ScopedScheduler,
  schedule,
  setGlobalScheduler,
  sleep,
} from '../../../dist/index.js'
import { onStage, rejectionOf, SOME, thrownBy, watch, write } from '../../support/schedulers.js'

const NOT_OBJECTS = [undefined, null, 0, 1n, 'text', true, Symbol('x')]
const invalid = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })

describe('new DebugScheduler', () => {
  test.each([null, 1, 'seed', true])('(%o)', (options) => {
    expect(thrownBy(() => new DebugScheduler(options as never))).toEqual(invalid)
  })

  test.each(['1', null, {}, 1n])('({ seed: %o })', (seed) => {
    expect(thrownBy(() => new DebugScheduler({ seed: seed as never }))).toEqual(invalid)
  })

  test.each([1.5, Number.NaN, Number.POSITIVE_INFINITY])('({ seed: %o })', (seed) => {
    expect(thrownBy(() => new DebugScheduler({ seed }))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
  })
})

test.each([
  [0, 'ERR_OUT_OF_RANGE'],
  [1.5, 'ERR_OUT_OF_RANGE'],
  [Number.NaN, 'ERR_OUT_OF_RANGE'],
  [1025, 'ERR_OUT_OF_RANGE'],
  ['4', 'ERR_INVALID_ARG_TYPE'],
  [null, 'ERR_INVALID_ARG_TYPE'],
])('new Scheduler({ threads: %o })', (threads, code) => {
  expect(thrownBy(() => new Scheduler({ threads: threads as never }))).toMatchObject({ code })
})

test('what is no scheduler is refused', () => {
  for (const value of [...NOT_OBJECTS, {}, { schedule() {} }, Object.create(Scheduler.prototype)]) {
    if (value instanceof Scheduler) {
      // Of the class, but never constructed.
      expect(() => value.schedule(() => {})).toThrow(TypeError)
      continue
    }
    expect(thrownBy(() => new ScopedScheduler(value as never))).toEqual(invalid)
    expect(thrownBy(() => runWith(value as never, () => 1))).toEqual(invalid)
    expect(thrownBy(() => setGlobalScheduler(value as never))).toEqual(invalid)
  }
})

describe.each(SOME)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('schedule', () => {
    test.each([...NOT_OBJECTS, {}, []])('(%o)', (task) => {
      expect(thrownBy(() => schedule(task as never))).toEqual(invalid)
      expect(thrownBy(() => stage.scheduler.schedule(task as never))).toEqual(invalid)
      expect(thrownBy(() => stage.scheduler.scheduleWith({}, task as never))).toEqual(invalid)
    })

    test.each([
      undefined,
      null,
      1,
      'x',
      { name: 1 },
      { name: null },
      { signal: {} },
      { signal: 1 },
    ])('scheduleWith(%o)', (options) => {
      const start = () => stage.scheduler.scheduleWith(options as never, () => {})
      expect(thrownBy(start)).toEqual(invalid)
    })

    test('takes nothing when one of its buffers was released', () => {
      const [a, b] = [Async.of(1), Async.of(2)]
      const [good, bad] = [a.write(), b.write()]
      bad.release()
      const start = () => schedule((_good, _bad) => {}, good, bad)
      expect(thrownBy(start)).toBeInstanceOf(BufferReleasedError)
      // The other one is still the program's.
      good.set(3)
      good.release()
      expect(a.getWait()).toBe(3)
      stage.scheduler.runAll()
      expect(stage.scheduler.dump()).toBe('')
    })

    test('gives other arguments as they are', async () => {
      const things = [undefined, null, Async.of(1), { x: 1 }, Symbol('x')]
      const task = schedule((...given: unknown[]) => ({ given }), ...things)
      const { given } = await task
      expect(given.length).toBe(5)
      for (const [i, thing] of things.entries()) expect(given[i]).toBe(thing)
    })
  })

  describe('what is waited for', () => {
    test.each(NOT_OBJECTS)('all(%o), and promise of it', (value) => {
      expect(thrownBy(() => all(value as never))).toEqual(invalid)
      expect(thrownBy(() => promise(value as never))).toEqual(invalid)
      expect(thrownBy(() => Async.from(value as never))).toEqual(invalid)
      expect(thrownBy(() => Async.all(value as never))).toEqual(invalid)
    })

    test.each([...NOT_OBJECTS, {}])('call(%o)', (value) => {
      expect(thrownBy(() => call(value as never))).toEqual(invalid)
    })

    test.each([undefined, null, '5', {}])('sleep(%o)', (milliseconds) => {
      expect(thrownBy(() => sleep(milliseconds as never))).toEqual(invalid)
    })

    test.each([-1, Number.NaN])('sleep(%o)', (milliseconds) => {
      expect(thrownBy(() => sleep(milliseconds))).toMatchObject({ code: 'ERR_OUT_OF_RANGE' })
    })
  })

  describe('buffers', () => {
    test('a buffer of a task cannot be given to another one', () => {
      const a = Async.of(1)
      const gate = new Async<number>()
      const output = a.write()
      const input = gate.read()
      schedule(
        function* (_w, door) {
          yield* door
        },
        output,
        input,
      )
      // Whether it is refused or handed over, the value must come out once and whole.
      try {
        schedule((w) => {
          w.set(2)
        }, output)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
      gate.set(1)
      stage.scheduler.runAll()
      expect([1, 2]).toContain(a.getWait())
      expect(stage.scheduler.dump()).toBe('')
    })

    test.each([...NOT_OBJECTS, {}])('update(%o)', (f) => {
      const a = Async.of(1)
      const output = a.write()
      expect(thrownBy(() => output.update(f as never))).toEqual(invalid)
      output.release()
      expect(a.getWait()).toBe(1)
    })

    test.each(NOT_OBJECTS)('map(%o)', (f) => {
      expect(thrownBy(() => Async.of(1).map(f as never))).toEqual(invalid)
    })

    test('a writer’s arithmetic with the wrong type fails its version', () => {
      const a = Async.of(1)
      const output = a.write()
      const sum = output.add(1n as never)
      output.release()
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(TypeError)
      return expect(sum.then((value) => value)).rejects.toBeInstanceOf(TypeError)
    })

    test.each(['now', 'later'])(
      'what update’s function asks of the buffer comes after it, %s',
      (when) => {
        const a = Async.of(1)
        const input = a.read()
        if (when === 'now') input.release()
        const output = a.write()
        const results: unknown[] = []
        output.update((value) => {
          output.add(1).then((sum) => results.push(sum))
          output.release()
          return value + 100
        })
        input.release()
        expect(a.getWait()).toBe(102)
        return expect.poll(() => results).toEqual([102])
      },
    )
  })

  describe('disposed values', () => {
    test('throw at every use, and those made of them stay', () => {
      const a = Async.of(1)
      const [copy, sum, input] = [a.copy(), a.add(1), a.read()]
      a[Symbol.dispose]()
      a[Symbol.dispose]()
      const disposed = expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' })
      for (const use of [
        () => a.getWait(),
        () => a.tryGet(),
        () => a.ready,
        () => a.read(),
        () => a.write(),
        () => a.set(1),
        () => a.copy(),
        () => a.take(),
        () => a.add(1),
        () => a.addAssign(1),
        () => a.map((value) => value),
        () => Async.of(1).set(a),
        () => Async.all([a]),
      ]) {
        expect(thrownBy(use)).toEqual(disposed)
      }
      expect([copy.getWait(), sum.getWait(), input.getWait()]).toEqual([1, 2, 1])
      input.release()
    })

    test('reject at every wait', async () => {
      const a = Async.of(1)
      a[Symbol.dispose]()
      const disposed = expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' })
      expect(await rejectionOf(Promise.resolve().then(() => a.get()))).toEqual(disposed)
      expect(await rejectionOf(Promise.resolve(a))).toEqual(disposed)
    })

    test('leave a writer that is at work alone', () => {
      const a = new Async<number>()
      write(a, 1)
      const seen = watch(a)
      a[Symbol.dispose]()
      stage.scheduler.runAll()
      expect(seen).toEqual([{ value: 1 }])
    })
  })

  test('values of one scheduler on another one', async () => {
    using other = new Scheduler(1)
    using debug = new DebugScheduler()
    const a = runWith(other, () => Async.of(1).add(1))
    const b = runWith(debug, () => {
      const value = new Async<number>()
      write(value, 10)
      return value.add(1)
    })
    const c = a.add(b)
    expect(c.getWait()).toBe(13)
    expect(await c).toBe(13)
    const d = runWith(debug, () => c.mul(2))
    expect(await d).toBe(26)
  })

  test.each([{ timeout: -1 }, { timeout: Number.NaN }])('getWait(%o)', (options) => {
    const refusal = { code: 'ERR_OUT_OF_RANGE' }
    expect(thrownBy(() => Async.of(1).getWait(options))).toMatchObject(refusal)
    const input = Async.of(1).read()
    expect(thrownBy(() => input.getWait(options))).toMatchObject(refusal)
    input.release()
  })
})
