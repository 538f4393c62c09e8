/**
 * What algorithms are called with, checked: their arrays and their options.
 */
import { checkObject } from './block.js'
import { invalidType, invalidValue, outOfRange } from './errors.js'
import {
  checkCallOptions,
  checkKernel,
  checkPlainBindings,
  type KernelCallOptions,
} from './kernel-arguments.js'
import { formOf } from './kernel-form.js'
import {
  type ArrayClass,
  checkClass,
  checkIsShared,
  classOf,
  type SharedArray,
  shared,
} from './shared.js'

/** The arrays that algorithms work on. */
export type NumberArray = Exclude<SharedArray, BigInt64Array | BigUint64Array>

/** What all algorithms can be told. */
export interface AlgorithmOptions extends KernelCallOptions {
  /** The kernel's last argument, and its `t.bindings`: cloned once for each isolate. */
  bindings?: object | undefined
}

/** Where results go. */
export interface IntoOptions<A> extends AlgorithmOptions {
  /** On shared memory, as long as the input; it may be the input. Default: a new array. */
  into?: A | undefined
}

/** What is asked for, checked. */
export interface Asked {
  readonly kernel: number
  readonly module: number | undefined
  readonly lane: number
  readonly signal: AbortSignal | undefined
  readonly bindings: unknown
}

/** An array that is read. */
export interface Input {
  /** On shared memory. */
  readonly array: NumberArray
  readonly Class: ArrayClass<NumberArray>
  /** Nobody else has it: it may be written over. */
  readonly isOwn: boolean
}

export function checkAsked(kernel: unknown, options: AlgorithmOptions | undefined): Asked {
  const of = checkKernel(kernel)
  const form = formOf(of.kernel)
  if (form.is === 'text' && form.isGenerator) {
    throw invalidValue('kernel', 'a plain function, as it gives a value for each call', kernel)
  }
  const { lane, signal } = checkCallOptions(options)
  checkPlainBindings(options?.bindings)
  return { ...of, lane, signal, bindings: options?.bindings }
}

/** A copy, if it is not on shared memory. */
export function inputOf(value: unknown): Input {
  const Class = numberClassOf('array', value)
  const array = value as NumberArray
  const isShared = array.buffer instanceof SharedArrayBuffer
  return { array: isShared ? array : (shared(array) as NumberArray), Class, isOwn: !isShared }
}

/** The array to write, if one is given, for a result of `length` elements. */
export function intoOf(
  options: { into?: unknown } | undefined,
  input: Input,
  Class?: ArrayClass,
): NumberArray | undefined {
  const into = options?.into
  if (into === undefined) return undefined
  const found = numberClassOf('options.into', into)
  if (Class !== undefined && found !== Class) {
    throw invalidType('options.into', `a ${Class.name}`, into)
  }
  const out = into as NumberArray
  checkIsShared('options.into', out)
  const { length } = input.array
  if (out.length !== length) throw outOfRange('options.into.length', `${length}`, out.length)
  if (out !== input.array && overlap(out, input.array) && !isSame(out, input)) {
    throw invalidValue('options.into', 'the array itself, or apart from it', into)
  }
  return out
}

export function checkIdentity(options: { identity?: unknown } | undefined): number {
  const identity = checkObject(options)?.identity
  if (typeof identity === 'number') return identity
  throw invalidType('options.identity', 'a number', identity)
}

/** A count that memory is needed for. */
export function checkCount(name: string, count: unknown, most: number): number {
  if (typeof count !== 'number') throw invalidType(name, 'a number', count)
  if (!Number.isSafeInteger(count) || count < 1 || count > most) {
    throw outOfRange(name, `an integer from 1 to ${most}`, count)
  }
  return count
}

export function numberClassOf(name: string, value: unknown): ArrayClass<NumberArray> {
  const Class = classOf(value)
  if (Class !== undefined && isOfNumbers(Class)) return Class
  throw invalidType(name, 'a typed array of numbers', value)
}

export function checkNumberClass(value: unknown): ArrayClass<NumberArray> {
  const Class = checkClass('options.type', value)
  if (isOfNumbers(Class)) return Class
  throw invalidType('options.type', 'a class of arrays of numbers', value)
}

function isOfNumbers(Class: ArrayClass): Class is ArrayClass<NumberArray> {
  return !Class.name.startsWith('Big')
}

function overlap(a: NumberArray, b: NumberArray): boolean {
  if (a.buffer !== b.buffer) return false
  const isApart =
    a.byteOffset + a.byteLength <= b.byteOffset || b.byteOffset + b.byteLength <= a.byteOffset
  return !isApart
}

/** Element for element. */
function isSame(out: NumberArray, { array, Class }: Input): boolean {
  return out.byteOffset === array.byteOffset && out.BYTES_PER_ELEMENT === Class.BYTES_PER_ELEMENT
}
