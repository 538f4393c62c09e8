/** Arrays as values: against plain loops, with every scheduler; shapes; memory that is lent. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  Async,
  DebugScheduler,
  Scheduler,
  ScopedScheduler,
  schedule,
  sub,
  type TaskScheduler,
  type TypedArray,
} from '../../dist/index.js'

const SCHEDULERS: [name: string, make: () => TaskScheduler][] = [
  ['DebugScheduler', () => new DebugScheduler({ seed: 1 })],
  ['1 thread', () => new Scheduler(1)],
  ['2 threads', () => new Scheduler(2)],
  ['8 threads', () => new Scheduler(8)],
]

const KINDS = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
]

/** Numbers that look random, some of them not whole, in the range of the type. */
function fill<A extends TypedArray>(array: A, seed: number): A {
  let state = seed
  for (let i = 0; i < array.length; ++i) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    array[i] = (state % 2003) / 8 - 100
  }
  return array
}

/** As `toEqual`, which takes half a second for a hundred thousand elements. */
function same<A extends TypedArray>(value: Async<A>, expected: TypedArray): void {
  const found: TypedArray = value.getWait()
  expect([found.constructor, found.length]).toEqual([expected.constructor, expected.length])
  expect(found.findIndex((each, i) => !Object.is(each, expected[i]))).toBe(-1)
}

const shapeError = expect.objectContaining({ name: 'RangeError', code: 'ERR_HEDDLE_SHAPE' })
const typeError = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
const rangeError = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })

describe.each(SCHEDULERS)('%s', (_, make) => {
  let scheduler: TaskScheduler
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = make()
    scope = new ScopedScheduler(scheduler)
  })

  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  describe.each(KINDS.map((Kind) => [Kind.name, Kind] as const))('%s', (_, Kind) => {
    // Too few to share out, and enough.
    test.each([0, 1, 7, 100_003])('element-wise, %i elements', (length) => {
      const [a, b] = [fill(new Kind(length), 1), fill(new Kind(length), 2)]
      const [x, y] = [Async.of<TypedArray>(a), Async.of<TypedArray>(b)]
      const loop = (f: (i: number) => number) => new Kind(length).map((_, i) => f(i))
      const flags = (f: (i: number) => boolean) => new Uint8Array(length).map((_, i) => +f(i))
      const at = (array: TypedArray, i: number) => array[i] as number
      same(
        x.add(y),
        loop((i) => at(a, i) + at(b, i)),
      )
      same(
        x.sub(y),
        loop((i) => at(a, i) - at(b, i)),
      )
      same(
        x.minimum(y),
        loop((i) => Math.min(at(a, i), at(b, i))),
      )
      same(
        x.lt(y),
        flags((i) => at(a, i) < at(b, i)),
      )
      same(
        x.neg(),
        loop((i) => -at(a, i)),
      )
      same(x.sort(), a.slice().sort())
      same(
        x.lt(y).where(x, y),
        loop((i) => Math.min(at(a, i), at(b, i))),
      )
    })
  })

  test('E14 shapes are broadcast, or refused at the call', () => {
    const a = Async.of(Float64Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] })
    expect(a.shape).toEqual([2, 3])
    expect(a.add(10).getWait()).toEqual(Float64Array.of(11, 12, 13, 14, 15, 16))
    expect(sub(10, a).getWait()).toEqual(Float64Array.of(9, 8, 7, 6, 5, 4))
    const row = a.add(Float64Array.of(10, 20, 30))
    expect(row.getWait()).toEqual(Float64Array.of(11, 22, 33, 14, 25, 36))
    const column = a.mul(Async.of(Float64Array.of(1, -1), { shape: [2, 1] }))
    expect(column.getWait()).toEqual(Float64Array.of(1, 2, 3, -4, -5, -6))
    expect(column.shape).toEqual([2, 3])
  })

  test('reductions, products and parts', () => {
    const a = Async.of(Float64Array.of(1, 2, 3, 4, 5, 6), { shape: [2, 3] })
    const numbers = [a.sum(), a.prod(), a.mean(), a.min(), a.max(), a.argmin(), a.argmax()]
    expect(numbers.map((value) => value.getWait())).toEqual([21, 720, 3.5, 1, 6, 0, 5])
    expect(a.dot(a).getWait()).toBe(91)
    expect(a.matmul(a.reshape([3, 2])).getWait()).toEqual(Float64Array.of(22, 28, 49, 64))
    expect(a.scan().getWait()).toEqual(Float64Array.of(1, 3, 6, 10, 15, 21))
    const part = a.slice({ start: -1 }, { step: 2 })
    expect(part.getWait()).toEqual(Float64Array.of(4, 6))
    expect(part.shape ?? [1, 2]).toEqual([1, 2])
    expect(a.mul(a.sum()).getWait()).toEqual(Float64Array.of(21, 42, 63, 84, 105, 126))
  })

  test('no elements have a sum and no least', async () => {
    const none = Async.of(new Float64Array(0))
    expect(none.sum().getWait()).toBe(0)
    const empty = expect.objectContaining({ name: 'RangeError', code: 'ERR_HEDDLE_EMPTY_ARRAY' })
    expect(() => none.min().getWait()).toThrow(empty)
    await expect(none.argmax().get()).rejects.toEqual(empty)
  })

  test('an array that a task writes is computed with when it comes', () => {
    const a = new Async<Float64Array>()
    const total = a.mul(2).sum()
    schedule((output) => output.set(Float64Array.of(1, 2, 3)), a.write())
    expect(total.getWait()).toBe(12)
  })

  test('a shape that does not fit when it comes is the result’s failure', () => {
    const a = new Async<Float64Array>()
    const sum = a.add(new Float64Array(4))
    schedule((output) => output.set(new Float64Array(3)), a.write())
    expect(() => sum.getWait()).toThrow(shapeError)
  })

  test('writers add to arrays, and assignments to empty ones initialise', () => {
    const a = Async.of(Float64Array.of(1, 2))
    const b = new Async<Float64Array>()
    schedule(
      (x, y) => {
        x.add(Float64Array.of(10, 20))
        y.sub(Float64Array.of(1, 2))
      },
      a.write(),
      b.write(),
    )
    expect(a.getWait()).toEqual(Float64Array.of(11, 22))
    expect(b.getWait()).toEqual(Float64Array.of(-1, -2))
    const c = new Async<Float64Array>()
    c.addAssign(Float64Array.of(1, 1)).mulAssign(3)
    expect(c.getWait()).toEqual(Float64Array.of(3, 3))
  })

  test('a failure travels through arrays', () => {
    const failed = Async.of(new Float64Array(0)).min()
    const array = Async.of(Float64Array.of(1)).add(failed)
    let first: unknown
    try {
      failed.getWait()
    } catch (error) {
      first = error
    }
    expect(() => array.sum().getWait()).toThrow(first as Error)
  })
})

describe('the same bits', () => {
  test('whatever the number of threads', () => {
    const array = fill(new Float64Array(1_000_003), 7)
    const results = [1, 2, 3, 8].map((threads) => {
      using scheduler = new Scheduler(threads)
      using _ = new ScopedScheduler(scheduler)
      const a = Async.of(array)
      return [a.sum(), a.mean(), a.dot(a.sqrt().abs()), a.mul(1e-3).add(1).prod()].map((value) =>
        value.getWait(),
      )
    })
    for (const result of results) expect(result).toEqual(results[0])
  })
})

describe('memory', () => {
  let scheduler: Scheduler
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = new Scheduler(2)
    scope = new ScopedScheduler(scheduler)
  })

  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  test('Async.of copies', () => {
    const array = Float64Array.of(1, 2)
    const a = Async.of(array)
    array[0] = 100
    expect(a.add(1).getWait()).toEqual(Float64Array.of(2, 3))
  })

  test('Async.transfer takes the array and leaves it empty', () => {
    const buffer = Float64Array.of(9, 1, 2, 3)
    const a = Async.transfer(buffer.subarray(1), { shape: [3, 1] })
    expect(buffer.length).toBe(0)
    expect(a.shape).toEqual([3, 1])
    expect(a.add(1).getWait()).toEqual(Float64Array.of(2, 3, 4))
    expect(a.getWait()).toEqual(Float64Array.of(1, 2, 3))
  })

  test('shared memory is used in place', () => {
    const shared = new Int32Array(new SharedArrayBuffer(8))
    const a = Async.of(shared)
    shared[1] = 5
    expect(a.getWait()).toBe(shared)
    expect(a.add(1).getWait()).toEqual(Int32Array.of(1, 6))
  })

  test('a result is the same array whenever it is asked for', () => {
    const a = Async.of(Float64Array.of(1, 2)).add(1)
    expect(a.getWait()).toBe(a.getWait())
    expect(a.copy().getWait()).toBe(a.getWait())
  })

  test('using gives it back, and not what others have', () => {
    const a = Async.of(new Float64Array(100_000).fill(1))
    const b = a.copy()
    const sum = a.sum()
    a[Symbol.dispose]()
    expect(() => a.sum()).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' }))
    expect(b.add(1).sum().getWait()).toBe(200_000)
    expect(sum.getWait()).toBe(100_000)
    b[Symbol.dispose]()
  })

  test('a view stays when its value was given back', () => {
    const a = Async.of(new Float64Array(100_000)).add(1)
    const view = a.getWait()
    a[Symbol.dispose]()
    for (let i = 0; i < 20; ++i) Async.of(new Float64Array(100_000)).add(5).getWait()
    expect(view.every((element) => element === 1)).toBe(true)
  })
})

describe('bad arguments', () => {
  const a = () => Async.of(Float64Array.of(1, 2, 3, 4), { shape: [2, 2] })

  test.each<[string, () => unknown, unknown]>([
    ['shapes that do not fit', () => a().add(new Float64Array(3)), shapeError],
    ['arrays of two types', () => a().add(new Float32Array(4) as never), typeError],
    ['a string', () => a().add('1' as never), typeError],
    ['a bigint', () => a().mul(1n as never), typeError],
    ['an operator for complex numbers', () => a().conj(), typeError],
    ['a sum of a number', () => new Async(1).sum(), typeError],
    ['a shape with other elements', () => a().reshape([3]), rangeError],
    ['a shape that is none', () => a().reshape('4' as never), typeError],
    ['a negative side', () => a().reshape([-2, -2]), rangeError],
    ['nine dimensions', () => a().reshape([4, 1, 1, 1, 1, 1, 1, 1, 1]), rangeError],
    ['a shape for a number', () => Async.of(1, { shape: [1] }), typeError],
    ['a shape for too few', () => Async.of(new Float64Array(3), { shape: [2, 2] }), rangeError],
    ['2^31 elements', () => a().reshape([2 ** 31]), rangeError],
    ['a step of 0', () => a().slice({ step: 0 }), rangeError],
    ['half an index', () => a().slice({ start: 0.5 }), rangeError],
    ['too many slices', () => a().slice({}, {}, {}), rangeError],
    ['matrices that do not fit', () => a().matmul(new Float64Array(3)), shapeError],
    ['a dot product of different lengths', () => a().dot(new Float64Array(3)), shapeError],
    ['a condition of doubles', () => a().where(a(), 1), typeError],
    ['a transfer of a list', () => Async.transfer([1] as never), typeError],
  ])('%s', (_, call, error) => {
    expect(call).toThrow(error as Error)
  })

  test('an array that was transferred away', () => {
    const array = new Float64Array(4)
    structuredClone(array.buffer, { transfer: [array.buffer] })
    expect(() => Async.of(array)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' }),
    )
  })
})

describe('what costs less than to hand it over', () => {
  const small = () => Async.of(new Float64Array(100).fill(2))
  let scheduler: Scheduler
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = new Scheduler(2)
    scope = new ScopedScheduler(scheduler)
  })
  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  test.each([
    ['add', () => small().add(small())],
    ['exp', () => small().exp()],
    ['pow', () => Async.of(Float64Array.of(2, 3)).pow(2)],
    ['where', () => small().gt(1).where(1, small())],
    ['slice', () => small().slice({ step: -1 })],
    ['reshape', () => Async.of(new Float64Array(1e6)).reshape([1000, 1000])],
    ['sum', () => small().sum()],
    ['argmax', () => small().argmax()],
    ['dot', () => small().dot(small())],
  ])('%s is there when the call returns', (_, call) => {
    const before = scheduler.stats().tasks
    const value = call() as Async<unknown>
    expect(value.ready).toBe(true)
    expect(scheduler.stats().tasks).toBeGreaterThan(before)
  })

  test('what has to wait is computed when its operand comes, as ever', async () => {
    const large = Async.of(new Float64Array(1e6).fill(1))
    const sums = Array.from({ length: 20 }, (_, i) => large.exp().sum().mul(0).add(i))
    expect(await Promise.all(sums)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    const first = large.add(1).slice({ end: 3 })
    expect(await first.mul(2)).toEqual(Float64Array.of(4, 4, 4))
  })
})
