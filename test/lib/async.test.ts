/** Async values: arithmetic on the workers, three ways to wait, failures that travel. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Async, add, div, mul, Scheduler, ScopedScheduler, sub } from '../../dist/index.js'

const MAX = 2n ** 63n - 1n
const MIN = -(2n ** 63n)

describe.each([1, 2, 8])('with %i threads', (threads) => {
  let scheduler: Scheduler
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = new Scheduler(threads)
    scope = new ScopedScheduler(scheduler)
  })

  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  describe('numbers', () => {
    test.each([
      ['E1 5 + 7', () => new Async(5).add(7), 12],
      ['E4 10 + 2.5', () => Async.of(10).add(Async.of(2.5)), 12.5],
      ['E5 add(1, b)', () => add(1, new Async(3.5)), 4.5],
      ['sub', () => new Async(5).sub(7), -2],
      ['sub(1, x)', () => sub(1, new Async(3)), -2],
      ['mul', () => mul(2, new Async(3)), 6],
      ['div', () => div(1, new Async(4)), 0.25],
      ['E13 1 / 0', () => new Async(1).div(0), Number.POSITIVE_INFINITY],
      ['E13 NaN stays NaN', () => new Async(Number.NaN).add(1), Number.NaN],
      ['-0 keeps its sign', () => new Async(-0).mul(1), -0],
      ['a value with itself', () => square(new Async(3)), 9],
    ])('%s', async (_, make, expected) => {
      expect(make().getWait()).toBe(expected)
      expect(await make()).toBe(expected)
      expect(await make().get()).toBe(expected)
    })

    function square(x: Async<number>): Async<number> {
      return x.mul(x)
    }
  })

  describe('bigints', () => {
    test.each([
      ['sum', () => new Async(5n).add(7n), 12n],
      ['to 63 bits', () => new Async(MAX - 1n).add(1n), MAX],
      ['the lowest', () => new Async(MIN + 1n).sub(1n), MIN],
      [
        'product',
        () => new Async(-3_000_000_000n).mul(3_000_000_000n),
        -9_000_000_000_000_000_000n,
      ],
      ['quotients are truncated toward zero', () => new Async(-7n).div(2n), -7n / 2n],
    ])('E12 %s', async (_, make, expected) => {
      expect(make().getWait()).toBe(expected)
      expect(await make()).toBe(expected)
    })

    test.each([
      ['MAX + 1', () => new Async(MAX).add(1n)],
      ['MIN - 1', () => new Async(MIN).sub(1n)],
      ['2^32 * 2^31', () => new Async(2n ** 32n).mul(2n ** 31n)],
      ['MIN / -1', () => new Async(MIN).div(-1n)],
    ])('E12 %s is an overflow, never a wrong number', async (_, make) => {
      const overflow = expect.objectContaining({ name: 'RangeError', code: 'ERR_HEDDLE_OVERFLOW' })
      expect(() => make().getWait()).toThrow(overflow)
      await expect(make().get()).rejects.toEqual(overflow)
    })

    test('E13 division by 0n is a RangeError', () => {
      const refusal = expect.objectContaining({
        name: 'RangeError',
        code: 'ERR_HEDDLE_DIVIDE_BY_ZERO',
        message: '7n / 0n: division by zero',
      })
      expect(() => new Async(7n).div(0n).getWait()).toThrow(refusal)
    })
  })

  describe('failures', () => {
    test('travel to everything that is computed from the value, as the same object', async () => {
      const failed = new Async(MAX).add(1n)
      const later = failed.mul(2n).sub(new Async(1n))
      const first = caught(() => failed.getWait())
      expect(caught(() => later.getWait())).toBe(first)
      expect(await later.get().catch((error) => error)).toBe(first)
      expect(caught(() => later.tryGet())).toBe(first)
    })

    test('of the left side win', () => {
      const left = new Async(1n).div(0n)
      const right = new Async(MAX).add(1n)
      expect(caught(() => left.add(right).getWait())).toBe(caught(() => left.getWait()))
    })

    test('do not touch their neighbours', () => {
      const one = new Async(1n)
      const failed = one.div(0n)
      expect(one.add(1n).getWait()).toBe(2n)
      expect(() => failed.getWait()).toThrow()
      expect(one.getWait()).toBe(1n)
    })

    function caught(fn: () => unknown): unknown {
      try {
        fn()
      } catch (error) {
        return error
      }
      throw new Error('nothing was thrown')
    }
  })

  describe('graphs', () => {
    test('I8 a chain of 4096', () => {
      let chain = new Async(0)
      for (let i = 0; i < 4096; ++i) chain = chain.add(1)
      expect(chain.getWait()).toBe(4096)
    })

    test('a chain of a million needs no deep stack', async () => {
      let chain = new Async(0)
      for (let i = 0; i < 1_000_000; ++i) chain = chain.add(1)
      expect(await chain).toBe(1_000_000)
    })

    test('I11 512 leaves, reduced pairwise', () => {
      let level = Array.from({ length: 512 }, () => new Async(1))
      while (level.length > 1) {
        level = Array.from({ length: level.length / 2 }, (_, i) =>
          (level[2 * i] as Async<number>).add(level[2 * i + 1] as Async<number>),
        )
      }
      expect(level[0]?.getWait()).toBe(512)
    })

    test('one value with ten thousand readers', async () => {
      const one = new Async(1).add(0)
      const sums = await Promise.all(Array.from({ length: 10_000 }, (_, i) => one.add(i)))
      expect(sums).toEqual(Array.from({ length: 10_000 }, (_, i) => i + 1))
    })

    // Doubling reads the same value twice at each step: 2^60 paths, 60 values.
    test('shared values are looked at once', () => {
      let value = new Async(1n)
      for (let i = 0; i < 60; ++i) value = value.add(value)
      expect(value.getWait()).toBe(2n ** 60n)
    })
  })

  describe('waiting', () => {
    test('tryGet and ready never wait', async () => {
      const value = new Async(1).add(1)
      await value
      expect(value.ready).toBe(true)
      expect(value.tryGet()).toEqual({ value: 2 })
      expect(new Async(3).tryGet()).toEqual({ value: 3 })
    })

    test('a value can be waited for in many ways at once', async () => {
      const value = new Async(20).add(22)
      const all = await Promise.all([value, value.get(), value.then((v) => v + 1), value])
      expect(all).toEqual([42, 42, 43, 42])
      expect(value.getWait()).toBe(42)
    })

    test('a time-out throws, and the value can still be waited for', async () => {
      const pipe = await makePipe()
      const reading = scheduler.io.readFile(pipe.path)
      const late = expect.objectContaining({ name: 'TimeoutError', code: 'ERR_HEDDLE_TIMEOUT' })
      expect(() => reading.getWait({ timeout: 0 })).toThrow(late)
      expect(() => reading.getWait({ timeout: 60 })).toThrow(late)
      expect(reading.ready).toBe(false)
      expect(reading.tryGet()).toBeUndefined()
      pipe.feed('late')
      expect(Buffer.from(reading.getWait()).toString()).toBe('late')
      pipe.remove()
    })

    test('an aborted get() rejects with the reason, before and during the wait', async () => {
      const pipe = await makePipe()
      const reading = scheduler.io.readFile(pipe.path)
      await expect(reading.get({ signal: AbortSignal.abort('early') })).rejects.toBe('early')
      const controller = new AbortController()
      const waiting = reading.get({ signal: controller.signal })
      controller.abort('later')
      await expect(waiting).rejects.toBe('later')
      pipe.feed('x')
      expect((await reading).length).toBe(1)
      pipe.remove()
    })
  })
})

async function makePipe() {
  const { execFileSync, spawn } = await import('node:child_process')
  const { mkdtempSync, rmSync } = await import('node:fs')
  const { tmpdir } = await import('node:os')
  const { join } = await import('node:path')
  const folder = mkdtempSync(join(tmpdir(), 'heddle-'))
  const path = join(folder, 'pipe')
  execFileSync('mkfifo', [path])
  return {
    path,
    // Another process, for this thread may block.
    feed: (text: string) => spawn('sh', ['-c', `printf %s ${text} > ${path}`]),
    remove: () => rmSync(folder, { recursive: true }),
  }
}

describe('bad arguments', () => {
  test.each(['1', null, undefined, true, {}, [1], Symbol('x'), () => 1])(
    'new Async(1).add(%o)',
    (value) => {
      const refusal = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
      expect(() => new Async<unknown>(value).add(1)).toThrow(refusal)
      expect(() => new Async(1).add(value as never)).toThrow(refusal)
      expect(() => add(1, value as never)).toThrow(refusal)
    },
  )

  test.each([2n ** 63n, -(2n ** 63n) - 1n])('a bigint beyond 64 bits: %o', (value) => {
    const refusal = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    expect(() => new Async(value)).toThrow(refusal)
    expect(() => new Async(1n).add(value)).toThrow(refusal)
  })

  test('E3 a number with a bigint is a TypeError at the call', () => {
    const refusal = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => new Async(1).add(1n as never)).toThrow(refusal)
    expect(() => new Async(1n).mul(new Async(1) as never)).toThrow(refusal)
    expect(() => sub(1 as never, 1n)).toThrow(refusal)
  })

  test.each([
    [{ timeout: -1 }, 'ERR_OUT_OF_RANGE'],
    [{ timeout: Number.NaN }, 'ERR_OUT_OF_RANGE'],
    [{ timeout: '5' }, 'ERR_INVALID_ARG_TYPE'],
    [null, 'ERR_INVALID_ARG_TYPE'],
    [5, 'ERR_INVALID_ARG_TYPE'],
  ])('getWait(%o)', (options, code) => {
    expect(() => new Async(1).getWait(options as never)).toThrow(expect.objectContaining({ code }))
  })

  test.each([{ signal: {} }, { signal: null }, 7])('get(%o)', (options) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => new Async(1).get(options as never)).toThrow(refusal)
  })

  test('a disposed value', async () => {
    const value = new Async(1)
    const sum = value.add(1)
    value[Symbol.dispose]()
    value[Symbol.dispose]()
    const refusal = expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' })
    expect(() => value.getWait()).toThrow(refusal)
    expect(() => value.add(1)).toThrow(refusal)
    expect(() => sum.add(value)).toThrow(refusal)
    expect(() => value.ready).toThrow(refusal)
    expect(sum.getWait()).toBe(2)
  })
})
