/** Kernels on isolates: what they give, whatever happens to the isolates meanwhile. */
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Async, type KernelContext, kernel, Scheduler } from '../../dist/index.js'

const fib = kernel(function fib(t: KernelContext, n: number): number {
  if (n < 2) return n
  t.fork(fib, n - 1)
  const right = fib(t, n - 2)
  return t.join() + right
})

/** What a call rejects with, or what it gave. */
async function failure(value: PromiseLike<unknown>): Promise<unknown> {
  try {
    return ['it gave', await value]
  } catch (error) {
    return error
  }
}

function shared(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length))
}

describe.each([1, 2, 4])('with %s workers', (threads) => {
  let scheduler: Scheduler

  beforeAll(() => {
    scheduler = new Scheduler(threads)
  })

  afterAll(() => {
    scheduler[Symbol.dispose]()
  })

  test('forks and joins to any depth', async () => {
    expect(await scheduler.forkJoin(fib, [25])).toBe(75025)
    expect(scheduler.forkJoin(fib, [20]).getWait()).toBe(6765)
  })

  test('a fork takes up to five numbers', async () => {
    const sum = kernel(function sum(t: KernelContext, n: number, ...rest: number[]): number {
      const own = rest.reduce((a, b) => a + b, n)
      if (n === 0) return own
      t.fork(sum, n - 1, ...rest.slice(1))
      return own + t.join()
    })
    expect(await scheduler.forkJoin(sum, [4, 1, 10, 100, 1000])).toBe(1115 + 1113 + 1102 + 1001 + 0)
    expect(
      await scheduler.forkJoin(
        kernel(() => 7),
        [],
      ),
    ).toBe(7)
  })

  test('numbers come out of a fork as they went in', async () => {
    const same = (_: KernelContext, ...numbers: number[]) => numbers.at(-1) as number
    const fork = kernel(
      (t, a: number, b: number, c: number, d: number) => {
        t.fork(t.uses.same, d)
        t.fork(t.uses.same, a, d)
        t.fork(t.uses.same, a, b, d)
        t.fork(t.uses.same, a, b, c, d)
        t.fork(t.uses.same, a, b, c, a, d)
        for (let i = 0; i < 5; ++i) if (!Object.is(t.join(), d)) return NaN
        return d
      },
      { uses: { same } },
    )
    const numbers = [0, -0, 1, -1, 0.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31), 2 ** 53, 1 / 0, -1 / 0]
    for (const number of [...numbers, ...numbers]) {
      expect(await scheduler.forkJoin(fork, [1, 2, 3, number])).toBe(number)
      expect(await scheduler.forkJoin(fork, [0.5, -0, 3, number])).toBe(number)
    }
    expect(await scheduler.forkJoin(fork, [1, 2, 3, NaN])).toBe(NaN)
  })

  test('dispatches over one, two and three dimensions, each index once', async () => {
    const out = shared(24)
    const bindings = { out, gain: 2 }
    const add1 = kernel((_, i: number, b: typeof bindings) => {
      b.out[i] = (b.out[i] as number) + b.gain * i
    })
    await scheduler.dispatch(add1, 24, bindings)
    expect([...out]).toEqual(Array.from({ length: 24 }, (_, i) => 2 * i))
    const add2 = kernel((_, x: number, y: number, b: typeof bindings) => {
      b.out[y * 6 + x] = (b.out[y * 6 + x] as number) + x + 10 * y
    })
    out.fill(0)
    await scheduler.dispatch(add2, [6, 4], bindings)
    expect([...out]).toEqual(Array.from({ length: 24 }, (_, i) => (i % 6) + 10 * Math.floor(i / 6)))
    const add3 = kernel((_, x: number, y: number, z: number, b: typeof bindings) => {
      const i = z * 6 + y * 3 + x
      b.out[i] = (b.out[i] as number) + x + 10 * y + 100 * z
    })
    out.fill(0)
    await scheduler.dispatch(add3, [3, 2, 4], bindings)
    const digits = (i: number) => (i % 3) + 10 * (Math.floor(i / 3) % 2) + 100 * Math.floor(i / 6)
    expect([...out]).toEqual(Array.from({ length: 24 }, (_, i) => digits(i)))
  })

  test('dispatches nothing', async () => {
    const never = kernel(() => {
      throw new Error('there is no index')
    })
    expect(await scheduler.dispatch(never, 0)).toBe(undefined)
    expect(await scheduler.dispatch(never, [5, 0])).toBe(undefined)
  })

  test('runs a million indices', async () => {
    const out = shared(1_000_000)
    const square = kernel((_, i: number, b: { out: Float64Array }) => {
      b.out[i] = i * i
    })
    await scheduler.dispatch(square, out.length, { out })
    expect(out.every((x, i) => x === i * i)).toBe(true)
  })

  test('calls with clones, and gives a clone', async () => {
    const echo = kernel((_, ...args: unknown[]) => ({ args, length: args.length }))
    const date = new Date(5)
    const args = ['a', 1n, new Map([[1, { date }]]), Uint8Array.of(1, 2), undefined]
    expect(await scheduler.call(echo, args)).toEqual({ args, length: 5 })
    expect(
      await scheduler.call(
        kernel(() => undefined),
        [],
      ),
    ).toBe(undefined)
    expect(
      await scheduler.call(
        kernel((_, x: number) => x / 2),
        [5],
      ),
    ).toBe(2.5)
  })

  test('shared memory is shared, both ways', async () => {
    const numbers = shared(4)
    const same = await scheduler.call(
      kernel((_, x: Float64Array) => {
        x[1] = 5
        return x
      }),
      [numbers],
    )
    expect(numbers[1]).toBe(5)
    expect(same.buffer).toBe(numbers.buffer)
    const made = kernel(() => new Int32Array(new SharedArrayBuffer(8)).fill(3))
    expect([...(await scheduler.call(made, []))]).toEqual([3, 3])
  })

  test('a result is an operand', () => {
    const sum = scheduler.forkJoin(fib, [10]).add(new Async(1))
    expect(sum.getWait()).toBe(56)
  })

  test('what is given by uses is known by its name', async () => {
    const part = (_: KernelContext, i: number): number => i * 3
    const both = kernel(
      (t, i: number) => {
        t.fork(t.uses.part, i)
        return t.join() + t.uses.offset.by
      },
      { uses: { part, offset: { by: 4 } } },
    )
    expect(await scheduler.forkJoin(both, [5])).toBe(19)
  })

  test('loops and invocations within a kernel', async () => {
    const out = shared(1000)
    const fill = (_: KernelContext, i: number, b: { out: Float64Array }) => {
      b.out[i] = i + 1
    }
    const sum = (t: KernelContext, from: number, to: number): number => {
      let sum = 0
      for (let i = from; i < to; ++i) sum += t.bindings.out[i]
      return sum
    }
    const all = kernel(
      (t) => {
        t.parallelFor(0, 1000, t.uses.fill)
        const [a, b] = t.invoke([t.uses.sum, 0, 500], [t.uses.sum, 500, 1000])
        return (a as number) + (b as number)
      },
      { uses: { fill, sum } },
    )
    expect(await scheduler.forkJoin(all, [], { bindings: { out } })).toBe(500_500)
  })
})

describe('kernels of modules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-kernels-'))
  const path = join(folder, 'module.mjs')
  writeFileSync(
    path,
    `export function fib(t, n) {
       if (n < 2) return n
       t.fork(fib, n - 1)
       const right = fib(t, n - 2)
       return t.join() + right
     }
     function own(t, n) { return 2 * n }
     export function usesOwn(t, n) { t.fork(own, n); return t.join() }
     export default (t, text) => text + '!'
     export const number = 1
     let loaded = 0
     export const count = () => ++loaded`,
  )

  test('may fork all that is in the module', async () => {
    using scheduler = new Scheduler(2)
    expect(await scheduler.forkJoin(kernel(path, 'fib'), [20])).toBe(6765)
    expect(await scheduler.forkJoin(kernel(path, 'usesOwn'), [21])).toBe(42)
    expect(await scheduler.call(kernel(pathToFileURL(path)), ['hi'])).toBe('hi!')
    expect(scheduler.forkJoin(kernel(path, 'fib'), [15]).getWait()).toBe(610)
  })

  test('what is no export, or no module, is a KernelError', async () => {
    using scheduler = new Scheduler(1)
    const code = 'ERR_HEDDLE_KERNEL'
    expect(await failure(scheduler.call(kernel(path, 'number'), []))).toMatchObject({ code })
    const missing = kernel(join(folder, 'missing.mjs'), 'fib')
    expect(await failure(scheduler.call(missing, []))).toMatchObject({ code, kernel: 'fib' })
    expect(() => kernel('./fib.js', 'fib')).toThrow(expect.objectContaining({ code }))
  })
})

describe('bad days', () => {
  test('an error has the name of the kernel, its own stack and ours', async () => {
    using scheduler = new Scheduler(2)
    const bad = kernel(function bad() {
      throw new RangeError('boom')
    })
    const error = (await failure(scheduler.call(bad, []))) as Error
    expect(error).toMatchObject({ name: 'KernelError', kernel: 'bad', code: 'ERR_HEDDLE_KERNEL' })
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.message).toBe("the kernel 'bad' threw: boom")
    expect(error.stack).toMatch(/heddle:kernel\/bad/)
  })

  test('one that throws in the middle of its children fails, and the next is right', async () => {
    using scheduler = new Scheduler(2)
    const bad = kernel(function bad(t: KernelContext, n: number): number {
      if (n === 0) throw new Error('deep')
      t.fork(bad, n - 1)
      t.fork(bad, n - 1)
      return t.join() + t.join()
    })
    for (let i = 0; i < 20; ++i) {
      expect(await failure(scheduler.forkJoin(bad, [8]))).toMatchObject({ kernel: 'bad' })
      expect(await scheduler.forkJoin(fib, [15])).toBe(610)
    }
  })

  test('what a child throws can be caught where it is joined', async () => {
    using scheduler = new Scheduler(2)
    const catches = kernel(function catches(t: KernelContext, n: number): number {
      if (n < 0) {
        t.fork(catches, 0)
        t.fork(catches, 0)
        throw new Error('with children')
      }
      if (n === 0) return 5
      t.fork(catches, -1)
      t.fork(catches, 0)
      let sum = t.join()
      try {
        t.join()
      } catch {
        sum += 100
      }
      return sum
    })
    for (let i = 0; i < 100; ++i) expect(await scheduler.forkJoin(catches, [1])).toBe(105)
  })

  test('forks that are not joined, and joins of nothing, are errors', async () => {
    using scheduler = new Scheduler(2)
    const lazy = kernel(function lazy(t: KernelContext, n: number): number {
      if (n > 0) t.fork(lazy, n - 1)
      return 1
    })
    const greedy = kernel((t) => t.join())
    expect(await failure(scheduler.forkJoin(lazy, [3]))).toMatchObject({
      message: expect.stringContaining('not joined'),
    })
    expect(await failure(scheduler.forkJoin(greedy, []))).toMatchObject({
      message: expect.stringContaining('without a t.fork()'),
    })
    expect(await scheduler.forkJoin(lazy, [0])).toBe(1)
  })

  test('deeper and wider than the task stack', { timeout: 60_000 }, async () => {
    using scheduler = new Scheduler({ threads: 2, taskCapacity: 16 })
    const deep = kernel(function deep(t: KernelContext, n: number): number {
      if (n === 0) return 0
      t.fork(deep, n - 1)
      return t.join() + 1
    })
    const wide = kernel(function wide(t: KernelContext, n: number): number {
      for (let i = 0; i < n; ++i) t.fork(wide, 0)
      let sum = n === 0 ? 1 : 0
      for (let i = 0; i < n; ++i) sum += t.join()
      return sum
    })
    expect(await scheduler.forkJoin(deep, [2000])).toBe(2000)
    expect(await failure(scheduler.forkJoin(deep, [1e7]))).toMatchObject({
      message: expect.stringContaining('stack'),
    })
    expect(await scheduler.forkJoin(wide, [100_000])).toBe(100_000)
  })

  test('an isolate that ends in a kernel fails that one, and nothing else', async () => {
    using scheduler = new Scheduler(2)
    const quits = kernel(function quits() {
      process.exit(3)
    })
    for (let i = 0; i < 5; ++i) {
      const others = [10, 11, 12].map((n) => scheduler.forkJoin(fib, [n]))
      expect(await failure(scheduler.call(quits, []))).toMatchObject({
        code: 'ERR_HEDDLE_KERNEL',
        kernel: 'quits',
      })
      expect(await Promise.all(others)).toEqual([55, 89, 144])
    }
  })

  test('one that eats all memory takes its isolate with it', { timeout: 60_000 }, async () => {
    using scheduler = new Scheduler({
      threads: 1,
      resourceLimits: { maxOldGenerationSizeMb: 48 },
    })
    const eats = kernel(function eats() {
      const all = []
      for (;;) all.push(new Array(100).fill(0))
    })
    expect(await failure(scheduler.call(eats, []))).toMatchObject({ kernel: 'eats' })
    expect(await scheduler.forkJoin(fib, [10])).toBe(55)
  })

  test('a kernel that never returns: dispose names it', async () => {
    const scheduler = new Scheduler({ threads: 2, disposeTimeout: 50 })
    const stuck = kernel(function stuck() {
      for (;;);
    })
    const result = scheduler.call(stuck, []).get()
    const outcome = failure(result)
    await scheduler.forkJoin(fib, [10])
    expect(() => scheduler[Symbol.dispose]()).toThrow(/'stuck'/)
    expect(await outcome).toMatchObject({
      name: expect.stringMatching(/KernelError|TaskCancelled/),
    })
  })

  test('one that looks is stopped by a signal', async () => {
    using scheduler = new Scheduler(2)
    const controller = new AbortController()
    const { signal } = controller
    const polite = kernel((_, i: number) => {
      const end = Date.now() + 2
      while (Date.now() < end);
      return i
    })
    const onProgress = ({ done }: { done: number }) => {
      if (done > 0) controller.abort(new Error('enough'))
    }
    const error = await failure(scheduler.dispatch(polite, 10_000, {}, { signal, onProgress }))
    expect(error).toMatchObject({ name: 'AbortError', cause: { message: 'enough' } })
  })

  test('memory that would be copied is named', () => {
    using scheduler = new Scheduler(1)
    const nop = kernel(() => {})
    expect(() => scheduler.dispatch(nop, 1, { a: { b: [new Uint8Array(3)] } })).toThrow(
      expect.objectContaining({
        code: 'ERR_INVALID_ARG_VALUE',
        message: expect.stringContaining('bindings.a.b[0]'),
      }),
    )
  })
})
