/** Kernels on a DebugScheduler: the same results and errors as on isolates, one step at a time. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import {
  Async,
  DebugScheduler,
  explore,
  type KernelContext,
  kernel,
  type ReadBuffer,
  Scheduler,
  ScopedScheduler,
  shared,
  type WriteBuffer,
} from '../../dist/index.js'

const fib = kernel(function fib(t: KernelContext, n: number): number {
  if (n < 2) return n
  t.fork(fib as never, n - 1)
  const right = (fib as never as (t: KernelContext, n: number) => number)(t, n - 2)
  return t.join() + right
})

const folder = mkdtempSync(join(tmpdir(), 'heddle-debug-'))
const path = join(folder, 'module.mjs')
writeFileSync(
  path,
  `export function twice(t, n) { return n < 1 ? 0 : (t.fork(twice, n - 1), t.join() + 2) }
   export const again = (t, f) => globalThis.heddleTest(f)`,
)

/** What a call rejects with, or what it gave. */
async function failure(value: PromiseLike<unknown>): Promise<unknown> {
  try {
    return ['it gave', await value]
  } catch (error) {
    return error
  }
}

describe('kernels on a DebugScheduler', () => {
  test('fork, join, dispatch and call', async () => {
    const scheduler = new DebugScheduler()
    expect(scheduler.forkJoin(fib, [15]).getWait()).toBe(610)
    const out = shared(Float64Array, 1000)
    const fill = kernel((_, x: number, y: number, b: { out: Float64Array }) => {
      b.out[10 * y + x] = x - y
    })
    await scheduler.dispatch(fill, [10, 100], { out })
    expect(out.every((x, i) => x === (i % 10) - Math.floor(i / 10))).toBe(true)
    const echo = kernel((_, ...args: unknown[]) => args)
    const args = ['a', 1n, new Map([[1, { x: 1 }]]), Uint8Array.of(1, 2), out]
    const echoed = await scheduler.call(echo, args)
    expect(echoed).toEqual(args)
    expect(echoed[3]).not.toBe(args[3])
    expect((echoed[4] as Float64Array).buffer).toBe(out.buffer)
    expect(
      await scheduler.call(
        kernel((_, x: number) => x / 2),
        [5],
      ),
    ).toBe(2.5)
    expect(
      await scheduler.call(
        kernel(() => {}),
        [],
      ),
    ).toBe(undefined)
  })

  test('each is a step, and run() and runAll() run it', () => {
    const scheduler = new DebugScheduler()
    const result = scheduler.forkJoin(fib, [10])
    expect([scheduler.canRun, result.ready]).toEqual([true, false])
    expect(scheduler.run()).toBe(1)
    expect([scheduler.done, result.tryGet()]).toEqual([true, { value: 55 }])
    const more = [scheduler.call(fib, [5]), scheduler.call(fib, [6])]
    scheduler.runAll()
    expect(more.map((one) => one.getWait())).toEqual([5, 8])
    expect(scheduler.history.slice(-2)).toEqual(["kernel 'fib'", "kernel 'fib'"])
    expect(scheduler.stats().tasks).toBe(3)
  })

  test('a seed decides the order, and the same one the same', () => {
    const order = (seed?: number) => {
      const scheduler = new DebugScheduler({ seed })
      const log = shared(Float64Array, 21)
      const note = kernel((_, which: number, b: Float64Array) => {
        b[0] = (b[0] as number) + 1
        b[b[0] as number] = which
      })
      for (let i = 0; i < 20; ++i) void scheduler.call(note, [i, log])
      scheduler.runAll()
      return [...log].slice(1)
    }
    expect(order()).toEqual(Array.from({ length: 20 }, (_, i) => i))
    expect(order(3)).toEqual(order(3))
    expect(order(3)).not.toEqual(order(4))
  })

  test('arguments and bindings are as they were at the call', async () => {
    const scheduler = new DebugScheduler()
    const options = { bindings: { by: 2 } }
    const doubled = scheduler.forkJoin(
      kernel((t, n: number) => n * t.bindings.by),
      [4],
      options,
    )
    options.bindings.by = 3
    expect(await doubled).toBe(8)
    expect(() => scheduler.dispatch(fib, 1, { a: new Uint8Array(1) })).toThrow(/bindings.a/)
  })

  test('modules are loaded by the event loop', async () => {
    const scheduler = new DebugScheduler()
    const twice = kernel(path, 'twice')
    const first = scheduler.forkJoin(twice, [5])
    expect(() => first.getWait()).toThrow(
      expect.objectContaining({
        code: 'ERR_HEDDLE_DEADLOCK',
        message: expect.stringMatching(/load/),
      }),
    )
    expect(await first).toBe(10)
    expect(scheduler.forkJoin(twice, [6]).getWait()).toBe(12)
    const none = kernel(join(folder, 'none.mjs'), 'f')
    const code = 'ERR_HEDDLE_KERNEL'
    expect(await failure(scheduler.call(none, []))).toMatchObject({ code, kernel: 'f' })
    expect(await failure(scheduler.call(kernel(path, 'x'), []))).toMatchObject({
      code,
      kernel: 'x',
    })
  })

  test('drain waits for what waits for a module', async () => {
    const scheduler = new DebugScheduler()
    writeFileSync(join(folder, 'late.mjs'), 'export default () => 5')
    const late = scheduler.call(kernel(join(folder, 'late.mjs')), [])
    expect(scheduler.dump()).toMatch(/kernel 'default'/)
    await scheduler.drain()
    expect(late.tryGet()).toEqual({ value: 5 })
  })

  test('a kernel of a module may block for another', async () => {
    const scheduler = new DebugScheduler()
    const global = globalThis as { heddleTest?: (n: number) => number }
    global.heddleTest = (n) => scheduler.forkJoin(fib, [n]).getWait() + 0.5
    expect(await scheduler.call(kernel(path, 'again'), [10])).toBe(55.5)
    delete global.heddleTest
  })
})

describe('errors are the same as on isolates', () => {
  const throws = kernel(function throws() {
    throw new RangeError('boom')
  })
  const lazy = kernel(function lazy(t: KernelContext, n: number): number {
    if (n > 0) t.fork(lazy as never, n - 1)
    return 1
  })
  const greedy = kernel((t) => t.join())
  const deep = kernel(function deep(t: KernelContext, n: number): number {
    t.fork(deep as never, n + 1)
    return t.join()
  })
  const text = kernel(function text() {
    return 'text' as never
  })
  const nobody = kernel((t) => t.fork('f' as never))
  const many = kernel((t) => t.fork(t.uses.f, 1, 2, 3, 4, 5, 6), { uses: { f: () => 1 } })
  const unclonable = kernel(() => () => {})
  const cases = { throws, lazy, greedy, deep, text, nobody, many, unclonable }

  test.each(Object.keys(cases) as (keyof typeof cases)[])('%s', async (name) => {
    using scheduler = new Scheduler(1)
    const debug = new DebugScheduler({ seed: 1 })
    const ask = (s: Scheduler | DebugScheduler): PromiseLike<unknown> =>
      name === 'unclonable' ? s.call(unclonable, []) : s.forkJoin(cases[name] as never, [3])
    const expected = (await failure(ask(scheduler))) as Error
    const { message, name: kind } = expected
    expect(kind).toBe('KernelError')
    expect(await failure(ask(debug))).toMatchObject({ message, name: kind })
    expect(debug.forkJoin(fib, [10]).getWait()).toBe(55)
  })

  test('one that throws in the middle of its children, and one that catches', async () => {
    const debug = new DebugScheduler()
    const catches = kernel(function catches(t: KernelContext, n: number): number {
      if (n < 0) {
        t.fork(catches as never, 0)
        t.fork(catches as never, 0)
        throw new Error('with children')
      }
      if (n === 0) return 5
      t.fork(catches as never, -1)
      t.fork(catches as never, 0)
      let sum = t.join()
      try {
        t.join()
      } catch {
        sum += 100
      }
      return sum
    })
    for (let i = 0; i < 10; ++i) expect(await debug.forkJoin(catches, [1])).toBe(105)
  })

  test('wider than the task stack', { timeout: 60_000 }, () => {
    const debug = new DebugScheduler()
    const wide = kernel(function wide(t: KernelContext, n: number): number {
      for (let i = 0; i < n; ++i) t.fork(wide as never, 0)
      let sum = n === 0 ? 1 : 0
      for (let i = 0; i < n; ++i) sum += t.join()
      return sum
    })
    expect(debug.forkJoin(wide, [100_000]).getWait()).toBe(100_000)
    expect(debug.forkJoin(fib, [10]).getWait()).toBe(55)
  })
})

describe('what nobody sees', () => {
  const bad = kernel(function bad() {
    throw new Error('lost')
  })

  test('is reported as a rejection, unless somebody waits for it or asks', async () => {
    const lost: unknown[] = []
    const scheduler = new DebugScheduler()
    scheduler.lost = (error) => lost.push((error as Error).message)
    void scheduler.call(bad, [])
    const asked = scheduler.call(bad, [])
    const waited = failure(scheduler.call(bad, []))
    scheduler.runAll()
    expect(() => asked.tryGet()).toThrow('lost')
    await waited
    await new Promise(setImmediate)
    expect(lost).toEqual(["the kernel 'bad' threw: lost"])
  })

  test('is a failure for explore', () => {
    const { failure } = explore((scheduler) => void scheduler.call(bad, []), { seeds: 3 })
    expect(failure?.error).toMatchObject({ kernel: 'bad' })
  })
})

describe('kernels as tasks', () => {
  test('run here, with buffers', async () => {
    const scheduler = new DebugScheduler({ seed: 2 })
    using _scope = new ScopedScheduler(scheduler)
    const value = new Async<number>()
    const doubled = new Async<number>()
    const double = kernel(function* (t, from: ReadBuffer<number>, to: WriteBuffer<number>) {
      yield* t.sleep(1)
      to.set(2 * (yield* from))
      return { done: true }
    })
    const task = scheduler.schedule(double as never, value.read(), doubled.write())
    value.set(21)
    expect(await task).toEqual({ done: true })
    expect(await doubled).toBe(42)
    const fails = kernel(function fails() {
      throw new Error('no task')
    })
    expect(await failure(scheduler.schedule(fails))).toMatchObject({ kernel: 'fails' })
    expect(
      await scheduler.schedule(
        kernel((_, x: number[]) => x.length),
        [1, 2],
      ),
    ).toBe(2)
  })
})

describe('calls', () => {
  test('tell progress when the kernel has ended, in order', async () => {
    const told: unknown[] = []
    const onProgress = (value: unknown) => void told.push(value)
    const tells = kernel((t) => {
      for (let i = 0; i < 3; ++i) t.progress({ i })
      return 'end'
    })
    const scheduler = new DebugScheduler()
    expect(await scheduler.call(tells, [], { onProgress, timeout: 1000 })).toBe('end')
    expect(told).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }])
  })
})

describe('giving up', () => {
  test('a signal that is aborted before it runs', async () => {
    const scheduler = new DebugScheduler()
    const controller = new AbortController()
    const result = scheduler.call(fib, [5], controller)
    controller.abort(new Error('enough'))
    expect(await failure(result)).toMatchObject({
      name: 'AbortError',
      cause: { message: 'enough' },
    })
    expect(scheduler.run()).toBe(0)
    expect(await failure(scheduler.call(fib, [5], controller))).toMatchObject({
      name: 'AbortError',
    })
  })

  test('a signal that is aborted while it runs', async () => {
    const scheduler = new DebugScheduler()
    const controller = new AbortController()
    const seen: unknown[] = []
    const global = globalThis as { heddleTest?: (t: KernelContext) => void }
    global.heddleTest = (t) => {
      seen.push(t.isCancelled, t.signal.aborted)
      controller.abort()
      seen.push(t.isCancelled, t.signal.aborted)
    }
    const looks = kernel((t) => (globalThis as never as typeof global as Any).heddleTest(t))
    expect(await failure(scheduler.call(looks, [], controller))).toMatchObject({
      name: 'AbortError',
    })
    expect(seen).toEqual([false, false, true, true])
    delete global.heddleTest
  })

  test('a disposed scheduler fails what waits', async () => {
    const scheduler = new DebugScheduler()
    const waits = scheduler.call(kernel(path, 'twice'), [1])
    scheduler[Symbol.dispose]()
    expect(await failure(waits)).toMatchObject({ name: 'TaskCancelled' })
    expect(() => scheduler.call(fib, [1])).toThrow(
      expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }),
    )
  })

  test('progress is told at the end', async () => {
    const scheduler = new DebugScheduler()
    const told: unknown[] = []
    const onProgress = (progress: unknown) => void told.push(progress)
    await scheduler.dispatch(
      kernel(() => {}),
      1000,
      {},
      { onProgress },
    )
    await new Promise(setImmediate)
    expect(told).toEqual([{ done: 1000, total: 1000 }])
  })
})

// biome-ignore lint/suspicious/noExplicitAny: a global of this test's own
type Any = any
