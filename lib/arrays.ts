/**
 * Operations on arrays: checked here, computed on all workers.
 */
import {
  ArraySlot,
  broadcast,
  bytesOf,
  checkArray,
  checkShape,
  F64,
  kindOf,
  mismatch,
  type TypedArray,
  U8,
} from './array-slot.js'
import { invalidType, outOfRange, SystemError } from './errors.js'
import { CommandCode, Type } from './layout.js'
import { native } from './native.js'
import { Slot } from './slot.js'
import * as stream from './stream.js'
import { nameOf } from './types.js'

/** As `native/runtime/array_task.h` has them. */
const Code = {
  Unary: 0,
  Binary: 1,
  Where: 2,
  Reduce: 3,
  Dot: 4,
  Scan: 5,
  Sort: 6,
  Matmul: 7,
  Slice: 8,
  Reshape: 9,
} as const
type Code = (typeof Code)[keyof typeof Code]

/** As `native/kernels/array/reduce.h` has them. */
export const Reduction = { Sum: 0, Prod: 1, Mean: 2, Min: 3, Max: 4, ArgMin: 5, ArgMax: 6 } as const
export type Reduction = (typeof Reduction)[keyof typeof Reduction]

/** As `native/kernels/array/operations.h` has them: binary ones count from `Add`. */
const UNARY: readonly (keyof typeof CommandCode)[] = [
  'Neg',
  'Abs',
  'Floor',
  'Ceil',
  'Round',
  'Not',
  'Sqrt',
  'Exp',
  'Log',
  'Sin',
  'Cos',
  'Tan',
  'Tanh',
]
const FIRST_REAL = UNARY.indexOf('Sqrt')

/** Which elements of a dimension: see {@link Async.slice}. */
export interface Slice {
  start?: number | undefined
  end?: number | undefined
  step?: number | undefined
}

/** An operand: an array's slot, a number's, or a number. */
type Source = ArraySlot | Slot | number

const words = new Float64Array(128)
let at = 0

/**
 * An array that is there. Elements are copied, unless they are in shared memory.
 *
 * @throws RangeError, TypeError as {@link checkArray} and {@link checkShape}
 */
export function arrayOf(name: string, array: TypedArray, shape?: unknown): ArraySlot {
  checkArray(name, array)
  const slot = stream.arraySlot(kindOf(array) as number, shapeOf(array, shape))
  if (array.buffer instanceof SharedArrayBuffer) {
    slot.view = array
    native.lendArray(slot.handle, bytesOf(array))
  } else if (!native.makeArray(slot.handle, bytesOf(array))) {
    throw new SystemError(-12, `there is no memory for ${array.byteLength} bytes`)
  }
  return slot
}

/** The same without a copy: the caller's array is empty afterwards. */
export function transferred(array: TypedArray, shape?: unknown): ArraySlot {
  checkArray('array', array)
  const { buffer, byteOffset, length } = array
  if (buffer instanceof SharedArrayBuffer) return arrayOf('array', array, shape)
  const sides = shapeOf(array, shape)
  const kind = kindOf(array) as number
  const Kind = array.constructor as Float64ArrayConstructor
  const moved = structuredClone(buffer, { transfer: [buffer] })
  const slot = stream.arraySlot(kind, sides)
  slot.view = new Kind(moved, byteOffset, length)
  native.lendArray(slot.handle, bytesOf(slot.view))
  return slot
}

/** An operator of two operands, of which one is an array. */
export function binary(runtime: number, op: CommandCode, left: unknown, right: unknown): ArraySlot {
  const [a, b] = [source(op, left), source(op, right)]
  const array = (a instanceof ArraySlot ? a : b) as ArraySlot
  if (a instanceof ArraySlot && b instanceof ArraySlot && a.kind !== b.kind) {
    throw invalidType('other', 'an array of the same type', 'one of another')
  }
  const shape =
    a instanceof ArraySlot && b instanceof ArraySlot ? broadcast(a.shape, b.shape) : array.shape
  if (op < CommandCode.Add || op > CommandCode.Or) throw undefinedFor(op)
  const kind = op >= CommandCode.Eq ? U8 : array.kind
  return run(runtime, Code.Binary, op - CommandCode.Add, kind, shape, [a, b], array.kind)
}

/** An operator of one operand. */
export function unary(runtime: number, op: CommandCode, a: ArraySlot): ArraySlot {
  const index = UNARY.findIndex((name) => CommandCode[name] === op)
  if (index < 0) throw undefinedFor(op)
  const isReal = index >= FIRST_REAL
  const kind = op === CommandCode.Not ? U8 : isReal && a.kind > 1 ? F64 : a.kind
  return run(runtime, Code.Unary, index, kind, a.shape, [a])
}

/** To a number. */
export function reduce(runtime: number, how: Reduction, a: ArraySlot): Slot {
  begin(Code.Reduce, how, F64, F64, [])
  return finish(runtime, stream.outside(Type.Number), [a])
}

/** The sum of products, to a number. */
export function dot(runtime: number, a: ArraySlot, b: ArraySlot): Slot {
  if (a.kind !== b.kind) throw invalidType('other', 'an array of the same type', 'one of another')
  if (a.length !== b.length) throw mismatch(a.shape, b.shape)
  begin(Code.Dot, 0, F64, F64, [])
  return finish(runtime, stream.outside(Type.Number), [a, b])
}

/** Running sums. */
export function scan(runtime: number, a: ArraySlot): ArraySlot {
  return run(runtime, Code.Scan, 0, a.kind, a.shape, [a])
}

/** Ascending, as `TypedArray.prototype.sort`. */
export function sort(runtime: number, a: ArraySlot): ArraySlot {
  return run(runtime, Code.Sort, 0, a.kind, a.shape, [a])
}

/** A product of matrices; an array of one dimension is a row on the left, a column on the right. */
export function matmul(runtime: number, a: ArraySlot, b: ArraySlot): ArraySlot {
  if (a.kind !== b.kind || a.kind > 1) {
    throw invalidType('other', 'an array of floats, as this is one of the same,', b)
  }
  const isFit = [a, b].every(({ shape }) => shape.length === 1 || shape.length === 2)
  const [inner, other] = [a.shape.at(-1), b.shape.at(-2) ?? b.shape[0]]
  if (!isFit || inner !== other) throw mismatch(a.shape, b.shape)
  const shape = [...a.shape.slice(0, -1), ...(b.shape.length === 2 ? b.shape.slice(1) : [])]
  return run(runtime, Code.Matmul, 0, a.kind, shape, [a, b])
}

/** A part of it. */
export function slice(runtime: number, a: ArraySlot, slices: readonly Slice[]): ArraySlot {
  if (slices.length > a.shape.length) {
    throw outOfRange('slices.length', `at most ${a.shape.length}`, slices.length)
  }
  const shape = a.shape.map((side, i) => countOf(slices[i] ?? {}, side))
  begin(Code.Slice, 0, a.kind, a.kind, shape)
  return finish(runtime, stream.arraySlot(a.kind, shape), [a], slices)
}

/** The same elements in another shape. */
export function reshape(runtime: number, a: ArraySlot, shape: unknown): ArraySlot {
  return run(runtime, Code.Reshape, 0, a.kind, checkShape(shape, a.length), [a])
}

/** Elements of `left` where the condition is not 0, else of `right`. */
export function where(
  runtime: number,
  condition: ArraySlot,
  left: unknown,
  right: unknown,
): ArraySlot {
  const [a, b] = [source(undefined, left), source(undefined, right)]
  const kinds = [a, b].flatMap((one) => (one instanceof ArraySlot ? [one.kind] : []))
  if (condition.kind !== U8) throw invalidType('this', 'a Uint8Array', condition)
  if (kinds.length === 2 && kinds[0] !== kinds[1]) {
    throw invalidType('other', 'an array of the same type', right)
  }
  const kind = kinds[0] ?? F64
  let { shape } = condition
  for (const one of [a, b]) if (one instanceof ArraySlot) shape = broadcast(shape, one.shape)
  return run(runtime, Code.Where, 0, kind, shape, [condition, a, b], kind)
}

function run(
  runtime: number,
  code: Code,
  detail: number,
  kind: number,
  shape: readonly number[],
  sources: readonly Source[],
  numbers = kind,
): ArraySlot {
  begin(code, detail, kind, numbers, shape)
  return finish(runtime, stream.arraySlot(kind, shape), sources)
}

/** The words of a request: see `native/runtime/array_task.cc`. */
function begin(
  code: Code,
  detail: number,
  kind: number,
  numbers: number,
  shape: readonly number[],
): void {
  at = 0
  write(code, detail, kind, numbers, shape.length, ...shape)
}

function finish<S extends Slot>(
  runtime: number,
  result: S,
  sources: readonly Source[],
  slices: readonly Slice[] = [],
): S {
  write(sources.length)
  for (const one of sources) {
    if (typeof one === 'number') write(0, one)
    else if (one instanceof ArraySlot)
      write(1, one.handle, one.kind, one.shape.length, ...one.shape)
    else write(2, one.handle)
  }
  write(slices.length)
  for (const { start = Number.NaN, end = Number.NaN, step = 1 } of slices) write(start, end, step)
  stream.flush()
  const bytes = result instanceof ArraySlot ? result.bytes : 0
  native.runArray(runtime, result.handle, words, at, bytes)
  return result
}

function write(...numbers: number[]): void {
  for (const number of numbers) words[at++] = number
}

function source(op: CommandCode | undefined, operand: unknown): Source {
  if (typeof operand === 'number' || operand instanceof ArraySlot) return operand
  if (operand instanceof Slot && operand.type === Type.Number) return operand
  const name = op === undefined ? 'where' : nameOf(op)
  throw invalidType('other', `an array or a number, for ${name} on arrays,`, operand)
}

function undefinedFor(op: CommandCode): TypeError {
  return invalidType('this', `something that has ${nameOf(op)}`, 'an array')
}

function shapeOf(array: TypedArray, shape: unknown): readonly number[] {
  return shape === undefined ? Object.freeze([array.length]) : checkShape(shape, array.length)
}

/** How many elements a slice of a dimension has. */
function countOf({ start, end, step = 1 }: Slice, side: number): number {
  for (const bound of [start, end, step]) {
    if (bound !== undefined && !Number.isSafeInteger(bound)) {
      if (typeof bound !== 'number') throw invalidType('slice', 'of integers', bound)
      throw outOfRange('slice', 'of integers', bound)
    }
  }
  if (step === 0) throw outOfRange('slice.step', 'not 0', step)
  const clamp = (bound: number, low: number, high: number) =>
    Math.min(high, Math.max(low, bound < 0 ? bound + side : bound))
  const [low, high] = step > 0 ? [0, side] : [-1, side - 1]
  const from = start === undefined ? (step > 0 ? 0 : side - 1) : clamp(start, low, high)
  const to = end === undefined ? (step > 0 ? side : -1) : clamp(end, low, high)
  return Math.max(0, Math.ceil((to - from) / step))
}
