/** E of the acceptance conditions: arithmetic on values that may still be to come. */
import { describe, expect, test } from 'vitest'

import { Async, add, div, mul, sub } from '../../../dist/index.js'
import { EVERY, onStage, rejectionOf, thrownBy, watch, write } from '../../support/schedulers.js'

/** A value that a task writes later. */
function later<T>(value: T): Async<T> {
  const a = new Async<T>()
  write(a, value)
  return a
}

describe.each(EVERY)('$kind', ({ make }) => {
  const stage = onStage(make)

  describe.each([
    ['there', <T>(value: T) => Async.of(value) as Async<T>],
    ['to come', later],
  ])('of values that are %s', (_, make) => {
    test('E1 5 + 7, and the others', () => {
      const [a, b] = [make(5), make(7)]
      const results = [a.add(b), a.sub(b), a.mul(b), a.div(make(2)), a.add(a)]
      expect(results.map((result) => result.getWait())).toEqual([12, -2, 35, 2.5, 10])
    })

    test('E4 10 + 2.5', () => {
      expect(make(10).add(2.5).getWait()).toBe(12.5)
      expect(make(10).add(make(2.5)).getWait()).toBe(12.5)
    })

    test('E5 a scalar on the left side', () => {
      const b = make(3.5)
      const results = [add(1, b), sub(1, b), mul(2, b), div(7, b)]
      expect(results.map((result) => result.getWait())).toEqual([4.5, -2.5, 7, 2])
    })

    test('E12 bigints are exact', () => {
      const big = make(2n ** 62n)
      expect(big.sub(1n).add(big).getWait()).toBe(2n ** 63n - 1n)
      expect(
        make(-(2n ** 62n))
          .mul(2n)
          .getWait(),
      ).toBe(-(2n ** 63n))
      expect(make(9_007_199_254_740_993n).add(2n).getWait()).toBe(9_007_199_254_740_995n)
    })

    test('E12 or an overflow, never a wrong number', () => {
      const overflow = expect.objectContaining({ code: 'ERR_HEDDLE_OVERFLOW' })
      const most = make(2n ** 63n - 1n)
      expect(thrownBy(() => most.add(1n).getWait())).toEqual(overflow)
      expect(thrownBy(() => most.mul(most).getWait())).toEqual(overflow)
      expect(thrownBy(() => sub(-2n, most).getWait())).toEqual(overflow)
      const least = make(-(2n ** 63n))
      expect(thrownBy(() => least.div(-1n).getWait())).toEqual(overflow)
      expect(most.getWait()).toBe(2n ** 63n - 1n)
    })

    test('E12 bigints in assignments and in writers', () => {
      const overflow = expect.objectContaining({ code: 'ERR_HEDDLE_OVERFLOW' })
      const a = make(2n ** 63n - 1n)
      a.addAssign(1n)
      expect(thrownBy(() => a.getWait())).toEqual(overflow)
      a.set(2n ** 62n)
      const output = a.write()
      output.mul(2n)
      output.release()
      expect(thrownBy(() => a.getWait())).toEqual(overflow)
      a.set(-4n).divAssign(3n)
      expect(a.getWait()).toBe(-1n)
    })

    test('E13 division by 0n is a RangeError, and by 0 none', () => {
      const error = thrownBy(() => make(1n).div(0n).getWait())
      expect(error).toBeInstanceOf(RangeError)
      expect(make(1).div(0).getWait()).toBe(Number.POSITIVE_INFINITY)
      expect(make(-1).div(make(0)).getWait()).toBe(Number.NEGATIVE_INFINITY)
      expect(make(0).div(0).getWait()).toBeNaN()
    })

    test('E13 not a number stays so', () => {
      expect(make(Number.NaN).add(1).mul(0).getWait()).toBeNaN()
      expect(Object.is(make(-0).mul(1).getWait(), -0)).toBe(true)
    })
  })

  describe('E3 a number with a bigint', () => {
    test('is a TypeError at the call', () => {
      const [n, big] = [Async.of(1), Async.of(1n)]
      for (const call of [
        () => n.add(1n as never),
        () => big.mul(1 as never),
        () => n.sub(big as never),
        () => add(1 as never, big as never),
        () => n.addAssign(1n as never),
        () => n.subAssign(big as never),
        () => big.divAssign(2 as never),
      ]) {
        expect(thrownBy(call)).toBeInstanceOf(TypeError)
      }
      // Nothing was begun: the values are as they were.
      expect([n.getWait(), big.getWait()]).toEqual([1, 1n])
    })

    test('is the result’s TypeError where the type is known only later', () => {
      const mixed = (later(1) as Async<unknown>).add(later(1n))
      expect(thrownBy(() => mixed.getWait())).toBeInstanceOf(TypeError)
    })
  })

  test.each(['text', null, {}, [1], Symbol('x'), true])('arithmetic with %o', (value) => {
    expect(thrownBy(() => Async.of(1).add(value as never))).toBeInstanceOf(TypeError)
    const late = (later(value) as Async<unknown>).add(later(1))
    expect(thrownBy(() => late.getWait())).toBeInstanceOf(TypeError)
  })

  test('assignments are the next version of the same timeline', () => {
    const a = Async.of(1)
    const seen = [watch(a)]
    expect(a.addAssign(2)).toBe(a)
    seen.push(watch(a))
    expect(a.mulAssign(Async.of(5)).subAssign(later(3)).divAssign(4)).toBe(a)
    seen.push(watch(a))
    stage.scheduler.runAll()
    expect(seen).toEqual([[{ value: 1 }], [{ value: 3 }], [{ value: 3 }]])
  })

  test('an assignment to an empty value that nobody wrote fails, or waits for the write', () => {
    const a = new Async<number>()
    const output = a.write()
    a.addAssign(2)
    output.set(1)
    output.release()
    expect(a.getWait()).toBe(3)
  })

  test('a failed operand fails the result with its very error', async () => {
    const error = new Error('operand')
    const failed = new Async<number>()
    const output = failed.write()
    output.fail(error)
    output.release()
    const sum = add(1, failed).mul(2).sub(later(3))
    expect(thrownBy(() => sum.getWait())).toBe(error)
    expect(await rejectionOf(sum)).toBe(error)
    const assigned = Async.of(1).addAssign(failed)
    expect(thrownBy(() => assigned.getWait())).toBe(error)
    expect(assigned.set(2).getWait()).toBe(2)
  })
})
