/** A and C of the acceptance conditions: what a value is, first writes, and copies. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  BufferReadUninitialized,
  BufferWriteUninitialized,
  DeadlockError,
  schedule,
} from '../../../dist/index.js'
import { EVERY, onStage, rejectionOf, thrownBy, watch, write } from '../../support/schedulers.js'

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('construction and first write', () => {
    test('A1 a reader sees what a writer set', () => {
      const a = new Async<number>()
      write(a, 42)
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(seen).toEqual([{ value: 42 }])
      expect(a.getWait()).toBe(42)
    })

    test('A2 a value without a writer: every reader sees it, and nothing else runs', () => {
      const a = Async.of(99)
      const before = stage.scheduler.stats().tasks
      const seen = [watch(a), watch(a), watch(a)]
      stage.scheduler.runAll()
      expect(seen).toEqual([[{ value: 99 }], [{ value: 99 }], [{ value: 99 }]])
      expect(stage.scheduler.stats().tasks - before).toBe(3)
    })

    test('A3 an array is one value, and not spread', () => {
      const list = [1, 2, 3]
      const written = new Async<number[]>()
      write(written, list)
      for (const a of [new Async(list), Async.of(list), new Async<number[]>().set(list), written]) {
        const seen = watch(a)
        stage.scheduler.runAll()
        expect(seen).toEqual([{ value: [1, 2, 3] }])
        expect(a.getWait()).toBe(list)
      }
    })

    test('A5 nothing is there until the first write', () => {
      const a = new Async<number>()
      expect(a.ready).toBe(false)
      expect(a.tryGet()).toBeUndefined()
      const calls: unknown[] = []
      schedule((output) => {
        output.update((value) => calls.push(value))
      }, a.write())
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(BufferWriteUninitialized)
      expect(calls).toEqual([])
    })

    test('A5 undefined is a value', async () => {
      for (const a of [new Async<undefined>(undefined), Async.of(undefined)]) {
        expect(a.ready).toBe(true)
        expect(a.tryGet()).toEqual({ value: undefined })
        expect(a.getWait()).toBeUndefined()
        expect(await a).toBeUndefined()
      }
      const written = new Async<undefined>()
      write(written, undefined)
      expect(written.getWait()).toBeUndefined()
      const seen = watch(written)
      stage.scheduler.runAll()
      expect(seen).toEqual([{ value: undefined }])
    })

    test('A5 undefined can be updated: it is not empty', () => {
      const a = Async.of<number | undefined>(undefined)
      schedule((output) => {
        output.update((value) => (value === undefined ? 1 : 2))
      }, a.write())
      expect(a.getWait()).toBe(1)
    })

    test.each([
      ['an object', { deep: { x: 1 } }],
      ['a function', () => 1],
      ['null', null],
      ['a symbol', Symbol('x')],
      ['a string', 'text'],
      ['a boolean', true],
      ['a map', new Map([[1, 2]])],
      ['not a number', Number.NaN],
      ['minus zero', -0],
    ])('A7 %s arrives as the very same', async (_, thing) => {
      const a = new Async<unknown>()
      write(a, thing)
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(Object.is((seen[0] as { value: unknown }).value, thing)).toBe(true)
      expect(Object.is(a.getWait(), thing)).toBe(true)
      expect(Object.is(await a.get(), thing)).toBe(true)
    })

    test('A7 a value that is thenable is not followed by a blocking read', () => {
      let called = 0
      // biome-ignore lint/suspicious/noThenProperty: it is what is tested.
      const thenable = { then: () => ++called }
      const a = new Async<unknown>()
      write(a, thenable)
      expect(a.getWait()).toBe(thenable)
      expect(called).toBe(0)
    })

    test.each(['the writer', 'the reader'])('A12 both are queued, %s first', (first) => {
      const { scheduler } = stage
      scheduler.pause()
      const a = new Async<string>()
      const [output, input] = [a.write(), a.read()]
      const seen: string[] = []
      const writer = () =>
        schedule((w) => {
          w.set('written')
        }, output)
      const reader = () =>
        schedule(function* (r) {
          seen.push(yield* r)
        }, input)
      for (const go of first === 'the writer' ? [writer, reader] : [reader, writer]) go()
      expect(seen).toEqual([])
      scheduler.runAll()
      expect(seen).toEqual(['written'])
    })

    test('A13 a writer that awaits its own buffer again sees what it wrote', () => {
      const a = Async.of(1)
      const seen: number[] = []
      schedule(function* (output) {
        seen.push(yield* output)
        yield* output.set(2)
        seen.push(yield* output)
        seen.push(yield* output)
      }, a.write())
      stage.scheduler.runAll()
      expect(seen).toEqual([1, 2, 2])
    })

    test('A16 the first addition to an empty value initialises it', () => {
      const a = new Async<number>()
      schedule((output) => {
        output.add(5)
        output.add(7)
        output.sub(2)
      }, a.write())
      expect(a.getWait()).toBe(10)
      const big = new Async<bigint>()
      schedule((output) => {
        output.add(5n)
        output.sub(7n)
      }, big.write())
      expect(big.getWait()).toBe(-2n)
    })

    test('A16 the first subtraction from an empty value gives the negative', () => {
      const a = new Async<number>()
      schedule(function* (output) {
        yield* output.sub(5)
      }, a.write())
      expect(a.getWait()).toBe(-5)
    })

    test.each(['mul', 'div'] as const)('A17 %s as the first operation fails', (op) => {
      const a = new Async<number>()
      const here: unknown[] = []
      const task = schedule(function* (output) {
        try {
          yield* output[op](3)
        } catch (error) {
          here.push(error)
          throw error
        }
      }, a.write())
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(here).toEqual([expect.any(BufferWriteUninitialized)])
      expect(seen).toEqual([{ thrown: here[0] }])
      expect(thrownBy(() => a.getWait())).toBe(here[0])
      return expect(task).rejects.toBe(here[0])
    })

    test('A17 whether or not anybody waits for it, and a later write heals', async () => {
      const a = new Async<number>()
      const task = schedule((output) => {
        output.mul(3)
      }, a.write())
      const seen = watch(a)
      write(a, 4)
      expect(a.getWait()).toBe(4)
      stage.scheduler.runAll()
      expect(seen).toEqual([{ thrown: expect.any(BufferWriteUninitialized) }])
      expect(await rejectionOf(task)).toBeInstanceOf(BufferWriteUninitialized)
    })
  })

  describe('copies', () => {
    test('C1 a copy is a timeline of its own', () => {
      const a = Async.of(42)
      const copy = a.copy()
      copy.addAssign(57)
      expect(a.getWait()).toBe(42)
      expect(copy.getWait()).toBe(99)
    })

    test('C1 a copy is of the value as of now, also of one that is still to come', () => {
      const a = new Async<number>()
      const seen = watch(a.copy())
      write(a, 1)
      const copy = a.copy()
      write(a, 2)
      expect(copy.getWait()).toBe(1)
      expect(a.getWait()).toBe(2)
      // The first write: a read that was taken before it belongs to it, and so does a copy.
      stage.scheduler.runAll()
      expect(seen).toEqual([{ value: 1 }])
    })

    test('C4 every holder of an Async sees its writes', () => {
      const a = Async.of(1)
      const holders = { box: a, list: [a, a] as const }
      function writeTo(value: Async<number>) {
        write(value, 2)
      }
      writeTo(holders.list[1])
      expect(holders.box.getWait()).toBe(2)
      holders.box.set(3)
      expect([a.getWait(), holders.list[0].getWait()]).toEqual([3, 3])
    })

    test('C7 take moves the value out', async () => {
      const a = Async.of(7)
      const b = a.take()
      expect(b.getWait()).toBe(7)
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(BufferReadUninitialized)
      expect(await rejectionOf(a.get())).toBeInstanceOf(BufferReadUninitialized)
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(seen).toEqual([{ thrown: expect.any(BufferReadUninitialized) }])
      a.set(8)
      expect(a.getWait()).toBe(8)
      expect(b.getWait()).toBe(7)
    })

    test('C7 take from a value that is still to come', () => {
      const a = new Async<string>()
      write(a, 'later')
      const b = a.take()
      write(a, 'next')
      expect(b.getWait()).toBe('later')
      expect(a.getWait()).toBe('next')
    })

    test('C7 the readers before a take see the value', () => {
      const a = Async.of({ x: 1 })
      const value = a.getWait()
      const before = watch(a)
      const b = a.take()
      stage.scheduler.runAll()
      expect(before).toEqual([{ value }])
      expect(b.getWait()).toBe(value)
    })
  })

  describe('set', () => {
    test('takes a plain value and another Async, as of now', () => {
      const a = Async.of(1)
      const b = Async.of(2)
      expect(a.set(b)).toBe(a)
      b.set(3)
      expect(a.getWait()).toBe(2)
      a.set(4)
      expect([a.getWait(), b.getWait()]).toEqual([4, 3])
    })

    test('takes an Async that is still to come', () => {
      const a = Async.of(1)
      const b = new Async<number>()
      write(b, 5)
      a.set(b)
      expect(a.getWait()).toBe(5)
    })

    test('to itself changes nothing', () => {
      const a = Async.of(1)
      a.set(a)
      expect(a.getWait()).toBe(1)
    })

    test('an Async that fails fails this timeline, until the next write', () => {
      const a = Async.of(1)
      const b = new Async<number>()
      const error = new Error('no')
      schedule((output) => {
        output.fail(error)
      }, b.write())
      a.set(b)
      expect(thrownBy(() => a.getWait())).toBe(error)
      a.set(2)
      expect(a.getWait()).toBe(2)
    })
  })

  test('an empty value that nobody asked to write is a deadlock for a blocking read', () => {
    const a = new Async<number>()
    expect(thrownBy(() => a.getWait())).toBeInstanceOf(DeadlockError)
    a.set(1)
    expect(a.getWait()).toBe(1)
  })

  test('map reads the value as of now and passes failures on', () => {
    const a = Async.of(20)
    const mapped = a.map((value) => ({ value: value + 1 }))
    a.set(1)
    expect(mapped.getWait()).toEqual({ value: 21 })
    const error = new Error('in the function')
    const failed = a.map(() => {
      throw error
    })
    expect(thrownBy(() => failed.getWait())).toBe(error)
    expect(thrownBy(() => failed.map(() => 1).getWait())).toBe(error)
  })
})
