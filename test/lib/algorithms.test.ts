/**
 * Algorithms with kernels: each gives what a plain loop gives, and the same bits on any number of
 * threads and on a DebugScheduler.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Async, DebugScheduler, kernel, read, Scheduler, shared } from '../../dist/index.js'

const SIZES = [0, 1, 2, 7, 1000, 100_000]
const SPECIAL = [0, -0, Number.NaN, 1 / 0, -1 / 0, 5e-324, 2 ** 53, -1.5]

const sum = kernel((_, a: number, b: number) => a + b)
const half = kernel((_, x: number, i: number) => x / 2 + i)
const isOdd = kernel((_, x: number) => Math.abs(x) % 2 >= 1)
const byLast = kernel((_, a: number, b: number) => (a % 1000) - (b % 1000))

/** Numbers in no order, with some that are special. */
function numbersOf(length: number): Float64Array {
  return Float64Array.from({ length }, (_, i) => {
    if (i % 50 === 49) return SPECIAL[((i / 50) % SPECIAL.length) | 0] as number
    return ((i * 7919) % 10_007) - 5000 + (i % 4) / 4
  })
}

/** In no order, each once, and without anything special. */
function integersOf(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => ((i * 7919) % 100_003) - 50_000)
}

function bitsOf(array: ArrayLike<number>): string {
  return Buffer.from(Float64Array.from(array).buffer).toString('base64')
}

/** What a call rejects with. */
async function failure(value: PromiseLike<unknown>): Promise<unknown> {
  try {
    return ['it gave', await value]
  } catch (error) {
    return error
  }
}

const schedulers = [
  ['1 worker', () => new Scheduler(1)],
  ['2 workers', () => new Scheduler(2)],
  ['4 workers', () => new Scheduler(4)],
  ['a DebugScheduler', () => new DebugScheduler()],
  ['a seed', () => new DebugScheduler({ seed: 5 })],
] as const

describe.each(schedulers)('with %s', (_, make) => {
  let scheduler: Scheduler | DebugScheduler

  beforeAll(() => {
    scheduler = make()
  })

  afterAll(() => {
    scheduler[Symbol.dispose]()
  })

  describe.each(SIZES)('%s elements', (length) => {
    const array = shared(numbersOf(length))
    const integers = shared(integersOf(length))

    test('map', async () => {
      const result = await scheduler.map(array, half)
      expect(bitsOf(result)).toBe(bitsOf(array.map((x, i) => x / 2 + i)))
      expect(result.buffer).toBeInstanceOf(SharedArrayBuffer)
      const typed: Float32Array = await scheduler.map(array, half, { type: Float32Array })
      expect(bitsOf(typed)).toBe(bitsOf(Float32Array.from(array, (x, i) => x / 2 + i)))
    })

    test('reduce', async () => {
      const total = await scheduler.reduce(integers, sum, { identity: 0 })
      expect(total).toBe(integers.reduce((a, b) => a + b, 0))
    })

    test('scan', async () => {
      let total = 0
      const inclusive = integers.map((x) => (total += x))
      const exclusive = inclusive.map((x, i) => (i === 0 ? 7 : (inclusive[i - 1] ?? x)))
      expect(await scheduler.scan(integers, sum, { identity: 0 })).toEqual(inclusive)
      const options = { identity: 7, exclusive: true }
      expect(await scheduler.scan(integers, sum, options)).toEqual(exclusive)
    })

    test('filter and partition', async () => {
      const odd = array.filter((x) => Math.abs(x) % 2 >= 1)
      const even = array.filter((x) => !(Math.abs(x) % 2 >= 1))
      const filtered = await scheduler.filter(array, isOdd)
      expect(bitsOf(filtered)).toBe(bitsOf(odd))
      expect(filtered.buffer.byteLength).toBe(8 * odd.length)
      const parted = await scheduler.partition(array, isOdd)
      expect(parted.count).toBe(odd.length)
      expect(bitsOf(parted.array)).toBe(bitsOf([...odd, ...even]))
    })

    test('sort', async () => {
      expect(bitsOf(await scheduler.sort(array))).toBe(bitsOf(numbersOf(length).sort()))
      const stable = [...integers].sort((a, b) => (a % 1000) - (b % 1000))
      expect([...(await scheduler.sort(integers, byLast))]).toEqual(stable)
    })

    test('histogram', async () => {
      const bins = kernel((_, x: number) => x / 1000 + 2.5)
      const expected = new Uint32Array(5)
      for (const x of array) {
        const bin = Math.floor(x / 1000 + 2.5)
        if (bin >= 0 && bin < 5) expected[bin] = (expected[bin] ?? 0) + 1
      }
      expect([...(await scheduler.histogram(array, bins, 5))]).toEqual([...expected])
    })

    test('forEach', async () => {
      const out = shared(Float64Array, length)
      const copy = kernel((_, part: Float64Array, at: number, b: { out: Float64Array }) => {
        b.out.set(part, at)
      })
      await scheduler.forEach(array, copy, { bindings: { out } })
      expect(bitsOf(out)).toBe(bitsOf(array))
      const fill = kernel((_, begin: number, end: number, b: { out: Float64Array }) => {
        b.out.fill(begin, begin, end)
      })
      await scheduler.forEach(length, fill, { bindings: { out }, chunk: 3 })
      expect(out.every((x, i) => x === i - (i % 3))).toBe(true)
    })
  })

  test('what goes by order goes by the number of elements only', async () => {
    const array = shared(
      Float64Array.from({ length: 100_000 }, (_, i) => Math.sin(i) * 10 ** (i % 9)),
    )
    const reference = new DebugScheduler()
    const worst = kernel((_, a: number, b: number) => Math.fround(a * 0.9 + b))
    const all = async (s: Scheduler | DebugScheduler) => [
      await s.reduce(array, sum, { identity: 0 }),
      await s.reduce(array, worst, { identity: 0 }),
      bitsOf(await s.scan(array, worst, { identity: 0 })),
      bitsOf(
        await s.sort(
          array,
          kernel((_, a: number, b: number) => (a + b > 0 ? 1 : a - b)),
        ),
      ),
    ]
    const expected = await all(reference)
    for (let i = 0; i < 5; ++i) expect(await all(scheduler)).toEqual(expected)
  })

  test('bindings are the last argument, and t.bindings', async () => {
    const bindings = { by: 3 }
    const times = kernel((_, x: number, _i: number, b: typeof bindings) => x * b.by)
    expect([...(await scheduler.map(shared([1, 2]), times, { bindings }))]).toEqual([3, 6])
    const weighed = kernel((t, a: number, b: number) => a + t.bindings.by * b)
    const options = { identity: 0, bindings }
    expect(await scheduler.reduce(shared([1, 2]), weighed, options)).toBe(7)
  })

  test('bindings may be waited for', async () => {
    const bindings = { by: read(new Async(Float64Array.of(3))) }
    const times = kernel((_, x: number, _i: number, b: { by: Float64Array }) => x * (b.by[0] ?? 0))
    expect([...(await scheduler.map(shared([1, 2]), times, { bindings }))]).toEqual([3, 6])
  })

  test('into an array that is there, also in place', async () => {
    const array = shared(integersOf(10_000))
    const into = shared(Int32Array, 10_000)
    expect(await scheduler.map(array, half, { into })).toBe(into)
    expect(into).toEqual(array.map((x, i) => x / 2 + i))
    expect(await scheduler.sort(array, undefined, { into })).toBe(into)
    expect(into).toEqual(integersOf(10_000).sort())
    const same = shared(integersOf(10_000))
    await scheduler.sort(same, byLast, { into: same })
    expect([...same]).toEqual([...array].sort((a, b) => (a % 1000) - (b % 1000)))
    await scheduler.scan(same, sum, { identity: 0, into: same })
    expect(same.at(-1)).toBe(array.reduce((a, b) => a + b) | 0)
    const floats: Float32Array = await scheduler.map(array, half, {
      into: shared(Float32Array, 10_000),
    })
    expect(floats[1]).toBe((array[1] as number) / 2 + 1)
  })

  test('arrays on other memory are copied, and Asyncs of arrays are waited for', async () => {
    const array = integersOf(5000)
    const before = array.slice()
    const results = [
      scheduler.map(array, half),
      scheduler.filter(array, isOdd),
      scheduler.sort(array),
    ]
    expect(array).toEqual(before)
    array.fill(0)
    expect([...(await (results[0] as Async<Int32Array>))]).toEqual([
      ...before.map((x, i) => x / 2 + i),
    ])
    expect(bitsOf(await (results[1] as Async<Int32Array>))).toBe(
      bitsOf(before.filter((x) => x % 2)),
    )
    expect(bitsOf(await (results[2] as Async<Int32Array>))).toBe(bitsOf(before.slice().sort()))
    const later = new Async<Float64Array>()
    const total = scheduler.reduce(scheduler.map(later, half), sum, { identity: 0 })
    later.set(Float64Array.of(2, 4, 6))
    expect(await total).toBe(6 + 3)
  })

  test('getWait blocks until they are there', () => {
    const array = shared(integersOf(3000))
    expect(scheduler.filter(array, isOdd).getWait().length).toBe(array.filter((x) => x % 2).length)
    expect(scheduler.sort(scheduler.map(array, half)).getWait().length).toBe(3000)
  })

  test("an error is the kernel's", async () => {
    const bad = kernel(function bad(_, x: number) {
      if (x === 70) throw new RangeError('seventy')
      return x
    })
    const array = shared(new Float64Array(100).fill(70))
    const codes = {
      code: 'ERR_HEDDLE_KERNEL',
      kernel: 'bad',
      message: "the kernel 'bad' threw: seventy",
    }
    const results: PromiseLike<unknown>[] = [
      ...[scheduler.map(array, bad), scheduler.filter(array, bad), scheduler.partition(array, bad)],
      ...[scheduler.histogram(array, bad, 9), scheduler.sort(array, bad)],
      scheduler.reduce(array, bad, { identity: 0 }),
      scheduler.scan(array, bad, { identity: 0 }),
    ]
    // At once: a failure that nobody waits for is reported.
    for (const error of await Promise.all(results.map(failure))) expect(error).toMatchObject(codes)
    expect(await failure(scheduler.map(new Async('text') as never, half))).toBeInstanceOf(TypeError)
  })

  test('an aborted signal fails them', async () => {
    const signal = AbortSignal.abort(new Error('enough'))
    const array = shared(integersOf(100))
    const expected = { name: 'AbortError', cause: { message: 'enough' } }
    expect(await failure(scheduler.map(array, half, { signal }))).toMatchObject(expected)
    expect(await failure(scheduler.filter(array, isOdd, { signal }))).toMatchObject(expected)
    expect(await failure(scheduler.sort(array, byLast, { signal }))).toMatchObject(expected)
    expect(await failure(scheduler.sort(array, undefined, { signal }))).toMatchObject(expected)
  })

  test('a result is an operand', async () => {
    const doubled = scheduler.map(
      shared([1, 2]),
      kernel((_, x: number) => 2 * x),
    )
    expect([...(await doubled.add(1))]).toEqual([3, 5])
  })
})
