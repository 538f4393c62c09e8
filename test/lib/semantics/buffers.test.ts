/** D of the acceptance conditions: read and write buffers. */
import { describe, expect, test } from 'vitest'

import { Async, all, BufferReadUninitialized, schedule } from '../../../dist/index.js'
import { EVERY, onStage, rejectionOf, thrownBy, watch, write } from '../../support/schedulers.js'

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('looking without waiting', () => {
    test('D1 tryGet on a ready value', () => {
      const a = Async.of(3)
      expect(a.tryGet()).toEqual({ value: 3 })
      const input = a.read()
      expect(input.tryGet()).toEqual({ value: 3 })
      input.release()
    })

    test('D2 tryGet on an unwritten one: nothing, and after the write it', () => {
      const a = new Async<number>()
      const input = a.read()
      expect([input.tryGet(), a.tryGet(), a.ready]).toEqual([undefined, undefined, false])
      write(a, 4)
      expect(a.getWait()).toBe(4)
      expect([input.tryGet(), a.tryGet(), a.ready]).toEqual([{ value: 4 }, { value: 4 }, true])
      input.release()
    })

    test('D2 a read buffer keeps its version, with a write waiting behind it', () => {
      const a = Async.of(1)
      const input = a.read()
      write(a, 2)
      stage.scheduler.runAll()
      expect(input.tryGet()).toEqual({ value: 1 })
      expect([a.ready, a.tryGet()]).toEqual([false, undefined])
      input.release()
      expect(a.getWait()).toBe(2)
    })

    test('D2 tryGet throws what the version failed with', () => {
      const a = new Async<number>()
      const input = a.read()
      const error = new Error('no')
      const output = a.write()
      output.fail(error)
      output.release()
      stage.scheduler.runAll()
      expect(thrownBy(() => input.tryGet())).toBe(error)
      expect(thrownBy(() => a.tryGet())).toBe(error)
      expect(thrownBy(() => input.getWait())).toBe(error)
      input.release()
    })
  })

  describe('all', () => {
    test('D4 of two that are ready', () => {
      const [a, b] = [Async.of(1), Async.of('two')]
      const seen: [number, string][] = []
      schedule(
        function* (ra, rb) {
          seen.push(yield* all(ra, rb))
        },
        a.read(),
        b.read(),
      )
      stage.scheduler.runAll()
      expect(seen).toEqual([[1, 'two']])
    })

    test.each(['a', 'b'])('D5 of two that are not, %s first: it resumes once', (first) => {
      const [a, b] = [new Async<number>(), new Async<number>()]
      const seen: unknown[] = []
      schedule(
        function* (ra, rb) {
          seen.push('begins')
          seen.push(yield* all(ra, rb))
        },
        a.read(),
        b.read(),
      )
      const order = first === 'a' ? [a, b] : [b, a]
      for (const value of order) {
        stage.scheduler.runAll()
        expect(seen).toEqual(['begins'])
        write(value, value === a ? 1 : 2)
      }
      stage.scheduler.runAll()
      expect(seen).toEqual(['begins', [1, 2]])
    })

    test('of nothing is over at once; of one that fails throws its error', () => {
      const a = new Async<number>()
      const error = new Error('no')
      const seen: unknown[] = []
      schedule(function* () {
        seen.push(yield* all())
      })
      schedule(
        function* (ok, bad) {
          try {
            yield* all(ok, bad)
          } catch (caught) {
            seen.push(caught)
          }
        },
        Async.of(1).read(),
        a.read(),
      )
      stage.scheduler.runAll()
      expect(seen).toEqual([[]])
      const output = a.write()
      output.fail(error)
      output.release()
      stage.scheduler.runAll()
      expect(seen).toEqual([[], error])
    })

    test('of many', () => {
      const values = Array.from({ length: 1000 }, () => new Async<number>())
      const inputs = values.map((value) => value.read())
      const sums: number[] = []
      schedule(
        function* (...given) {
          const read = yield* all(...given)
          sums.push(read.reduce((sum, value) => sum + value, 0))
        },
        ...inputs,
      )
      for (const [i, value] of values.entries()) write(value, i)
      stage.scheduler.runAll()
      expect(sums).toEqual([499_500])
    })
  })

  describe('writing', () => {
    test('D9 each look of a writer sees the last, and readers the last of all', () => {
      const a = new Async<number>()
      const looks: number[] = []
      schedule(function* (output) {
        for (const value of [1, 2, 3]) {
          output.set(value)
          looks.push(yield* output)
        }
      }, a.write())
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(looks).toEqual([1, 2, 3])
      expect(seen).toEqual([{ value: 3 }])
    })

    test('D11 take gives the value and leaves the storage empty', () => {
      const a = Async.of(5)
      const log: unknown[] = []
      schedule(function* (output) {
        log.push(yield* output.take())
        try {
          yield* output.take()
        } catch (error) {
          log.push(error)
        }
        yield* output.set(7)
      }, a.write())
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(log).toEqual([5, expect.any(BufferReadUninitialized)])
      expect(seen).toEqual([{ value: 7 }])
      expect(a.getWait()).toBe(7)
    })

    test('D11 nothing set after it: its readers find it was never written', () => {
      const a = Async.of(5)
      schedule((output) => {
        output.take()
      }, a.write())
      const seen = watch(a)
      stage.scheduler.runAll()
      expect(seen).toEqual([{ thrown: expect.any(BufferReadUninitialized) }])
      a.set(1)
      expect(a.getWait()).toBe(1)
    })

    test('each acts in the order of the calls, and gives its result', () => {
      const a = Async.of(2)
      const results: unknown[] = []
      schedule(function* (output) {
        const acts = [output.add(3), output.mul(4), output.sub(2), output.div(6)]
        for (const act of acts) results.push(yield* act)
        results.push(yield* output.update((value) => value + 0.5))
        yield* output.set(9)
        results.push(yield* output.take())
      }, a.write())
      stage.scheduler.runAll()
      expect(results).toEqual([5, 20, 18, 3, 3.5, 9])
    })

    test('acts before the turn wait for it, in the program itself, too', async () => {
      const a = Async.of(1)
      const input = a.read()
      const output = a.write()
      const sum = output.add(5)
      const product = output.update((value) => value * 2)
      output.release()
      stage.scheduler.runAll()
      expect(a.ready).toBe(false)
      expect(input.getWait()).toBe(1)
      input.release()
      expect(a.getWait()).toBe(12)
      expect(await Promise.all([sum, product])).toEqual([6, 12])
    })

    test('fail fails this version with any value, and the next write heals', () => {
      for (const reason of [new Error('x'), undefined, null, 0, Object.freeze({ a: 1 })]) {
        const a = Async.of(1)
        const output = a.write()
        output.fail(reason)
        output.release()
        const seen = watch(a)
        a.set(2)
        stage.scheduler.runAll()
        expect(seen.length).toBe(1)
        expect(Object.is((seen[0] as { thrown: unknown }).thrown, reason)).toBe(true)
        expect('thrown' in (seen[0] as object)).toBe(true)
        expect(a.getWait()).toBe(2)
      }
    })

    test('an error in update is the readers’, and the task’s', async () => {
      const a = Async.of(1)
      const error = new Error('in update')
      const task = schedule((output) => {
        output.update(() => {
          throw error
        })
      }, a.write())
      const seen = watch(a)
      expect(await rejectionOf(task)).toBe(error)
      stage.scheduler.runAll()
      expect(seen).toEqual([{ thrown: error }])
    })
  })
})
