/** What algorithms refuse, by name and at the call; and how they are given up while they run. */
import { freemem } from 'node:os'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Async, kernel, Scheduler, shared } from '../../dist/index.js'

const half = kernel((_, x: number) => x / 2)
const sum = kernel((_, a: number, b: number) => a + b)

describe('algorithms', () => {
  let scheduler: Scheduler

  beforeAll(() => {
    scheduler = new Scheduler(2)
  })

  afterAll(() => {
    scheduler[Symbol.dispose]()
  })

  const array = shared(Int32Array, 4)
  const wide = new Int32Array(array.buffer as never, 4, 3)
  const TYPE = 'ERR_INVALID_ARG_TYPE'
  const VALUE = 'ERR_INVALID_ARG_VALUE'
  const RANGE = 'ERR_OUT_OF_RANGE'
  const bad: [string, string, RegExp, (s: Scheduler) => unknown][] = [
    ['a plain array', TYPE, /^array must be/, (s) => s.map([1] as never, half)],
    ['bigints', TYPE, /^array must be/, (s) => s.map(new BigInt64Array(1) as never, half)],
    ['a plain function', TYPE, /^kernel must be/, (s) => s.map(array, ((x: number) => x) as never)],
    ['no kernel', TYPE, /^kernel must be/, (s) => s.filter(array, undefined as never)],
    [
      'a generator',
      VALUE,
      /^kernel must be/,
      (s) => s.map(array, kernel(function* () {}) as never),
    ],
    ['no identity', TYPE, /^options.identity/, (s) => s.reduce(array, sum, {} as never)],
    ['no options', TYPE, /^options.identity/, (s) => s.scan(array, sum, undefined as never)],
    [
      'into other memory',
      VALUE,
      /^options.into/,
      (s) => s.map(array, half, { into: new Int8Array(4) }),
    ],
    [
      'into too few',
      RANGE,
      /^options.into/,
      (s) => s.map(array, half, { into: shared(Int8Array, 3) }),
    ],
    [
      'into another class than is told',
      TYPE,
      /^options.into must be a Int32Array/,
      (s) => s.sort(array, undefined, { into: shared(Int8Array, 4) }),
    ],
    [
      'into a part of the array itself',
      VALUE,
      /^options.into/,
      (s) => s.map(array.subarray(0, 3), half, { into: wide }),
    ],
    ['no class', TYPE, /^options.type/, (s) => s.map(array, half, { type: Array as never })],
    [
      'bindings that are copied',
      VALUE,
      /bindings.a/,
      (s) => {
        return s.map(array, half, { bindings: { a: new Uint8Array(1) } })
      },
    ],
    ['no bins', RANGE, /^bins/, (s) => s.histogram(array, half, 0)],
    ['half a bin', RANGE, /^bins/, (s) => s.histogram(array, half, 1.5)],
    ['no chunk', RANGE, /^options.chunk/, (s) => s.forEach(5, half as never, { chunk: 0 })],
    ['a negative count', RANGE, /^count/, (s) => s.forEach(-1, half as never)],
    ['a loop over a copy', VALUE, /^array/, (s) => s.forEach(new Int8Array(1), half as never)],
    ['no signal', TYPE, /^options.signal/, (s) => s.sort(array, sum, { signal: 1 as never })],
    ['no lane', VALUE, /^options.lane/, (s) => s.map(array, half, { lane: 'fast' as never })],
  ]
  test.each(bad)('refuse %s', (_, code, message, call) => {
    expect(() => call(scheduler)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    )
  })

  test('refuse everything once the scheduler is disposed', () => {
    const gone = new Scheduler(1)
    gone[Symbol.dispose]()
    expect(() => gone.map(array, half)).toThrow(
      expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }),
    )
  })

  test('a failure of the array is that of the result', async () => {
    const failed = new Async<Float64Array>()
    const writer = failed.write()
    writer.fail(new Error('no array'))
    writer.release()
    await expect(scheduler.filter(failed, half).get()).rejects.toThrow('no array')
  })

  test('a signal ends them while they run', async () => {
    const controller = new AbortController()
    const slow = kernel((_, x: number) => {
      const end = performance.now() + 1
      while (performance.now() < end);
      return x
    })
    const mapped = scheduler.map(shared(Int8Array, 100_000), slow, controller)
    const sorted = scheduler.sort(
      shared(integers(100_000)),
      kernel((_, a: number, b: number) => {
        const end = performance.now() + 1
        while (performance.now() < end);
        return a - b
      }),
      controller,
    )
    setTimeout(() => controller.abort(new Error('enough')), 50)
    const expected = { name: 'AbortError', cause: { message: 'enough' } }
    await expect(mapped.get()).rejects.toMatchObject(expected)
    await expect(sorted.get()).rejects.toMatchObject(expected)
  })

  test('drain waits for all steps', async () => {
    const filtered = scheduler.filter(shared(integers(100_000)), half)
    const sorted = scheduler.sort(shared(integers(100_000)))
    await scheduler.drain()
    expect([filtered.ready, sorted.ready]).toEqual([true, true])
  })

  test.runIf(freemem() > 8e9)('more than 2 GB', { timeout: 120_000 }, async () => {
    const array = shared(Uint8Array, 3e9)
    const fill = kernel((_, part: Uint8Array) => void part.fill(1))
    await scheduler.forEach(array, fill, { chunk: 2 ** 24 })
    const last = kernel((_, x: number, i: number) => x + (i === 2_999_999_999 ? 1 : 0))
    await scheduler.map(array, last, { into: array })
    expect([array.at(-2), array.at(-1)]).toEqual([1, 2])
  })

  test('a histogram of more bins than would fit for every part', async () => {
    const identity = kernel((_, x: number) => x)
    const numbers = shared(integers(1000)).map((x) => Math.abs(x))
    const counts = await scheduler.histogram(numbers, identity, 5_000_000)
    expect(counts.length).toBe(5_000_000)
    expect(counts[numbers[0] as number]).toBeGreaterThan(0)
    expect(await scheduler.reduce(counts, sum, { identity: 0 })).toBe(1000)
  })
})

function integers(length: number): Int32Array {
  return Int32Array.from({ length }, (_, i) => ((i * 7919) % 100_003) - 50_000)
}
