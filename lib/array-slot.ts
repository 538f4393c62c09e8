/**
 * Typed arrays as values: their types, their shapes, and where native code has them.
 */
import { invalidType, invalidValue, outOfRange } from './errors.js'
import { Type } from './layout.js'
import { native } from './native.js'
import { type Block, Slot } from './slot.js'

/** What an array of an `Async` may be. */
export type TypedArray =
  | Float64Array
  | Float32Array
  | Int32Array
  | Uint32Array
  | Int16Array
  | Uint16Array
  | Int8Array
  | Uint8Array

/** What {@link Async.of} may be told of a typed array. */
export interface ArrayOptions {
  /** Elements along each dimension, the last one fastest. Default: all in one. */
  shape?: readonly number[] | undefined
}

/** By number, as `native/kernels/array/types.h` has them. */
const KINDS = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
] as const

export const F64 = 0
export const U8 = 7

/** More dimensions than an array may have, and more elements. */
const RANK_MAX = 8
const ELEMENTS_MAX = 2 ** 31 - 1

/** Of fewer, a program that never ends its turn may have many. */
const GUARDED_BYTES = 4096

/** An array's slot. It knows the shape, so that operators can be checked when they are called. */
export class ArraySlot extends Slot {
  readonly kind: number
  readonly shape: readonly number[]
  /** What JavaScript has seen of it, or has lent. */
  view: TypedArray | undefined = undefined
  /** How many `Async` have it; 0: it was given back. */
  owners = 1

  constructor(block: Block, handle: number, kind: number, shape: readonly number[]) {
    super(block, handle, Type.Array)
    this.kind = kind
    this.shape = shape
    dropEarly()
    const { bytes } = this
    collected.register(this, { block, handle, bytes }, this)
    if (bytes >= GUARDED_BYTES) native.guardArray(handle, this)
  }

  get length(): number {
    return lengthOf(this.shape)
  }

  get bytes(): number {
    return this.length * (KINDS[this.kind] as (typeof KINDS)[0]).BYTES_PER_ELEMENT
  }

  /** The elements of one that has come. */
  elements(): TypedArray {
    this.view ??= new (KINDS[this.kind] as (typeof KINDS)[0])(native.viewArray(this.handle))
    return this.view
  }

  /** One `Async` less has it. The last one gives the memory back, if nothing computes with it. */
  release(): void {
    this.owners -= 1
    if (this.owners !== 0) return
    collected.unregister(this)
    drop(this)
  }
}

/** Keeps the block: else another one may have its number when the array is dropped. */
interface Dropped {
  block: Block
  handle: number
  bytes: number
}

const collected = new FinalizationRegistry<Dropped>(drop)

/** What had not come yet when it was dropped, oldest first. */
let early: Dropped[] = []

function drop(dropped: Dropped): void {
  const { block, handle, bytes } = dropped
  if (!native.dropArray(handle, bytes)) early.push({ block, handle, bytes })
}

/** Whoever makes arrays frees what has come meanwhile. */
function dropEarly(): void {
  if (early.length === 0) return
  const retried = early
  early = []
  for (const dropped of retried) drop(dropped)
}

/** The number of an array's type, or undefined: it is no array that native code knows. */
export function kindOf(value: unknown): number | undefined {
  if (!ArrayBuffer.isView(value)) return undefined
  const kind = KINDS.findIndex((Kind) => value instanceof Kind)
  return kind < 0 ? undefined : kind
}

/** Its bytes, as native code wants them. */
export function bytesOf(array: TypedArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

export function lengthOf(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1)
}

/**
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no array of numbers
 * @throws RangeError with code `ERR_OUT_OF_RANGE` if there are too many, or not as many as elements
 */
export function checkShape(shape: unknown, length: number): readonly number[] {
  if (!Array.isArray(shape)) throw invalidType('shape', 'an array of integers', shape)
  if (shape.length > RANK_MAX) throw outOfRange('shape.length', `at most ${RANK_MAX}`, shape.length)
  for (const side of shape) {
    if (typeof side !== 'number') throw invalidType('shape', 'an array of integers', side)
    if (!Number.isInteger(side) || side < 0) {
      throw outOfRange('shape', 'an array of integers from 0', side)
    }
  }
  if (lengthOf(shape) !== length) {
    throw outOfRange('shape', `that of ${length} elements`, lengthOf(shape))
  }
  return Object.freeze([...shape])
}

/**
 * @throws TypeError with code `ERR_INVALID_ARG_VALUE` if the array was transferred away
 * @throws RangeError with code `ERR_OUT_OF_RANGE` if it has 2³¹ elements or more
 */
export function checkArray(name: string, array: TypedArray): void {
  if (array.length > ELEMENTS_MAX) throw outOfRange(`${name}.length`, 'below 2^31', array.length)
  if (isDetached(array)) throw invalidValue(name, 'an array that was not transferred away', array)
}

function isDetached({ buffer, length }: TypedArray): boolean {
  if (length > 0 || buffer instanceof SharedArrayBuffer || buffer.byteLength > 0) return false
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/**
 * The shape of an element-wise operation's result: shapes are aligned at their last dimensions, and
 * a side that is 1 or is not there is repeated.
 *
 * @throws RangeError with code `ERR_HEDDLE_SHAPE` if some sides differ otherwise
 */
export function broadcast(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a === b) return a
  const rank = Math.max(a.length, b.length)
  const shape = Array.from({ length: rank }, (_, i) => {
    const left = a[i - rank + a.length] ?? 1
    const right = b[i - rank + b.length] ?? 1
    if (left !== right && left !== 1 && right !== 1) throw mismatch(a, b)
    return left === 1 ? right : left
  })
  if (lengthOf(shape) > ELEMENTS_MAX) {
    throw outOfRange('elements of the result', 'below 2^31', lengthOf(shape))
  }
  return Object.freeze(shape)
}

export function mismatch(a: readonly number[], b: readonly number[]): RangeError {
  const error = new RangeError(`the shapes [${a.join(', ')}] and [${b.join(', ')}] do not fit`)
  return Object.assign(error, { code: 'ERR_HEDDLE_SHAPE' })
}
