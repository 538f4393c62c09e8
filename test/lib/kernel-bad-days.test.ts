/**
 * Kernels on bad days: what a program does wrong stays its own, and is told.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { runInNewContext } from 'node:vm'

import { afterAll, describe, expect, test } from 'vitest'

import {
  DebugScheduler,
  type KernelContext,
  KernelError,
  kernel,
  Scheduler,
  type TaskContext,
} from '../../dist/index.js'

const fib = kernel(function fib(t: KernelContext, n: number): number {
  if (n < 2) return n
  t.fork(fib, n - 1)
  const right = fib(t, n - 2)
  return t.join() + right
})

const folder = mkdtempSync(join(tmpdir(), 'heddle-bad-days-'))
afterAll(() => rmSync(folder, { recursive: true }))

test('a dispatch that runs is given up in no time, however large it is', async () => {
  using scheduler = new Scheduler({ threads: 2, disposeTimeout: 100 })
  await scheduler.ready()
  const busy = kernel(() => {
    for (let i = 0; i < 100; ++i);
  })
  const controller = new AbortController()
  const { signal } = controller
  const dispatched = scheduler.dispatch(busy, Number.MAX_SAFE_INTEGER, {}, { signal }).get()
  setTimeout(() => controller.abort(), 50)
  await expect(dispatched).rejects.toMatchObject({ code: 'ABORT_ERR' })
})

test('shared memory that several isolates have made is told apart', async () => {
  using scheduler = new Scheduler(2)
  await scheduler.ready()
  const make = kernel((_: KernelContext, value: number) => {
    for (const end = Date.now() + 20; Date.now() < end; );
    return new Float64Array(new SharedArrayBuffer(8)).fill(value)
  })
  const calls = [0, 1, 2, 3, 4, 5, 6, 7].map((value) => scheduler.call(make, [value]).get())
  const made = await Promise.all(calls)
  expect(made.map((array) => array[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  const first = kernel((_: KernelContext, array: Float64Array) => {
    for (const end = Date.now() + 5; Date.now() < end; );
    return array[0] as number
  })
  const back = await Promise.all(
    [...made, ...made].map((array) => scheduler.call(first, [array]).get()),
  )
  expect(back).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7])
})

test('an isolate goes on after an error that cannot be told', async () => {
  using scheduler = new Scheduler(1)
  const untold = kernel(() => {
    Error.prepareStackTrace = () => {
      throw new Error('no stack')
    }
    throw new Error('with a stack')
  })
  await expect(scheduler.call(untold, []).get()).rejects.toMatchObject({
    code: 'ERR_HEDDLE_KERNEL',
  })
  expect(
    await scheduler.call(
      kernel(() => 5),
      [],
    ),
  ).toBe(5)
})

test('a module may export proxies whose own code throws', async () => {
  using scheduler = new Scheduler(2)
  await scheduler.ready()
  const path = join(folder, 'proxies.mjs')
  const handler = "{ get() { throw new Error('trap') } }"
  const text = `export const a = new Proxy(() => 1, ${handler}); export const b = () => 7`
  writeFileSync(path, text)
  expect(await scheduler.call(kernel(path, 'b'), [])).toBe(7)
})

describe('a context that was kept', () => {
  test('is of no use when its kernel has returned, and does no harm', async () => {
    using scheduler = new Scheduler(2)
    const keeps = kernel((t: KernelContext) => {
      const g = globalThis as { kept?: KernelContext }
      g.kept = t
      return 1
    })
    const later = kernel(function* (t: TaskContext) {
      yield* t.sleep(1)
      const { kept } = globalThis as { kept?: KernelContext }
      if (kept === undefined) return 'other'
      const tries = [() => kept.fork(() => 1), () => kept.join(), () => kept.isCancelled]
      return tries.map((f) => {
        try {
          return f()
        } catch (error) {
          return (error as Error).message
        }
      })
    })
    for (let i = 0; i < 20; ++i) await scheduler.call(keeps, [])
    for (let i = 0; i < 20; ++i) {
      const found = await scheduler.schedule(later)
      if (found === 'other') continue
      const after = 't was used after its kernel had returned'
      expect(found).toEqual([after, after, true])
    }
    expect(await scheduler.forkJoin(fib, [15])).toBe(610)
  })
})

describe('kernels of other kinds', () => {
  const kinds = [Scheduler, DebugScheduler] as const
  test.each(kinds)('a generator is a task when it is called: %s', async (Kind) => {
    const scheduler = new Kind()
    const waits = kernel(function* waits(t: TaskContext, x: number) {
      yield* t.sleep(1)
      return x + 1
    })
    expect(await scheduler.call(waits as never, [4] as never)).toBe(5)
    const failure = { code: 'ERR_HEDDLE_KERNEL', message: expect.stringContaining('generator') }
    await expect(scheduler.dispatch(waits, 4).get()).rejects.toMatchObject(failure)
    await expect(scheduler.forkJoin(waits, [4]).get()).rejects.toMatchObject(failure)
    const throws = kernel(function* throws(t: TaskContext) {
      yield* t.sleep(1)
      throw new Error('late')
    })
    const thrown = { code: 'ERR_HEDDLE_KERNEL', message: "the kernel 'throws' threw: late" }
    await expect(scheduler.call(throws as never, []).get()).rejects.toMatchObject(thrown)
    const endless = kernel(function* endless(t: TaskContext) {
      for (;;) yield* t.sleep(1)
    })
    const signal = AbortSignal.timeout(20)
    const given = scheduler.call(endless as never, [], { signal }).get()
    await expect(given).rejects.toMatchObject({ code: 'ABORT_ERR' })
    scheduler[Symbol.dispose]()
  })

  test('a task that is given up at any moment says so', async () => {
    const endless = kernel(function* endless(t: TaskContext) {
      for (;;) yield* t.sleep(1)
    })
    for (let steps = 0; steps < 6; ++steps) {
      using scheduler = new DebugScheduler({ seed: 1 })
      const controller = new AbortController()
      const options = { signal: controller.signal }
      const given = scheduler.call(endless as never, [], options).get()
      for (let i = 0; i < steps; ++i) scheduler.step()
      controller.abort(new Error('given up'))
      await expect(given).rejects.toMatchObject({ code: 'ABORT_ERR' })
    }
  })

  test('a function with a forged number is run, and nothing else', async () => {
    using scheduler = new Scheduler(2)
    const forks = kernel((t: KernelContext) => {
      const f = (_: unknown, x: number) => x + 1
      Object.defineProperty(f, 'heddleKernel', { value: 123_456 })
      t.fork(f, 1)
      return t.join()
    })
    expect(await scheduler.forkJoin(forks, [])).toBe(2)
  })
})

test('a dispatch whose body throws ends soon', async () => {
  using scheduler = new Scheduler(2)
  const throws = kernel((_, i: number) => {
    if (i === 0) throw new Error('first')
  })
  const result = scheduler.dispatch(throws, Number.MAX_SAFE_INTEGER).get()
  await expect(result).rejects.toMatchObject({ cause: { message: 'first' } })
})

test('what invoke and parallelFor throw can be caught, and all goes on', async () => {
  using scheduler = new Scheduler(2)
  const catches = kernel(
    (t: KernelContext) => {
      let caught = 0
      for (let i = 0; i < 10; ++i) {
        try {
          t.invoke([t.uses.bad], [t.uses.good, 1], [t.uses.good, 2])
        } catch {
          caught += 1
        }
        try {
          t.parallelFor(0, 100, t.uses.bad)
        } catch {
          caught += 1
        }
      }
      t.fork(t.uses.good, 5)
      return caught + t.join()
    },
    {
      uses: {
        bad: () => {
          throw new Error('bad')
        },
        good: (_: unknown, x: number) => x,
      },
    },
  )
  expect(await scheduler.forkJoin(catches, [])).toBe(25)
})

test('shared buffers go by themselves, twice, and from another realm', async () => {
  using scheduler = new Scheduler(2)
  const buffer = new SharedArrayBuffer(16)
  const view = new Int32Array(buffer)
  const same = kernel((_, b: SharedArrayBuffer, v: Int32Array) => {
    v[0] = 7
    return [b, v.buffer === b]
  })
  expect(await scheduler.call(same, [buffer, view])).toEqual([buffer, true])
  expect(view[0]).toBe(7)
  const other = runInNewContext('new Float64Array(new SharedArrayBuffer(8))') as Float64Array
  const set = kernel((_, i: number, { x }: { x: Float64Array }) => {
    x[i] = 5
  })
  await scheduler.dispatch(set, 1, { x: other })
  expect(other[0]).toBe(5)
})

test('where no isolate can be started, calls fail, and so does whoever waits', async () => {
  const path = join(folder, 'quits.mjs')
  writeFileSync(path, 'process.exit(1)\nexport const k = () => 1')
  using scheduler = new Scheduler(1)
  const code = 'ERR_HEDDLE_KERNEL'
  await expect(scheduler.call(kernel(path, 'k'), []).get()).rejects.toMatchObject({ code })
  await expect(async () => scheduler.forkJoin(fib, [5])).rejects.toMatchObject({ code })
})

test('what is used has a name that a variable can have', async () => {
  using scheduler = new Scheduler(1)
  const code = 'ERR_INVALID_ARG_VALUE'
  for (const name of ['arguments', 'class', 'a b', '1', '', '$heddle$']) {
    const uses = { [name]: 1 }
    expect(() => kernel(() => 1, { uses })).toThrow(expect.objectContaining({ code }))
  }
  const uses = { heddle: 1, f: 2, uses: 4, constructor: 8, t: 16 }
  const sum = kernel((t: KernelContext) => Object.values<number>(t.uses).reduce((a, b) => a + b), {
    uses,
  })
  expect(await scheduler.forkJoin(sum, [])).toBe(31)
})

test('a module that never comes holds up its own kernels only', async () => {
  const never = join(folder, 'never.mjs')
  writeFileSync(never, 'await new Promise(() => {}); export const f = () => 1')
  const plain = join(folder, 'plain.mjs')
  writeFileSync(plain, 'export const f = () => 2; export const die = () => process.exit(1)')
  const waits = kernel(never, 'f')
  using scheduler = new Scheduler({ threads: 2, disposeTimeout: 1000 })
  const stuck = scheduler.call(waits, []).get()
  const f = kernel(plain, 'f')
  expect(await scheduler.call(f, [])).toBe(2)
  // Isolates that come later do not wait for it, either.
  const die = kernel(plain, 'die')
  await expect(scheduler.call(die, []).get()).rejects.toThrow(KernelError)
  expect(await Promise.all([1, 2, 3, 4].map(() => scheduler.call(f, [])))).toEqual([2, 2, 2, 2])
  const abandoned = AbortSignal.timeout(20)
  const given = scheduler.call(waits, [], { signal: abandoned }).get()
  await expect(given).rejects.toMatchObject({ code: 'ABORT_ERR' })
  scheduler[Symbol.dispose]()
  await expect(stuck).rejects.toThrow()
})

describe('recursion without an end ends where the stack does', () => {
  const chain = kernel(function chain(t: KernelContext, n: number): number {
    t.fork(chain, n + 1)
    return t.join()
  })
  const both = kernel(function both(t: KernelContext, n: number): number {
    t.fork(both, n + 1)
    const right = both(t, n + 1)
    return t.join() + right
  })
  const two = kernel(function two(t: KernelContext, n: number): number {
    t.fork(two, n + 1)
    t.fork(two, n + 1)
    return t.join() + t.join()
  })
  const invoked = kernel(function invoked(t: KernelContext, n: number): number {
    const [left, right] = t.invoke([invoked, n + 1], [invoked, n + 1]) as [number, number]
    return left + right
  })

  test.each([1, 2, 3])('%i workers', { timeout: 60_000 }, async (threads) => {
    using scheduler = new Scheduler(threads)
    for (const endless of [chain, both, two, invoked]) {
      for (let n = 0; n < 3; ++n) {
        await expect(scheduler.forkJoin(endless, [0]).get()).rejects.toMatchObject({
          code: 'ERR_HEDDLE_KERNEL',
          cause: expect.objectContaining({ name: 'RangeError' }),
        })
        expect(await scheduler.forkJoin(fib, [15])).toBe(610)
      }
    }
  })

  test('a DebugScheduler', () => {
    const scheduler = new DebugScheduler()
    for (const endless of [chain, both, two, invoked]) {
      expect(() => scheduler.forkJoin(endless, [0]).getWait()).toThrow(/call stack size exceeded/)
      expect(scheduler.forkJoin(fib, [15]).getWait()).toBe(610)
    }
  })
})
