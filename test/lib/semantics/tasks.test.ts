/** G and the signals of F: what tasks may be, how they nest, and how they are ended. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  type Coroutine,
  call,
  promise,
  schedule,
  sleep,
  TaskCancelled,
} from '../../../dist/index.js'
import {
  EVERY,
  onStage,
  rejectionOf,
  STEPPED,
  thrownBy,
  watch,
  write,
} from '../../support/schedulers.js'

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('nested tasks', () => {
    test('G1 a nested task copies a to b', () => {
      const [a, b] = [Async.of(5), new Async<number>()]
      const log: string[] = []
      schedule(
        function* (input, output) {
          log.push('outer')
          yield* call(
            function* (r, w) {
              log.push('inner')
              yield* w.set(yield* r)
            },
            input,
            output,
          )
          log.push('back')
        },
        a.read(),
        b.write(),
      )
      stage.scheduler.runAll()
      expect(log).toEqual(['outer', 'inner', 'back'])
      expect(b.getWait()).toBe(5)
    })

    test('G1 the result of a nested task, and its error, arrive where it is called', async () => {
      const error = new Error('inner')
      const seen: unknown[] = []
      const task = schedule(function* () {
        seen.push(yield* call(() => 'plain'))
        seen.push(
          yield* call(function* () {
            yield* sleep(1)
            return 'slept'
          }),
        )
        try {
          yield* call(() => {
            throw error
          })
        } catch (caught) {
          seen.push(caught)
        }
        return yield* call((x: number, y: number) => x + y, 1, 2)
      })
      expect(await task).toBe(3)
      expect(seen).toEqual(['plain', 'slept', error])
    })

    test('G1 a thousand deep', () => {
      function* down(depth: number): Coroutine<number> {
        return depth === 0 ? 0 : 1 + (yield* call(down, depth - 1))
      }
      const a = new Async<number>()
      schedule(function* (output) {
        output.set(yield* call(down, 1000))
      }, a.write())
      expect(a.getWait()).toBe(1000)
    })

    test('a task that is scheduled while another one runs', () => {
      const a = new Async<string>()
      const log: string[] = []
      schedule((output) => {
        log.push('outer begins')
        schedule((w) => {
          log.push('inner')
          w.set('from the inner')
        }, output)
        log.push('outer ends')
      }, a.write())
      stage.scheduler.runAll()
      expect(log).toEqual(['outer begins', 'outer ends', 'inner'])
    })

    test('a task that makes values and tasks of its own', () => {
      const a = new Async<number>()
      schedule(function* (output) {
        const parts = Array.from({ length: 10 }, (_, i) => {
          const part = new Async<number>()
          write(part, i)
          return part
        })
        let sum = 0
        for (const part of parts) {
          const input = part.read()
          sum += yield* input
          input.release()
        }
        output.set(sum)
      }, a.write())
      expect(a.getWait()).toBe(45)
    })
  })

  describe('functions of each kind', () => {
    test('a plain one gives its result to who awaits the task', async () => {
      expect(await schedule((x: number, y: number) => x + y, 1, 2)).toBe(3)
      expect(await schedule(() => {})).toBeUndefined()
    })

    test('an async one writes while the event loop runs', async () => {
      const [a, b] = [Async.of(1), new Async<number>()]
      const task = schedule(
        async (input, output) => {
          const value = await input
          await new Promise(setImmediate)
          await output.set(value + 1)
          return 'done'
        },
        a.read(),
        b.write(),
      )
      expect(await b).toBe(2)
      expect(await task).toBe('done')
    })

    test('a plain one that returns a promise is not over before that', async () => {
      const a = new Async<number>()
      let settle = (_: string) => {}
      const task = schedule((output) => {
        output.set(1)
        return new Promise<string>((resolve) => {
          settle = resolve
        })
      }, a.write())
      stage.scheduler.runAll()
      expect(a.ready).toBe(false)
      settle('late')
      expect(await task).toBe('late')
      expect(a.getWait()).toBe(1)
    })

    test('one that returns what set() returned is over when that is', async () => {
      const [a, b] = [new Async<number>(), new Async<number>()]
      schedule((output) => output.set(42), a.write())
      expect(await a).toBe(42)
      schedule((output) => output.set(43), b.write())
      expect(b.getWait()).toBe(43)
    })

    test('a generator that yields anything else fails with a TypeError', async () => {
      for (const wrong of [5, undefined, null, 'text', {}, Promise.resolve(1), Async.of(1)]) {
        const a = new Async<number>()
        const task = schedule(function* (_output) {
          yield wrong as never
        }, a.write())
        expect(thrownBy(() => a.getWait())).toBeInstanceOf(TypeError)
        expect(await rejectionOf(task)).toBeInstanceOf(TypeError)
      }
    })

    test('promise() gives what is settled, and throws what is rejected', async () => {
      const error = new Error('rejected')
      const task = schedule(function* () {
        const seen: unknown[] = [yield* promise(Promise.resolve(1))]
        try {
          yield* promise(Promise.reject(error))
        } catch (caught) {
          seen.push(caught)
        }
        return seen
      })
      expect(await task).toEqual([1, error])
    })
  })

  describe('signals', () => {
    test('F13 aborted before: nothing of the task runs', async () => {
      const a = new Async<number>()
      const log: string[] = []
      const task = stage.scheduler.scheduleWith(
        { signal: AbortSignal.abort('early') },
        (output) => {
          log.push('runs')
          output.set(1)
        },
        a.write(),
      )
      const seen = watch(a)
      expect(await rejectionOf(task)).toBe('early')
      stage.scheduler.runAll()
      expect(log).toEqual([])
      expect(seen).toEqual([{ thrown: expect.any(TaskCancelled) }])
    })

    test('F13 aborted while it waits: it ends there with the reason', async () => {
      const [a, gate] = [new Async<number>(), new Async<number>()]
      const controller = new AbortController()
      const log: string[] = []
      const task = stage.scheduler.scheduleWith(
        { signal: controller.signal },
        function* (output, door) {
          try {
            log.push('begins')
            yield* door
            log.push('goes on')
            output.set(1)
          } finally {
            log.push('finally')
          }
        },
        a.write(),
        gate.read(),
      )
      const seen = watch(a)
      stage.scheduler.runAll()
      const reason = new Error('stop')
      controller.abort(reason)
      expect(await rejectionOf(task)).toBe(reason)
      stage.scheduler.runAll()
      expect(log).toEqual(['begins', 'finally'])
      expect(seen).toEqual([{ thrown: expect.any(TaskCancelled) }])
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(TaskCancelled)
    })

    test('F13 aborted while it runs: it ends at its next suspension', async () => {
      const [a, gate] = [new Async<number>(), new Async<number>()]
      const controller = new AbortController()
      const log: string[] = []
      const task = stage.scheduler.scheduleWith(
        { signal: controller.signal },
        function* (output, door) {
          controller.abort('now')
          log.push('still runs')
          output.set(1)
          yield* door
          log.push('never')
        },
        a.write(),
        gate.read(),
      )
      expect(await rejectionOf(task)).toBe('now')
      expect(log).toEqual(['still runs'])
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(TaskCancelled)
    })

    test('F13 aborted after: nothing', async () => {
      const a = new Async<number>()
      const controller = new AbortController()
      const task = stage.scheduler.scheduleWith(
        { signal: controller.signal },
        (output) => {
          output.set(1)
          return 'result'
        },
        a.write(),
      )
      expect(await task).toBe('result')
      controller.abort('late')
      expect(await task).toBe('result')
      expect(a.getWait()).toBe(1)
      task.cancel()
      expect(await task).toBe('result')
    })

    test('cancel: before it runs, and twice', async () => {
      const a = new Async<number>()
      const log: string[] = []
      const task = schedule((output) => {
        log.push('runs')
        output.set(1)
      }, a.write())
      task.cancel()
      task.cancel()
      expect(await rejectionOf(task)).toBeInstanceOf(TaskCancelled)
      expect(thrownBy(() => a.getWait())).toBeInstanceOf(TaskCancelled)
      expect(log).toEqual([])
    })

    test('a task may clean up with waits, throw, or return in its finally block', async () => {
      const gate = new Async<number>()
      const ready = Async.of('cleaned')
      const error = new Error('in finally')
      const log: string[] = []
      const tasks = ['waits', 'throws', 'returns'].map((how) =>
        schedule(
          function* (door, r) {
            try {
              yield* door
            } finally {
              log.push(how)
              if (how === 'waits') log.push(yield* r)
              // biome-ignore lint/correctness/noUnsafeFinally: it is what is tested.
              if (how === 'throws') throw error
            }
          },
          gate.read(),
          ready.read(),
        ),
      )
      stage.scheduler.runAll()
      for (const task of tasks) task.cancel()
      const reasons = await Promise.all(tasks.map(rejectionOf))
      stage.scheduler.runAll()
      expect(reasons[1]).toBe(error)
      expect(reasons[2]).toBeInstanceOf(TaskCancelled)
      expect(log).toEqual(expect.arrayContaining(['waits', 'throws', 'returns']))
      // Whatever they did, they hold nothing any more.
      gate.set(1)
      ready.set('next')
      expect([gate.getWait(), ready.getWait()]).toEqual([1, 'next'])
    })

    test('of an error and a later one in a finally block, the later one counts', async () => {
      const a = new Async<number>()
      const error = new Error('later')
      const task = schedule(function* (output) {
        try {
          yield* output.set(1)
          throw new Error('earlier')
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: it is what is tested.
          throw error
        }
      }, a.write())
      expect(thrownBy(() => a.getWait())).toBe(error)
      expect(await rejectionOf(task)).toBe(error)
    })
  })
})

describe.each(STEPPED)('$kind', ({ make }) => {
  const stage = onStage(make)

  test('G5 run() runs one generation, and the next run() what it has scheduled', () => {
    const log: string[] = []
    for (const name of ['a', 'b', 'c']) {
      schedule(() => {
        log.push(name)
        schedule(() => {
          log.push(`${name}'`)
        })
      })
    }
    expect(stage.scheduler.canRun).toBe(true)
    expect(stage.scheduler.run()).toBe(3)
    expect([...log].sort()).toEqual(['a', 'b', 'c'])
    expect([stage.scheduler.canRun, stage.scheduler.done]).toEqual([true, false])
    expect(stage.scheduler.run()).toBe(3)
    expect(log.slice(3).sort()).toEqual(["a'", "b'", "c'"])
    expect([stage.scheduler.canRun, stage.scheduler.done]).toEqual([false, true])
    expect(stage.scheduler.run()).toBe(0)
  })

  test('G5 run() does not run what a pause holds back', () => {
    schedule(() => {})
    stage.scheduler.pause()
    expect([stage.scheduler.canRun, stage.scheduler.done]).toEqual([false, false])
    stage.scheduler.resume()
    expect(stage.scheduler.canRun).toBe(true)
    expect(stage.scheduler.runAll()).toBe(0)
    const gate = new Async<number>()
    watch(gate)
    watch(gate)
    expect(stage.scheduler.runAll()).toBe(2)
  })
})
