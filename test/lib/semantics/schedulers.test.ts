/** H, I, J and K of the acceptance conditions: schedulers, programs on them, and the dump. */
import { describe, expect, test } from 'vitest'

import {
  Async,
  BufferReadUninitialized,
  DeadlockError,
  DebugScheduler,
  getGlobalScheduler,
  resetGlobalScheduler,
  runWith,
  Scheduler,
  ScopedScheduler,
  schedule,
  setGlobalScheduler,
  TimeoutError,
} from '../../../dist/index.js'
import { EVERY, onStage, rejectionOf, thrownBy, watch, write } from '../../support/schedulers.js'

/** The order in which `count` independent tasks run. */
function orderOf(scheduler: DebugScheduler, count: number): number[] {
  const order: number[] = []
  for (let i = 0; i < count; ++i) scheduler.schedule(() => order.push(i))
  scheduler.runAll()
  return order
}

describe('H1 independent tasks', () => {
  test('run first in, first out without a seed', () => {
    for (let round = 0; round < 10; ++round) {
      expect(orderOf(new DebugScheduler(), 5)).toEqual([0, 1, 2, 3, 4])
    }
  })

  test('run in the same permutation for the same seed, and in others for others', () => {
    const orders = new Set<string>()
    for (let seed = 0; seed < 50; ++seed) {
      const order = orderOf(new DebugScheduler({ seed }), 5)
      expect([...order].sort()).toEqual([0, 1, 2, 3, 4])
      expect(orderOf(new DebugScheduler({ seed }), 5)).toEqual(order)
      orders.add(String(order))
    }
    expect(orders.size).toBeGreaterThan(20)
  })
})

test('H6 scopes nest over a global scheduler; runWith is kept across await', async () => {
  const [global, outer, inner] = [new DebugScheduler(), new DebugScheduler(), new DebugScheduler()]
  /** Which of them a task goes to here. */
  async function used(): Promise<DebugScheduler | undefined> {
    const all = [global, outer, inner]
    const before = all.map((scheduler) => scheduler.stats().tasks)
    await schedule(() => {})
    return all.find((scheduler, i) => scheduler.stats().tasks !== before[i])
  }
  setGlobalScheduler(global)
  expect(getGlobalScheduler()).toBe(global)
  expect(await used()).toBe(global)
  const first = new ScopedScheduler(outer)
  const second = new ScopedScheduler(inner)
  expect(await used()).toBe(inner)
  second[Symbol.dispose]()
  expect(await used()).toBe(outer)
  first[Symbol.dispose]()
  expect(await used()).toBe(global)
  const within = await runWith(inner, async () => {
    await new Promise(setImmediate)
    return { scheduler: await used() }
  })
  expect(within.scheduler).toBe(inner)
  expect(await used()).toBe(global)
  resetGlobalScheduler()
  expect(await used()).toBeUndefined()
  expect(getGlobalScheduler()).toBeInstanceOf(Scheduler)
})

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe('H3 waiting for what nobody will write', () => {
    test('is a DeadlockError with the dump, and the value can still be written', () => {
      const a = new Async<number>()
      stage.scheduler.scheduleWith(
        { name: 'starving' },
        function* (input) {
          yield* input
        },
        a.read(),
      )
      const error = thrownBy(() => a.getWait()) as Error
      expect(error).toBeInstanceOf(DeadlockError)
      expect(error).toMatchObject({ code: 'ERR_HEDDLE_DEADLOCK' })
      expect(error.message).toContain('starving')
      expect(thrownBy(() => a.add(1).getWait())).toBeInstanceOf(DeadlockError)
      expect(thrownBy(() => a.read().getWait())).toBeInstanceOf(DeadlockError)
      a.set(1)
      expect(a.getWait()).toBe(1)
    })

    test('in a circle', () => {
      const [a, b] = [new Async<number>(), new Async<number>()]
      for (const [name, from, to] of [
        ['there', a, b],
        ['back', b, a],
      ] as const) {
        stage.scheduler.scheduleWith(
          { name },
          function* (input, output) {
            output.set(yield* input)
          },
          from.read(),
          to.write(),
        )
      }
      const error = thrownBy(() => a.getWait()) as Error
      expect(error).toBeInstanceOf(DeadlockError)
      expect(error.message).toContain('there')
      expect(error.message).toContain('back')
    })

    test('in a task: it can be caught there', () => {
      const [a, b] = [new Async<number>(), new Async<string>()]
      schedule((output) => {
        output.set((thrownBy(() => a.getWait()) as Error).name)
      }, b.write())
      expect(b.getWait()).toBe('DeadlockError')
    })

    test('of one’s own result', () => {
      const a = new Async<number>()
      const task = schedule((output) => {
        output.set(a.getWait())
      }, a.write())
      const error = thrownBy(() => a.getWait())
      expect(error).toBeInstanceOf(DeadlockError)
      return expect(rejectionOf(task)).resolves.toBe(error)
    })
  })

  test('I1 a = 1, b = 2, c = a + b', () => {
    const [a, b] = [new Async<number>(), new Async<number>()]
    const c = a.add(b)
    write(b, 2)
    write(a, 1)
    expect(c.getWait()).toBe(3)
  })

  test('I4 a hundred tasks', () => {
    let count = 0
    for (let i = 0; i < 100; ++i) schedule(() => ++count)
    stage.scheduler.runAll()
    expect(count).toBe(100)
  })

  test('I6 a value that is written from a timer', async () => {
    const a = new Async<number>()
    const output = a.write()
    setTimeout(() => {
      output.set(1)
      output.release()
    }, 10)
    expect(thrownBy(() => a.getWait())).toBeInstanceOf(DeadlockError)
    expect(await a.get()).toBe(1)
  })

  test('I6 a blocking wait for what only this thread’s event loop could deliver', async () => {
    const slow = new Promise<number>((resolve) => setImmediate(resolve, 1))
    const a = Async.from(slow)
    const b = new Async<number>()
    const task = schedule(async (output) => {
      await slow
      output.set(2)
    }, b.write())
    expect(thrownBy(() => a.getWait())).toBeInstanceOf(DeadlockError)
    expect(thrownBy(() => b.getWait())).toBeInstanceOf(DeadlockError)
    expect(await Promise.all([a, b, task])).toEqual([1, 2, undefined])
  })

  test('I6 a time-out of what may come, and the value still comes', () => {
    const a = Async.of(1)
    expect(a.getWait({ timeout: 0 })).toBe(1)
    const never = new Async<number>()
    const error = thrownBy(() => never.getWait({ timeout: 1 }))
    expect(error instanceof TimeoutError || error instanceof DeadlockError).toBe(true)
    write(never, 2)
    expect(never.getWait({ timeout: 60_000 })).toBe(2)
  })

  test('I8 a chain of 4096', () => {
    let chain = new Async<number>()
    const start = chain
    for (let i = 0; i < 4096; ++i) chain = chain.add(1)
    start.set(0)
    expect(chain.getWait()).toBe(4096)
  })

  test('I10 twenty steps of two values that need each other', () => {
    const [a, b] = [Async.of(0), Async.of(1)]
    for (let step = 0; step < 20; ++step) {
      const [x, y] = [a.read(), b.read()]
      schedule(
        function* (r, s, w) {
          const next = (yield* r) + (yield* s)
          r.release()
          yield* w.set(next)
        },
        x,
        y,
        a.write(),
      )
      schedule(
        function* (r, s, w) {
          const next = (yield* r) - (yield* s)
          s.release()
          yield* w.set(next)
        },
        a.read(),
        b.read(),
        b.write(),
      )
    }
    let [p, q] = [0, 1]
    for (let step = 0; step < 20; ++step) {
      p += q
      q = p - q
    }
    expect([a.getWait(), b.getWait()]).toEqual([p, q])
  })

  test('I11 512 leaves, reduced pairwise by tasks', () => {
    let inner = 0
    let level = Array.from({ length: 512 }, () => {
      const leaf = new Async<number>()
      write(leaf, 1)
      return leaf
    })
    while (level.length > 1) {
      level = Array.from({ length: level.length / 2 }, (_, i) => {
        const sum = new Async<number>()
        schedule(
          function* (left, right, output) {
            const [x, y] = [yield* left, yield* right]
            ++inner
            yield* output.set(x + y)
          },
          (level[2 * i] as Async<number>).read(),
          (level[2 * i + 1] as Async<number>).read(),
          sum.write(),
        )
        return sum
      })
    }
    expect(level[0]?.getWait()).toBe(512)
    expect(inner).toBe(511)
  })

  test('J6 a task that waits is in the dump, and one that has ended is not', () => {
    const gate = new Async<number>()
    stage.scheduler.scheduleWith(
      { name: 'patient' },
      function* (input) {
        yield* input
      },
      gate.read(),
    )
    stage.scheduler.runAll()
    const dump = stage.scheduler.dump()
    expect(dump).toContain('patient')
    expect(dump).toMatch(/\bwait/)
    // Which one, when and where: the place takes time to find, so threads are asked for it.
    expect(dump).toMatch(/task \d+ .*created [\d.]+ s ago/)
    if (stage.scheduler instanceof DebugScheduler) expect(dump).toContain('schedulers.test.ts')
    gate.set(1)
    stage.scheduler.runAll()
    expect(stage.scheduler.dump()).not.toContain('patient')
  })

  describe('K1 a value from a promise', () => {
    test('its readers see what it is resolved with', async () => {
      let resolve = (_: number) => {}
      const a = Async.from(
        new Promise<number>((settle) => {
          resolve = settle
        }),
      )
      const seen = watch(a)
      const sum = a.add(1)
      stage.scheduler.runAll()
      expect([seen, a.ready]).toEqual([[], false])
      resolve(1)
      expect(await sum).toBe(2)
      expect(a.getWait()).toBe(1)
      await stage.scheduler.drain()
      expect(seen).toEqual([{ value: 1 }])
    })

    test('or the very value that it is rejected with', async () => {
      for (const reason of [new Error('no'), undefined, null, Object.freeze({})]) {
        const a = Async.from(Promise.reject(reason))
        expect(Object.is(await rejectionOf(a), reason)).toBe(true)
        expect(
          Object.is(
            thrownBy(() => a.getWait()),
            reason,
          ),
        ).toBe(true)
        a.set(1 as never)
        expect(a.getWait()).toBe(1)
      }
    })

    test('Async.all is one value of all, and fails with the first in order that does', async () => {
      const [a, b] = [new Async<number>(), Async.of('b')]
      const both = Async.all([a, b, 3])
      b.set('later')
      write(a, 1)
      expect(await both).toEqual([1, 'b', 3])
      expect(Async.all([]).getWait()).toEqual([])
      const abandoned = new Async<number>()
      abandoned.write().release()
      expect(thrownBy(() => Async.all([a, abandoned]).getWait())).toBeInstanceOf(
        BufferReadUninitialized,
      )
    })
  })
})
