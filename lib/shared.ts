/**
 * Typed arrays on shared memory, which kernels on all threads have without a copy.
 */
import { types } from 'node:util'

import { invalidType, invalidValue, outOfRange } from './errors.js'
import type { Plain } from './operators.js'

/** What can be on shared memory. */
export type SharedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | BigInt64Array
  | BigUint64Array

/** A class of typed arrays, such as `Float32Array`. */
export interface ArrayClass<A extends SharedArray = SharedArray> {
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
  new (buffer: SharedArrayBuffer): A
}

const CLASSES = new Set<unknown>([
  ...[Float64Array, Float32Array, Int32Array, Uint32Array, Int16Array, Uint16Array, Int8Array],
  ...[Uint8Array, Uint8ClampedArray, BigInt64Array, BigUint64Array],
])

/**
 * A typed array of `length` zeros on memory that all threads share: what kernels read and write.
 *
 * @example
 * ```ts
 * using scheduler = new Scheduler(2)
 * const out = shared(Float32Array, 1000)
 * const fill = kernel((_, i: number, b: { out: Float32Array }) => { b.out[i] = i / 2 })
 * await scheduler.dispatch(fill, out.length, { out })
 * console.log(out[7]) // 3.5
 * ```
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if that is no class of typed arrays, or the
 *   length no number
 * @throws RangeError with code `ERR_OUT_OF_RANGE` if the length is no integer from 0, or more than
 *   there is memory for
 */
export function shared<A extends SharedArray>(Class: ArrayClass<A>, length: number): A
/**
 * A copy on shared memory: of a typed array one of the same class, of an array of numbers a
 * `Float64Array`.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is neither
 */
export function shared<A extends SharedArray>(array: A): Plain<A>
export function shared(numbers: readonly number[]): Float64Array
export function shared(what: unknown, length?: unknown): SharedArray {
  if (typeof what === 'function') return sharedZeros(checkClass('Class', what), length)
  const Class = classOf(what)
  if (Class !== undefined) return sharedCopy(what as SharedArray, Class)
  if (Array.isArray(what)) return sharedNumbers(what)
  throw invalidType('array', 'a class of typed arrays, a typed array or an array of numbers', what)
}

/** @internal The class of a typed array, whatever its subclass; undefined: it is none. */
export function classOf(value: unknown): ArrayClass | undefined {
  if (!types.isTypedArray(value)) return undefined
  // The tag is that of the elements, also of a subclass such as Buffer.
  const Class = (globalThis as Record<string, unknown>)[value[Symbol.toStringTag]]
  return CLASSES.has(Class) ? (Class as ArrayClass) : undefined
}

/** @internal Without a check of the class. */
export function sharedZeros<A extends SharedArray>(Class: ArrayClass<A>, length: unknown): A {
  if (typeof length !== 'number') throw invalidType('length', 'a number', length)
  if (!Number.isSafeInteger(length) || length < 0) {
    throw outOfRange('length', 'an integer, 0 or more', length)
  }
  try {
    return new Class(new SharedArrayBuffer(length * Class.BYTES_PER_ELEMENT))
  } catch {
    throw outOfRange('length', 'at most what there is memory for', length)
  }
}

function sharedCopy(array: SharedArray, Class: ArrayClass): SharedArray {
  const copy = sharedZeros(Class, array.length)
  copy.set(array as never)
  return copy
}

function sharedNumbers(numbers: readonly unknown[]): Float64Array {
  const copy = sharedZeros(Float64Array, numbers.length)
  for (const [i, number] of numbers.entries()) {
    if (typeof number !== 'number') throw invalidType(`array[${i}]`, 'a number', number)
    copy[i] = number
  }
  return copy
}

/** @internal @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none */
export function checkClass(name: string, value: unknown): ArrayClass {
  if (CLASSES.has(value)) return value as ArrayClass
  throw invalidType(name, 'a class of typed arrays, such as Float32Array', value)
}

/** @internal @throws TypeError with code `ERR_INVALID_ARG_VALUE` if it is on other memory */
export function checkIsShared(name: string, array: SharedArray): void {
  if (array.buffer instanceof SharedArrayBuffer) return
  throw invalidValue(name, 'on a SharedArrayBuffer, as shared() makes them', array)
}
