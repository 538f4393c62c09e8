/** Arrays on shared memory: what they are made of, and what they cannot be. */
import { freemem } from 'node:os'

import { describe, expect, test } from 'vitest'

import { shared } from '../../dist/index.js'

const CLASSES = [
  ...[Float64Array, Float32Array, Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array],
  ...[Uint8Array, Uint8ClampedArray, BigInt64Array, BigUint64Array],
]

describe('shared', () => {
  test.each(CLASSES)('makes zeros of %o', (Class) => {
    const array = shared<InstanceType<typeof Class>>(Class as never, 5)
    expect(array).toBeInstanceOf(Class)
    expect(array.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect([...array].map(Number)).toEqual([0, 0, 0, 0, 0])
    expect(shared<InstanceType<typeof Class>>(Class as never, 0).length).toBe(0)
  })

  test('copies arrays of every class, and numbers', () => {
    const array = Float32Array.of(1, -0, Number.NaN)
    const copy: Float32Array = shared(array)
    expect(copy).toEqual(shared(Float32Array.of(1, -0, Number.NaN)))
    array[0] = 9
    expect([...copy]).toEqual([1, -0, Number.NaN])
    expect(copy.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect([...shared(BigInt64Array.of(-1n))]).toEqual([-1n])
    expect(shared(Buffer.from('ab')).constructor).toBe(Uint8Array)
    expect(shared([1, 2.5])).toEqual(shared(Float64Array.of(1, 2.5)))
  })

  test('the types follow the class', () => {
    const made: Float32Array = shared(Float32Array, 3)
    const numbers: Float64Array = shared([1])
    expect(made.length + numbers.length).toBe(4)
  })

  const bad = [
    ['a plain class', () => shared(Array as never, 3), 'ERR_INVALID_ARG_TYPE'],
    ['a subclass', () => shared(Buffer as never, 3), 'ERR_INVALID_ARG_TYPE'],
    ['nothing', () => shared(undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['a view that is no array', () => shared(new DataView(new ArrayBuffer(1)) as never)],
    ['what is no number', () => shared(['1'] as never), 'ERR_INVALID_ARG_TYPE'],
    ['a length that is no number', () => shared(Int8Array, '3' as never), 'ERR_INVALID_ARG_TYPE'],
    ['no length', () => shared(Int8Array, undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['a negative length', () => shared(Int8Array, -1), 'ERR_OUT_OF_RANGE'],
    ['half an element', () => shared(Int8Array, 1.5), 'ERR_OUT_OF_RANGE'],
    ['more than there can be', () => shared(Float64Array, 2 ** 50), 'ERR_OUT_OF_RANGE'],
    ['more than can be counted', () => shared(Float64Array, 2 ** 60), 'ERR_OUT_OF_RANGE'],
  ] as const
  test.each(bad)('refuses %s', (_, make, code = 'ERR_INVALID_ARG_TYPE') => {
    expect(make).toThrow(expect.objectContaining({ code }))
    if (code === 'ERR_OUT_OF_RANGE') expect(make).toThrow(RangeError)
    else expect(make).toThrow(TypeError)
  })

  test.runIf(freemem() > 8e9)('more than 2 GB', () => {
    const array = shared(Uint8Array, 3e9)
    array[2_999_999_999] = 7
    expect([array.length, array.at(-1)]).toEqual([3e9, 7])
  })
})
