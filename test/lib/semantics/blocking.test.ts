/** Blocking calls: nested in tasks, on paused schedulers, and beside disposal and drain. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  DebugScheduler,
  runWith,
  Scheduler,
  ScopedScheduler,
  schedule,
  TaskCancelled,
  type TaskScheduler,
} from '../../../dist/index.js'
import {
  EVERY,
  onStage,
  rejectionOf,
  SOME,
  thrownBy,
  watch,
  write,
} from '../../support/schedulers.js'

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('getWait in tasks', () => {
    test('three deep', () => {
      const [a, b, c, d] = Array.from({ length: 4 }, () => new Async<number>()) as [
        Async<number>,
        Async<number>,
        Async<number>,
        Async<number>,
      ]
      const log: string[] = []
      for (const [name, from, to] of [
        ['outer', b, a],
        ['middle', c, b],
        ['inner', d, c],
      ] as const) {
        schedule((output) => {
          log.push(`${name} asks`)
          output.set(from.getWait() + 1)
          log.push(`${name} has it`)
        }, to.write())
      }
      write(d, 1)
      expect(a.getWait()).toBe(4)
      expect(log.length).toBe(6)
      expect(log.indexOf('inner has it')).toBeLessThan(log.indexOf('middle has it'))
      expect(log.indexOf('middle has it')).toBeLessThan(log.indexOf('outer has it'))
    })

    test('of a generator, and of an operator on what it writes', () => {
      const [a, gate] = [new Async<number>(), new Async<number>()]
      const result = new Async<number>()
      schedule((output) => {
        write(gate, 20)
        output.set(a.add(1).getWait())
      }, result.write())
      schedule(
        function* (door, output) {
          output.set((yield* door) * 2)
        },
        gate.read(),
        a.write(),
      )
      expect(result.getWait()).toBe(41)
    })

    test('does not run a task inside itself, or twice', () => {
      let [inside, most, runs] = [0, 0, 0]
      const values = Array.from({ length: 50 }, () => new Async<number>())
      for (const [i, value] of values.entries()) {
        schedule((output) => {
          ++runs
          most = Math.max(most, ++inside)
          output.set(i === 49 ? 1 : (values[i + 1] as Async<number>).getWait() + 1)
          --inside
        }, value.write())
      }
      expect(values[0]?.getWait()).toBe(50)
      stage.scheduler.runAll()
      expect([inside, runs]).toEqual([0, 50])
      expect(most).toBeGreaterThan(1)
    })
  })

  describe('a paused scheduler', () => {
    test('still works for a blocking call, and for nothing else', async () => {
      const { scheduler } = stage
      scheduler.pause()
      const [a, log] = [new Async<number>(), [] as string[]]
      schedule((output) => {
        log.push('needed')
        output.set(1)
      }, a.write())
      const other = schedule(() => log.push('other'))
      await new Promise(setImmediate)
      expect(log).toEqual([])
      expect(a.add(1).getWait()).toBe(2)
      expect(log).toEqual(['needed'])
      scheduler.resume()
      await other
      expect(log).toEqual(['needed', 'other'])
    })

    test('is resumed by drain, which waits for all', async () => {
      const { scheduler } = stage
      scheduler.pause()
      const log: string[] = []
      const gate = new Async<number>()
      schedule(function* (door) {
        log.push(`woken by ${yield* door}`)
      }, gate.read())
      schedule(async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        gate.set(1)
        log.push('async')
      })
      await scheduler.drain()
      expect(log).toEqual(['async', 'woken by 1'])
      await scheduler.drain()
    })

    test('is resumed by runAll', () => {
      stage.scheduler.pause()
      const seen = watch(Async.of(1))
      stage.scheduler.runAll()
      expect(seen).toEqual([{ value: 1 }])
    })
  })
})

const MAKERS = [
  ['DebugScheduler', () => new DebugScheduler()],
  ['DebugScheduler({ seed: 7 })', () => new DebugScheduler({ seed: 7 })],
  ['Scheduler', () => new Scheduler(2)],
] as const

describe.each(MAKERS)('disposing of a %s', (_, make) => {
  test('finishes what can finish', () => {
    const scheduler = make()
    const [a, b] = runWith(scheduler, () => {
      const first = new Async<number>()
      const second = new Async<number>()
      scheduler.schedule(
        function* (input, output) {
          output.set((yield* input) + 1)
        },
        first.read(),
        second.write(),
      )
      write(first, 1)
      return [first, second.add(1)] as const
    })
    scheduler[Symbol.dispose]()
    expect([a.tryGet(), b.tryGet()]).toEqual([{ value: 1 }, { value: 3 }])
  })

  test('cancels what waits: finally blocks, outputs, and who awaits it', async () => {
    const scheduler = make()
    const log: string[] = []
    const [gate, a] = [new Async<number>(), new Async<number>()]
    const task = scheduler.schedule(
      function* (door, output) {
        try {
          output.set(yield* door)
        } finally {
          log.push('finally')
        }
      },
      gate.read(),
      a.write(),
    )
    const rejected = rejectionOf(task)
    scheduler[Symbol.dispose]()
    expect(log).toEqual(['finally'])
    expect(await rejected).toBeInstanceOf(TaskCancelled)
    expect(thrownBy(() => a.getWait())).toBeInstanceOf(TaskCancelled)
    // The values live on with another scheduler.
    gate.set(2)
    a.set(3)
    expect([gate.getWait(), a.getWait()]).toEqual([2, 3])
  })

  test('ends a task that catches its cancelling and waits on, or schedules more', async () => {
    const scheduler = make()
    const gate = new Async<number>()
    const stubborn = scheduler.schedule(function* (door) {
      for (let i = 0; i < 100; ++i) {
        try {
          yield* door
        } catch {
          // Tries again.
        }
      }
    }, gate.read())
    const busy = scheduler.schedule(function* (door) {
      try {
        yield* door
      } finally {
        try {
          scheduler.schedule(() => {})
        } catch {
          // It is closed.
        }
      }
    }, gate.read())
    const rejected = Promise.all([rejectionOf(stubborn), rejectionOf(busy)])
    scheduler[Symbol.dispose]()
    for (const reason of await rejected) expect(reason).toBeInstanceOf(TaskCancelled)
  })

  test('twice is nothing, and every call after it is SchedulerClosedError', async () => {
    const scheduler = make()
    scheduler[Symbol.dispose]()
    scheduler[Symbol.dispose]()
    await scheduler[Symbol.asyncDispose]()
    const closed = expect.objectContaining({
      name: 'SchedulerClosedError',
      code: 'ERR_HEDDLE_CLOSED',
    })
    const calls: [string, () => unknown][] = [
      ['schedule', () => scheduler.schedule(() => {})],
      ['scheduleWith', () => scheduler.scheduleWith({}, () => {})],
      ['runAll', () => scheduler.runAll()],
      ['pause', () => scheduler.pause()],
      ['resume', () => scheduler.resume()],
      ['stats', () => scheduler.stats()],
      ['dump', () => scheduler.dump()],
      ['toDot', () => scheduler.toDot()],
      ['io', () => scheduler.io.readFile('/proc/self/status')],
    ]
    const open = calls.filter(([, call]) => {
      try {
        call()
        return true
      } catch (error) {
        expect(error).toEqual(closed)
        return false
      }
    })
    expect(open.map(([name]) => name)).toEqual([])
    expect(await rejectionOf(Promise.resolve().then(() => scheduler.drain()))).toEqual(closed)
  })

  test('as a current scheduler: operators throw, and the next one is used after its scope', () => {
    const scheduler = make()
    const scope = new ScopedScheduler(scheduler)
    const a = new Async<number>()
    scheduler[Symbol.dispose]()
    const closed = expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' })
    expect(thrownBy(() => schedule(() => {}))).toEqual(closed)
    expect(thrownBy(() => Async.of(1).add(1).getWait())).toEqual(closed)
    scope[Symbol.dispose]()
    write(a, 1)
    expect(a.add(1).getWait()).toBe(2)
  })

  test('asyncDispose waits for all of it', async () => {
    const scheduler = make()
    const log: string[] = []
    const gate = new Async<number>()
    const task = scheduler.schedule(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      log.push('async')
      gate.set(1)
    })
    scheduler.schedule(function* (door) {
      yield* door
      log.push('after it')
    }, gate.read())
    await scheduler[Symbol.asyncDispose]()
    expect(log).toEqual(['async', 'after it'])
    expect(await task).toBeUndefined()
    expect(thrownBy(() => scheduler.stats())).toMatchObject({ code: 'ERR_HEDDLE_CLOSED' })
  })
})

describe.each(SOME)('$kind', ({ make }) => {
  onStage(make)

  test('10,000 tasks that each block, the oldest of which nobody waits for', () => {
    const source = new Async<number>()
    write(source, 1)
    const results = Array.from({ length: 10_000 }, (_, i) => {
      const result = new Async<number>()
      schedule((output) => {
        output.set(source.add(i).getWait())
      }, result.write())
      return result
    })
    const sum = results.reduce((total, result) => total + result.getWait(), 0)
    expect(sum).toBe(10_000 + (10_000 * 9_999) / 2)
  })
})

/** A chain of 10,000 tasks, each of which blocks for the one before. */
function chainOfBlocking(scheduler: TaskScheduler): number | undefined {
  using _ = new ScopedScheduler(scheduler)
  const values = Array.from({ length: 10_001 }, () => new Async<number>())
  write(values[0] as Async<number>, 0)
  for (let i = 1; i <= 10_000; ++i) {
    schedule((output) => {
      output.set((values[i - 1] as Async<number>).getWait() + 1)
    }, (values[i] as Async<number>).write())
  }
  const last = values.at(-1)?.getWait()
  scheduler[Symbol.dispose]()
  return last
}

test('10,000 tasks that each block for the one before: the oldest runs first', () => {
  expect(chainOfBlocking(new DebugScheduler())).toBe(10_000)
})

// A Scheduler runs the youngest first, which is what is asked for, and each nests in the one that
// asked: a RangeError for the stack. From the outermost wait, where nothing is nested yet, what was
// scheduled before the task that is needed could run before it, as it would have without the wait.
test('10,000 tasks that each block for the one before, on threads', () => {
  expect(chainOfBlocking(new Scheduler(2))).toBe(10_000)
})
