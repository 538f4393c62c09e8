/** D of the acceptance conditions, releasing: buffers that are given back, used or not. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  BufferReadUninitialized,
  BufferReleasedError,
  DeadlockError,
  schedule,
  TaskCancelled,
} from '../../../dist/index.js'
import { EVERY, onStage, rejectionOf, thrownBy, watch, write } from '../../support/schedulers.js'

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('releasing', () => {
    test('D14 early: the next writer may go', () => {
      const a = Async.of(1)
      const gate = new Async<string>()
      const log: string[] = []
      schedule(
        function* (input, door) {
          log.push(`sees ${yield* input}`)
          input.release()
          yield* door
          log.push('ends')
        },
        a.read(),
        gate.read(),
      )
      write(a, 2)
      expect(a.getWait()).toBe(2)
      stage.scheduler.runAll()
      expect(log).toEqual(['sees 1'])
      gate.set('open')
      stage.scheduler.runAll()
      expect(log).toEqual(['sees 1', 'ends'])
    })

    test('D14 a write buffer early: its readers may go', () => {
      const a = new Async<number>()
      const gate = new Async<string>()
      schedule(
        function* (output, door) {
          yield* output.set(1)
          output.release()
          yield* door
        },
        a.write(),
        gate.read(),
      )
      expect(a.getWait()).toBe(1)
      gate.set('open')
    })

    test('D26 released twice is nothing, and used after it BufferReleasedError', () => {
      const a = Async.of(1)
      const input = a.read()
      input.release()
      input.release()
      const released = expect.objectContaining({ code: 'ERR_HEDDLE_RELEASED' })
      for (const use of ['tryGet', 'getWait', 'copy'] as const) {
        expect(thrownBy(() => input[use]())).toBeInstanceOf(BufferReleasedError)
        expect(thrownBy(() => input[use]())).toEqual(released)
      }
      const output = a.write()
      output.release()
      output.release()
      for (const use of ['set', 'add', 'sub', 'mul', 'div', 'fail'] as const) {
        expect(thrownBy(() => output[use](1))).toBeInstanceOf(BufferReleasedError)
      }
      expect(thrownBy(() => output.take())).toBeInstanceOf(BufferReleasedError)
      expect(thrownBy(() => output.update(() => 1))).toBeInstanceOf(BufferReleasedError)
      expect(a.getWait()).toBe(1)
    })

    test('D26 to wait for one that is released, or give it to a task, throws', async () => {
      const a = Async.of(1)
      const [input, output] = [a.read(), a.write()]
      for (const buffer of [input, output]) buffer.release()
      const seen: unknown[] = []
      schedule(function* () {
        for (const wait of [
          () => input,
          () => input.maybe(),
          () => input.orCancel(),
          () => output,
        ]) {
          try {
            yield* wait()
          } catch (error) {
            seen.push(error)
          }
        }
      })
      stage.scheduler.runAll()
      const released = expect.any(BufferReleasedError)
      expect(seen).toEqual([released, released, released, released])
      expect(await rejectionOf(input as unknown as PromiseLike<number>)).toEqual(released)
      expect(thrownBy(() => schedule((_) => {}, input))).toEqual(released)
      expect(thrownBy(() => schedule((_) => {}, output))).toEqual(released)
    })

    test('D26 a buffer of a task that has ended is released', () => {
      const a = Async.of(1)
      const [input, output] = [a.read(), a.write()]
      schedule((..._) => {}, input, output)
      stage.scheduler.runAll()
      expect(thrownBy(() => input.tryGet())).toBeInstanceOf(BufferReleasedError)
      expect(thrownBy(() => output.set(1))).toBeInstanceOf(BufferReleasedError)
    })

    test('a copy of a read buffer holds the version by itself', () => {
      const a = Async.of(1)
      const input = a.read()
      const copy = input.copy()
      write(a, 2)
      input.release()
      stage.scheduler.runAll()
      expect(a.ready).toBe(false)
      expect(copy.getWait()).toBe(1)
      copy.release()
      expect(a.getWait()).toBe(2)
    })

    test('D14 unread: nobody waits for it', () => {
      const a = Async.of(1)
      a.read().release()
      write(a, 2)
      expect(a.getWait()).toBe(2)
    })

    test.each(['before', 'after'])('D16 maybe on an abandoned write, taken %s it', (when) => {
      const a = new Async<number>()
      const early = when === 'before' ? a.read() : undefined
      const output = a.write()
      const input = early ?? a.read()
      const seen: unknown[] = []
      schedule(function* (r) {
        seen.push(yield* r.maybe())
      }, input)
      stage.scheduler.runAll()
      expect(seen).toEqual([])
      output.release()
      stage.scheduler.runAll()
      expect(seen).toEqual([undefined])
    })

    test('D16 maybe and orCancel give a value that is there, and failures', () => {
      const a = Async.of(1)
      const failed = new Async<number>()
      const error = new Error('no')
      const output = failed.write()
      output.fail(error)
      output.release()
      const seen: unknown[] = []
      schedule(
        function* (r, bad) {
          seen.push(yield* r.maybe(), yield* r.orCancel())
          for (const what of [bad.maybe(), bad.orCancel()]) {
            try {
              yield* what
            } catch (caught) {
              seen.push(caught)
            }
          }
        },
        a.read(),
        failed.read(),
      )
      stage.scheduler.runAll()
      expect(seen).toEqual([1, 1, error, error])
    })

    test('D18 orCancel on an abandoned write is a TaskCancelled that can be caught', () => {
      const a = new Async<number>()
      const seen: unknown[] = []
      schedule(function* (r) {
        try {
          yield* r.orCancel()
        } catch (error) {
          seen.push(error)
        }
        seen.push('goes on')
      }, a.read())
      a.write().release()
      stage.scheduler.runAll()
      expect(seen).toEqual([expect.any(TaskCancelled), 'goes on'])
    })

    test('an abandoned write is BufferReadUninitialized for a plain read', () => {
      const a = new Async<number>()
      const seen = watch(a)
      a.write().release()
      stage.scheduler.runAll()
      expect(seen).toEqual([{ thrown: expect.any(BufferReadUninitialized) }])
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(BufferReadUninitialized)
    })

    test('a right that the program holds is a deadlock for a blocking read', () => {
      const a = new Async<number>()
      const output = a.write()
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(DeadlockError)
      output.set(1)
      output.release()
      expect(a.getWait()).toBe(1)
    })
  })
})
