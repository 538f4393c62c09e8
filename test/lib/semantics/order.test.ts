/** B of the acceptance conditions: the order of `read()` and `write()` decides who sees what. */
import { describe, expect, test } from 'vitest'

import { Async, DeadlockError, schedule, TaskCancelled } from '../../../dist/index.js'
import {
  EVERY,
  onStage,
  rejectionOf,
  SOME,
  thrownBy,
  watch,
  write,
} from '../../support/schedulers.js'

/** All orders of the numbers below `n`. */
function permutations(n: number): number[][] {
  if (n === 0) return [[]]
  return permutations(n - 1).flatMap((rest) =>
    Array.from({ length: n }, (_, at) => [...rest.slice(0, at), n - 1, ...rest.slice(at)]),
  )
}

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  test('B1 reads before and after a write, whatever runs first', () => {
    const orders = permutations(5)
    expect(orders.length).toBe(120)
    for (const order of orders) {
      const a = Async.of(7)
      const seen: number[] = []
      const reader = (at: number) => {
        const input = a.read()
        return () =>
          schedule(function* (r) {
            seen[at] = yield* r
          }, input)
      }
      const writer = () => {
        const output = a.write()
        return () =>
          schedule((w) => {
            w.set(8)
          }, output)
      }
      const tasks = [reader(0), reader(1), writer(), reader(2), reader(3)]
      for (const at of order) tasks[at]?.()
      stage.scheduler.runAll()
      expect(seen).toEqual([7, 7, 8, 8])
    }
  })

  test('B2 pairs of a write and a read', () => {
    const a = new Async<number>()
    const seen = [1, 2, 3].map((i) => {
      write(a, i)
      return watch(a)
    })
    stage.scheduler.runAll()
    expect(seen).toEqual([[{ value: 1 }], [{ value: 2 }], [{ value: 3 }]])
  })

  test('B3 five writers append their index in the order of their asking', () => {
    const a = Async.of('')
    const outputs = Array.from({ length: 5 }, () => a.write())
    // Scheduled the other way round, so that only the order of write() can be what decides.
    for (const [i, output] of [...outputs.entries()].reverse()) {
      schedule(function* (w) {
        yield* w.set((yield* w) + i)
      }, output)
    }
    expect(a.getWait()).toBe('01234')
  })

  test('B3 with update, which nobody waits for', () => {
    const a = Async.of('')
    for (let i = 0; i < 5; ++i) {
      schedule((w) => {
        w.update((text) => text + i)
      }, a.write())
    }
    expect(a.getWait()).toBe('01234')
  })

  test('B6 a write buffer that is released unused leaves the value as it was', () => {
    const a = Async.of(10)
    a.write().release()
    expect(a.getWait()).toBe(10)
    schedule((_) => {}, a.write())
    const seen = watch(a)
    stage.scheduler.runAll()
    expect(seen).toEqual([{ value: 10 }])
  })

  test('B6 and a failure as it was', () => {
    const a = new Async<number>()
    const error = new Error('before')
    schedule((w) => {
      w.fail(error)
    }, a.write())
    a.write().release()
    expect(thrownBy(() => a.getWait())).toBe(error)
  })

  test('B7 a read before the first write waits for that write, not for a later one', () => {
    const a = new Async<number>()
    const seen = watch(a)
    stage.scheduler.runAll()
    expect(seen).toEqual([])
    write(a, 1)
    write(a, 2)
    stage.scheduler.runAll()
    expect(seen).toEqual([{ value: 1 }])
    expect(a.getWait()).toBe(2)
  })

  test('B7 several reads, in buffers and as promises', async () => {
    const a = new Async<number>()
    const promised = [a.get(), a.then((value) => value)]
    const [seen, later] = [watch(a), watch(a)]
    write(a, 1)
    write(a, 2)
    expect(await Promise.all(promised)).toEqual([1, 1])
    await stage.scheduler.drain()
    expect([seen, later]).toEqual([[{ value: 1 }], [{ value: 1 }]])
  })

  test('B10 a task that reads, releases and then writes the same value', () => {
    const x = Async.of(1)
    schedule(
      function* (input, output) {
        const value = yield* input
        input.release()
        yield* output.set(value + 1)
      },
      x.read(),
      x.write(),
    )
    expect(x.getWait()).toBe(2)
  })

  test('B11 one that does not release is a deadlock, which names it', async () => {
    const x = Async.of(1)
    const task = schedule(
      function* holdsOn(input, output) {
        const value = yield* input
        yield* output.set(value + 1)
      },
      x.read(),
      x.write(),
    )
    const error = thrownBy(() => x.getWait()) as Error
    expect(error).toBeInstanceOf(DeadlockError)
    expect(error.message).toContain('holdsOn')
    // It can still be ended, and then its version has failed.
    task.cancel()
    expect(await rejectionOf(task)).toBeInstanceOf(TaskCancelled)
    expect(thrownBy(() => x.getWait())).toBeInstanceOf(TaskCancelled)
  })

  test('B11 two tasks that hold what the other one wants', () => {
    const [x, y] = [Async.of(1), Async.of(2)]
    const reads = { x: x.read(), y: y.read() }
    for (const [name, input, output] of [
      ['first', reads.x, y.write()],
      ['second', reads.y, x.write()],
    ] as const) {
      stage.scheduler.scheduleWith(
        { name },
        function* (r, w) {
          yield* w.set(yield* r)
        },
        input,
        output,
      )
    }
    const error = thrownBy(() => x.getWait()) as Error
    expect(error).toBeInstanceOf(DeadlockError)
    expect(error.message).toContain('first')
    expect(error.message).toContain('second')
  })

  test('a write waits for every reader of the version before', () => {
    const a = Async.of(1)
    const gate = new Async<string>()
    const log: string[] = []
    for (const name of ['one', 'two']) {
      schedule(
        function* (input, door) {
          log.push(`${name} sees ${yield* input}`)
          yield* door
          log.push(`${name} ends`)
        },
        a.read(),
        gate.read(),
      )
    }
    schedule(function* (output) {
      yield* output.set(2)
      log.push('written')
    }, a.write())
    stage.scheduler.runAll()
    expect(log.sort()).toEqual(['one sees 1', 'two sees 1'])
    gate.set('open')
    stage.scheduler.runAll()
    expect(log.length).toBe(5)
    expect(log.at(-1)).toBe('written')
    expect(a.getWait()).toBe(2)
  })

  test('what a writer wrote is not seen before it gives the right back', () => {
    const a = new Async<number>()
    const gate = new Async<string>()
    const seen = watch(a)
    schedule(
      function* (output, door) {
        yield* output.set(1)
        yield* door
      },
      a.write(),
      gate.read(),
    )
    stage.scheduler.runAll()
    expect([seen, a.ready, a.tryGet()]).toEqual([[], false, undefined])
    gate.set('open')
    stage.scheduler.runAll()
    expect(seen).toEqual([{ value: 1 }])
  })

  test('operators read as of the call, too', () => {
    const a = Async.of(1)
    const before = a.add(10)
    a.set(2)
    const after = a.add(10)
    a.addAssign(a).mulAssign(5)
    expect([before, after, a].map((value) => value.getWait())).toEqual([11, 12, 20])
  })
})

const MILLION = 1_000_000

describe.each(SOME)('$kind', ({ make }) => {
  const stage = onStage(make)

  test('B12 a million addAssign', () => {
    const a = Async.of(0)
    for (let i = 0; i < MILLION; ++i) a.addAssign(1)
    expect(a.getWait()).toBe(MILLION)
  })

  test('B12 a million additions by one writer, asked for before its turn', () => {
    const a = Async.of(0)
    const held = a.read()
    const output = a.write()
    for (let i = 0; i < MILLION; ++i) output.add(1)
    output.release()
    expect(a.ready).toBe(false)
    held.release()
    expect(a.getWait()).toBe(MILLION)
  })

  test.each(['set', 'copy', 'map', 'update'] as const)('B12 a chain of 100,000 %s', (link) => {
    const start = new Async<number>()
    let a = start.copy()
    for (let i = 0; i < 100_000; ++i) {
      if (link === 'set') a = new Async<number>().set(a)
      else if (link === 'copy') a = a.copy()
      else if (link === 'map') a = a.map((value) => value + 1)
      else {
        const output = a.write()
        output.update((value) => value + 1)
        output.release()
      }
    }
    start.set(0)
    expect(a.getWait()).toBe(link === 'map' || link === 'update' ? 100_000 : 0)
  })

  test('B12 a chain of 30,000 tasks, the last one first', async () => {
    const links = Array.from({ length: 30_001 }, () => new Async<number>())
    const inputs = links.map((link) => link.read())
    for (let i = 30_000; i > 0; --i) {
      schedule(
        function* (input, output) {
          output.set((yield* input) + 1)
        },
        inputs[i - 1] as (typeof inputs)[0],
        (links[i] as Async<number>).write(),
      )
    }
    links[0]?.set(0)
    const last = links.at(-1) as Async<number>
    expect(last.getWait()).toBe(30_000)
    expect(await last).toBe(30_000)
    await stage.scheduler.drain()
  })

  test('B12 a failure at the start of a long chain of tasks reaches its end', () => {
    const start = new Async<number>()
    const output = start.write()
    let a = start
    for (let i = 0; i < 30_000; ++i) {
      const next = new Async<number>()
      schedule(
        function* (r, w) {
          w.set(yield* r)
        },
        a.read(),
        next.write(),
      )
      a = next
    }
    const error = new Error('at the start')
    output.fail(error)
    output.release()
    expect(thrownBy(() => a.getWait())).toBe(error)
  })
})
