/**
 * Every scalar operator, on a scheduler and on the spot: the same table for both.
 *
 * What JavaScript has itself is compared with it over all pairs of awkward operands.
 */
import { createRequire } from 'node:module'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import type { Complex } from '../../dist/complex.js'
import type { Async, Scheduler, TaskScheduler } from '../../dist/index.js'
import { CommandCode, Type } from '../../dist/layout.js'
import type { Slot } from '../../dist/slot.js'
import type { Value } from '../../dist/types.js'
import { BIG, BIGINTS, CLOSE, EXACT, MAX, MIN, NUMBERS } from '../support/scalars.js'

// By require, as they load each other: another instance of the stream would be another stream.
const require = createRequire(import.meta.url)
const stream: typeof import('../../dist/stream.js') = require('../../dist/stream.js')
const {
  isUnary,
  nameOf,
  resultType,
}: typeof import('../../dist/types.js') = require('../../dist/types.js')
const { complex }: typeof import('../../dist/complex.js') = require('../../dist/complex.js')
const heddle: typeof import('../../dist/index.js') = require('../../dist/index.js')

const C = CommandCode

type Compute = (op: CommandCode, left: Value, right?: Value) => Value

let scheduler: Scheduler
const stepped = new heddle.DebugScheduler()

/** Waits and takes. */
function value(slot: Slot): Value {
  while (!stream.wait(slot, 1000));
  return stream.take(slot)
}

/** The ways to say it, which must all come to the same. */
const ways: [string, Compute][] = [
  ['on the spot', stream.evaluate],
  ['of two slots', (op, left, right) => value(record(op, left, right))],
  [
    'with a value on the right',
    (op, left, right) =>
      isUnary(op)
        ? value(record(op, left))
        : value(stream.operationRight(scheduler.open(), op, stream.constant(left), right)),
  ],
  [
    'with a value on the left',
    (op, left, right) =>
      isUnary(op)
        ? value(record(op, left))
        : value(stream.operationLeft(scheduler.open(), op, left, stream.constant(right as Value))),
  ],
  ['by its method', said(() => scheduler)],
  ['by its function', said(() => scheduler, true)],
  ['by its method, step by step', said(() => stepped)],
]

/** By what users call, on a scheduler of their choice. */
function said(on: () => TaskScheduler, isFunction = false): Compute {
  return (op, left, right) => {
    const scope = new heddle.ScopedScheduler(on())
    try {
      const method = nameOf(op)
      const functions = heddle as unknown as Record<string, (...args: unknown[]) => Async<Value>>
      const first = new heddle.Async(left) as unknown as typeof functions
      const says = isFunction && !isUnary(op)
      const result = says
        ? functions[method]?.(left, new heddle.Async(right))
        : first[method]?.(right)
      return (result as Async<Value>).getWait()
    } finally {
      scope[Symbol.dispose]()
    }
  }
}

function record(op: CommandCode, left: Value, right?: Value): Slot {
  const runtime = scheduler.open()
  const first = stream.constant(left)
  if (isUnary(op)) return stream.unary(runtime, op, first)
  return stream.operation(runtime, op, first, stream.constant(right))
}

/** The code of the failure that is to come in place of what JavaScript says, or undefined. */
function faultOf(compute: () => Value): { value?: Value; code?: string } {
  try {
    const value = compute()
    const fits = typeof value !== 'bigint' || BigInt.asIntN(64, value) === value
    return fits ? { value } : { code: 'ERR_HEDDLE_OVERFLOW' }
  } catch (error) {
    const isExponent = /exponent/i.test((error as Error).message)
    return { code: isExponent ? 'ERR_HEDDLE_NEGATIVE_EXPONENT' : 'ERR_HEDDLE_DIVIDE_BY_ZERO' }
  }
}

function outcomeOf(compute: () => Value): { value?: Value; code?: string } {
  try {
    return { value: compute() }
  } catch (error) {
    expect(error).toBeInstanceOf(RangeError)
    return { code: (error as { code: string }).code }
  }
}

const isClose = (a: number, b: number) =>
  Object.is(a, b) || Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b))

describe.each([1, 2, 8])('with %i threads', (threads) => {
  beforeEach(() => {
    scheduler = new heddle.Scheduler(threads)
  })

  afterEach(() => scheduler[Symbol.dispose]())

  describe.each(ways)('%s', (_, compute) => {
    test.each([
      ['E1 5 + 7', C.Add, 5, 7, 12],
      ['E2 -21', C.Neg, 21, undefined, -21],
      ['E4 10 + 2.5', C.Add, 10, 2.5, 12.5],
      ['E5 1 + 3.5', C.Add, 1, 3.5, 4.5],
      ['E13 1 / 0', C.Div, 1, 0, Number.POSITIVE_INFINITY],
      ['E13 NaN + 1', C.Add, Number.NaN, 1, Number.NaN],
      ['true and false', C.And, true, false, false],
      ['true and true', C.And, true, true, true],
      ['true or false', C.Or, true, false, true],
      ['false or false', C.Or, false, false, false],
      ['not true', C.Not, true, undefined, false],
      ['not false', C.Not, false, undefined, true],
      ['true = true', C.Eq, true, true, true],
      ['true <> false', C.Ne, true, false, true],
    ])('%s', (_, op, left, right, expected) => {
      expect(compute(op, left, right)).toBe(expected)
    })

    test('E1 numbers are what JavaScript makes of them', () => {
      const wrong: unknown[] = []
      for (const [op, own] of EXACT) {
        for (const [a, b] of pairs(NUMBERS, op)) {
          const got = compute(op, a, b)
          if (!Object.is(got, own(a, b))) wrong.push([op, a, b, got, own(a, b)])
        }
      }
      expect(wrong).toEqual([])
    })

    test('E8 powers, exponentials and waves agree with Math to 1e-12', () => {
      const wrong: unknown[] = []
      for (const [op, own] of CLOSE) {
        for (const [a, b] of pairs([...NUMBERS, 0.1, 2, 10, -0.7, 20, 1e-5], op)) {
          const got = compute(op, a, b) as number
          if (!isClose(got, own(a, b))) wrong.push([op, a, b, got, own(a, b)])
        }
      }
      expect(wrong).toEqual([])
    })

    test('E12, E13 bigints are exact, or an error that says which', () => {
      const wrong: unknown[] = []
      for (const [op, own] of BIG) {
        for (const [a, b] of pairs(BIGINTS, op)) {
          const expected = faultOf(() => own(a, b))
          const got = outcomeOf(() => compute(op, a, b))
          if (got.value !== expected.value || got.code !== expected.code) {
            wrong.push([op, a, b, got, expected])
          }
        }
      }
      expect(wrong).toEqual([])
    })

    test.each([
      [C.Add, MAX, 1n, `${MAX}n + 1n does not fit in 64 bits`],
      [C.Pow, 2n, 63n, '2n ** 63n does not fit in 64 bits'],
      [C.Neg, MIN, undefined, `-(${MIN}n) does not fit in 64 bits`],
      [C.Abs, MIN, undefined, `abs(${MIN}n) does not fit in 64 bits`],
      [C.Rem, 7n, 0n, '7n % 0n: division by zero'],
      [C.Pow, 7n, -1n, '7n ** -1n: the exponent is negative'],
    ])('an error says what was computed: %i of %s and %s', (op, left, right, message) => {
      expect(() => compute(op, left, right)).toThrow(
        expect.objectContaining({ name: 'RangeError', message }),
      )
    })

    test('E9 parts, conjugate, products and quotients of complex numbers', () => {
      const z = complex(2, -3)
      expect(compute(C.Conj, z)).toEqual(complex(2, 3))
      expect(compute(C.Real, z)).toBe(2)
      expect(compute(C.Imag, z)).toBe(-3)
      expect(compute(C.Abs, complex(3, -4))).toBe(5)
      expect(compute(C.Arg, complex(-1, 0))).toBe(Math.PI)
      expect(compute(C.Arg, complex(-1, -0))).toBe(-Math.PI)
      expect(compute(C.Neg, z)).toEqual(complex(-2, 3))
      expect(compute(C.Add, z, complex(1, 1))).toEqual(complex(3, -2))
      expect(compute(C.Sub, z, complex(1, 1))).toEqual(complex(1, -4))
      expect(compute(C.Mul, z, complex(1, 4))).toEqual(complex(14, 5))
      expect(compute(C.Div, complex(14, 5), complex(1, 4))).toEqual(z)
      expect(compute(C.Eq, z, complex(2, -3))).toBe(true)
      expect(compute(C.Ne, z, complex(2, 3))).toBe(true)
    })

    test('a number beside a complex number becomes one', () => {
      const z = complex(2, -3)
      expect(compute(C.Mul, z, 2)).toEqual(complex(4, -6))
      expect(compute(C.Sub, 1, z)).toEqual(complex(-1, 3))
      expect(compute(C.Eq, complex(5, 0), 5)).toBe(true)
    })

    test('complex functions give principal values', () => {
      const near = (op: CommandCode, left: Value, right: Value | undefined, expected: Complex) => {
        const { re, im } = compute(op, left, right) as Complex
        expect(re).toBeCloseTo(expected.re, 12)
        expect(im).toBeCloseTo(expected.im, 12)
      }
      near(C.Sqrt, complex(-4, 0), undefined, complex(0, 2))
      near(C.Sqrt, complex(-4, -0), undefined, complex(0, -2))
      near(C.Sqrt, complex(3, 4), undefined, complex(2, 1))
      near(C.Exp, complex(0, Math.PI), undefined, complex(-1, 0))
      near(C.Log, complex(-1, 0), undefined, complex(0, Math.PI))
      near(C.Pow, complex(0, 1), complex(0, 1), complex(Math.exp(-Math.PI / 2), 0))
      near(C.Pow, complex(-8, 0), complex(1 / 3, 0), complex(1, Math.sqrt(3)))
      expect(compute(C.Pow, complex(0, 1), 2)).toEqual(complex(-1, 0))
      expect(compute(C.Pow, complex(1, 1), -2)).toEqual(complex(0, -0.5))
      expect(compute(C.Pow, complex(0, 0), complex(2, 1))).toEqual(complex(0, 0))
      expect(compute(C.Pow, complex(0, 0), 0)).toEqual(complex(1, 0))
    })
  })
})

/** All pairs; where the operator takes one operand, each once. */
function pairs<T>(values: readonly T[], op: CommandCode): [T, T][] {
  if (isUnary(op)) return values.map((value) => [value, value])
  return values.flatMap((a) => values.map((b): [T, T] => [a, b]))
}

describe('what there is not', () => {
  const refusal = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
  const of: Record<string, Value> = {
    number: 1,
    bigint: 1n,
    boolean: true,
    complex: complex(1, 1),
    bytes: new Uint8Array(1),
  }

  beforeEach(() => {
    scheduler = new heddle.Scheduler(1)
  })

  afterEach(() => scheduler[Symbol.dispose]())

  test.each([
    ['E3', C.Add, 'number', 'bigint'],
    ['E3', C.Mul, 'bigint', 'number'],
    ['', C.Add, 'boolean', 'boolean'],
    ['', C.Add, 'number', 'boolean'],
    ['', C.And, 'number', 'number'],
    ['', C.Lt, 'complex', 'complex'],
    ['', C.Lt, 'boolean', 'boolean'],
    ['', C.Rem, 'complex', 'complex'],
    ['', C.Add, 'complex', 'bigint'],
    ['', C.Sqrt, 'bigint', 'bigint'],
    ['', C.Floor, 'complex', 'complex'],
    ['', C.Not, 'number', 'number'],
    ['', C.Conj, 'number', 'number'],
    ['', C.Neg, 'boolean', 'boolean'],
  ])('%s %i of a %s and a %s is a TypeError at the call', (_, op, left, right) => {
    const [a, b] = [of[left] as Value, of[right] as Value]
    for (const [, compute] of ways) expect(() => compute(op, a, b)).toThrow(refusal)
  })

  test('the bytes of a file are no operand', () => {
    const bytes = stream.fileSlot('file')
    expect(() => stream.unary(scheduler.open(), C.Neg, bytes)).toThrow(refusal)
    expect(() => stream.operationRight(scheduler.open(), C.Add, bytes, 1)).toThrow(refusal)
    expect(() => stream.evaluate(C.Add, of.bytes as Value, 1)).toThrow(refusal)
  })

  test('a message names the operator, what it takes and what it got', () => {
    expect(() => stream.evaluate(C.Sqrt, 1n)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message: 'sqrt takes a number or a complex number: got a bigint',
      }),
    )
    expect(() => stream.evaluate(C.Add, 1, 1n)).toThrow(
      expect.objectContaining({
        name: 'TypeError',
        message:
          'add takes a number or a bigint or a complex number, twice: got a number and a bigint',
      }),
    )
  })

  test('a bigint beyond 64 bits is a RangeError at the call', () => {
    const beyond = expect.objectContaining({ name: 'RangeError', code: 'ERR_OUT_OF_RANGE' })
    expect(() => stream.constant(MAX + 1n)).toThrow(beyond)
    expect(() => stream.evaluate(C.Add, 1n, MIN - 1n)).toThrow(beyond)
  })
})

test('TypeScript and C++ agree about what is defined', () => {
  scheduler = new heddle.Scheduler(1)
  const of: Partial<Record<Type, Value>> = {
    [Type.Number]: 2,
    [Type.BigInt]: 2n,
    [Type.Boolean]: true,
    [Type.Complex]: complex(2, 1),
  }
  let defined = 0
  for (const op of Object.values(CommandCode)) {
    for (const [type, operand] of Object.entries(of)) {
      const result = resultType(op, Number(type) as Type)
      if (result === undefined) continue
      ++defined
      // A kernel that is missing, or one too few here, would end the process.
      const got = stream.evaluate(op, operand, operand)
      expect(typeof got).toBe(typeof of[result])
    }
  }
  expect(defined).toBeGreaterThan(60)
  scheduler[Symbol.dispose]()
})
