/**
 * The operators as functions, so that the left side may be a plain value: `sub(1, x)`.
 */
import type { TypedArray } from './array-slot.js'
import { Async } from './async.js'
import type { Complex } from './complex.js'
import { CommandCode } from './layout.js'
import type { Plain } from './operators.js'

type Scalar = number | bigint | boolean | Complex
type Arrays = { [K in keyof Kinds]: Async<Kinds[K]> | Kinds[K] }[keyof Kinds]

/** An operand of a function: one of them is an `Async`, usually. */
export type Argument =
  | Arrays
  | Async<number>
  | Async<bigint>
  | Async<boolean>
  | Async<Complex>
  | Scalar

/** Of arrays, one of each kind. */
interface Kinds {
  f64: Float64Array
  f32: Float32Array
  i32: Int32Array
  u32: Uint32Array
  i16: Int16Array
  u16: Uint16Array
  i8: Int8Array
  u8: Uint8Array
}

type Widen<T> = T extends number
  ? number
  : T extends bigint
    ? bigint
    : T extends boolean
      ? boolean
      : T
type Held<A> = A extends Async<infer T> ? Plain<T> : Plain<Widen<A>>

/** What a function of two gives: a number beside a complex number becomes one. */
type Both<A, B> = Complex extends Held<A> | Held<B>
  ? Complex
  : Held<B> extends TypedArray
    ? Held<B>
    : Held<A>

/** As {@link Async.add}. */
export function add<A extends Argument, B extends Argument>(left: A, right: B): Async<Both<A, B>> {
  return Async.compute(CommandCode.Add, left, right)
}

/** As {@link Async.sub}. */
export function sub<A extends Argument, B extends Argument>(left: A, right: B): Async<Both<A, B>> {
  return Async.compute(CommandCode.Sub, left, right)
}

/** As {@link Async.mul}. */
export function mul<A extends Argument, B extends Argument>(left: A, right: B): Async<Both<A, B>> {
  return Async.compute(CommandCode.Mul, left, right)
}

/** As {@link Async.div}. */
export function div<A extends Argument, B extends Argument>(left: A, right: B): Async<Both<A, B>> {
  return Async.compute(CommandCode.Div, left, right)
}

/** As {@link Async.rem}. */
export function rem<A extends Argument, B extends Argument>(left: A, right: B): Async<Both<A, B>> {
  return Async.compute(CommandCode.Rem, left, right)
}

/** As {@link Async.pow}. */
export function pow<A extends Argument, B extends Argument>(left: A, right: B): Async<Both<A, B>> {
  return Async.compute(CommandCode.Pow, left, right)
}

/** As {@link Async.minimum}. */
export function minimum<A extends Argument>(left: A, right: Argument): Async<Held<A>> {
  return Async.compute(CommandCode.Minimum, left, right)
}

/** As {@link Async.maximum}. */
export function maximum<A extends Argument>(left: A, right: Argument): Async<Held<A>> {
  return Async.compute(CommandCode.Maximum, left, right)
}

/** As {@link Async.eq}. */
export function eq(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Eq, left, right)
}

/** As {@link Async.ne}. */
export function ne(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Ne, left, right)
}

/** As {@link Async.lt}. */
export function lt(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Lt, left, right)
}

/** As {@link Async.le}. */
export function le(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Le, left, right)
}

/** As {@link Async.gt}. */
export function gt(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Gt, left, right)
}

/** As {@link Async.ge}. */
export function ge(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Ge, left, right)
}

/** As {@link Async.and}. */
export function and(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.And, left, right)
}

/** As {@link Async.or}. */
export function or(left: Argument, right: Argument): Async<boolean> {
  return Async.compute(CommandCode.Or, left, right)
}
