/**
 * The operators of an `Async`, a line each: what they take and give, `types.ts` says.
 */
import type { TypedArray } from './array-slot.js'
import type { Async } from './async.js'
import type { Complex } from './complex.js'
import { CommandCode } from './layout.js'

/** What an operator takes beside an `Async<T>`: another one, or a plain value. */
export type Operand<T> = Async<Plain<T>> | Plain<T> | Partner<T>

/** An array, whatever its memory. */
export type Plain<T> = T extends Float64Array
  ? Float64Array
  : T extends Float32Array
    ? Float32Array
    : T extends Int32Array
      ? Int32Array
      : T extends Uint32Array
        ? Uint32Array
        : T extends Int16Array
          ? Int16Array
          : T extends Uint16Array
            ? Uint16Array
            : T extends Int8Array
              ? Int8Array
              : T extends Uint8Array
                ? Uint8Array
                : T

/** A number stays a number whatever its literal type, `new Async(1)` is an `Async<number>`. */
export type Widen<T> = T extends number
  ? number
  : T extends bigint
    ? bigint
    : T extends boolean
      ? boolean
      : T

/** What a tuple of `Async` and plain values comes to. */
export type Values<T extends readonly unknown[]> = {
  -readonly [K in keyof T]: T[K] extends Async<infer V> ? V : T[K]
}

/** A number beside a complex number becomes one, and beside an array stands for many. */
type Partner<T> = T extends number
  ? Async<Complex> | Complex
  : T extends Complex | TypedArray
    ? Async<number> | number
    : never

/** What comparisons and logic give. */
export type Flag<T> = T extends TypedArray ? Uint8Array : boolean

/** What both become. */
export type Common<T, O> = O extends Async<Complex> | Complex ? Complex : T

/** The size of a complex number is a number. */
type Size<T> = T extends Complex ? number : T

/**
 * What all operators have in common: a `TypeError` with code `ERR_INVALID_ARG_TYPE` at the call for
 * operands that have no such operator, as far as they are known. On bigints a result beyond 64 bits
 * is a failure with code `ERR_HEDDLE_OVERFLOW`.
 */
export abstract class Operators<T> {
  /** @internal */
  protected abstract binary<R>(op: CommandCode, other: unknown): Async<R>

  /** @internal */
  protected abstract unary<R>(op: CommandCode): Async<R>

  /** The sum. */
  add<O extends Operand<T>>(other: O): Async<Common<T, O>> {
    return this.binary(CommandCode.Add, other)
  }

  /** The difference. */
  sub<O extends Operand<T>>(other: O): Async<Common<T, O>> {
    return this.binary(CommandCode.Sub, other)
  }

  /** The product. */
  mul<O extends Operand<T>>(other: O): Async<Common<T, O>> {
    return this.binary(CommandCode.Mul, other)
  }

  /**
   * The quotient. On bigints it is truncated toward zero, and by `0n` it is a failure with code
   * `ERR_HEDDLE_DIVIDE_BY_ZERO`.
   */
  div<O extends Operand<T>>(other: O): Async<Common<T, O>> {
    return this.binary(CommandCode.Div, other)
  }

  /** What `%` leaves, with the sign of the left side. By `0n` as {@link Operators.div}. */
  rem(other: Operand<T>): Async<T> {
    return this.binary(CommandCode.Rem, other)
  }

  /**
   * The power. On bigints, a negative exponent is a failure with code
   * `ERR_HEDDLE_NEGATIVE_EXPONENT`; on complex numbers it is the principal value.
   */
  pow<O extends Operand<T>>(other: O): Async<Common<T, O>> {
    return this.binary(CommandCode.Pow, other)
  }

  /** The lesser of both, as `Math.min`: `NaN` if one is. */
  minimum(other: Operand<T>): Async<T> {
    return this.binary(CommandCode.Minimum, other)
  }

  /** The greater of both, as `Math.max`: `NaN` if one is. */
  maximum(other: Operand<T>): Async<T> {
    return this.binary(CommandCode.Maximum, other)
  }

  /** Whether both are equal: `NaN` equals nothing. */
  eq(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Eq, other)
  }

  /** Whether they differ. */
  ne(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Ne, other)
  }

  /** Whether this is less. */
  lt(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Lt, other)
  }

  /** Whether this is less or equal. */
  le(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Le, other)
  }

  /** Whether this is greater. */
  gt(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Gt, other)
  }

  /** Whether this is greater or equal. */
  ge(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Ge, other)
  }

  /** Whether both are true. Booleans and arrays only. */
  and(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.And, other)
  }

  /** Whether one is true, or both. Booleans and arrays only. */
  or(other: Operand<T>): Async<Flag<T>> {
    return this.binary(CommandCode.Or, other)
  }

  /** Whether it is false. Booleans and arrays only. */
  not(): Async<Flag<T>> {
    return this.unary(CommandCode.Not)
  }

  /** The negative. */
  neg(): Async<T> {
    return this.unary(CommandCode.Neg)
  }

  /** The size without the sign; of a complex number its distance from 0. */
  abs(): Async<Size<T>> {
    return this.unary(CommandCode.Abs)
  }

  /** The square root. Of numbers as `Math.sqrt`, of complex numbers the principal one. */
  sqrt(): Async<T> {
    return this.unary(CommandCode.Sqrt)
  }

  /** e to the power of it. */
  exp(): Async<T> {
    return this.unary(CommandCode.Exp)
  }

  /** The natural logarithm. Of complex numbers the principal value. */
  log(): Async<T> {
    return this.unary(CommandCode.Log)
  }

  /** The sine. Numbers and arrays only. */
  sin(): Async<T> {
    return this.unary(CommandCode.Sin)
  }

  /** The cosine. Numbers and arrays only. */
  cos(): Async<T> {
    return this.unary(CommandCode.Cos)
  }

  /** The tangent. Numbers and arrays only. */
  tan(): Async<T> {
    return this.unary(CommandCode.Tan)
  }

  /** The hyperbolic tangent. Numbers and arrays only. */
  tanh(): Async<T> {
    return this.unary(CommandCode.Tanh)
  }

  /** The greatest whole number that is not above. Numbers and arrays only. */
  floor(): Async<T> {
    return this.unary(CommandCode.Floor)
  }

  /** The least whole number that is not below. Numbers and arrays only. */
  ceil(): Async<T> {
    return this.unary(CommandCode.Ceil)
  }

  /** The nearest whole number, as `Math.round`: halves go up. Numbers and arrays only. */
  round(): Async<T> {
    return this.unary(CommandCode.Round)
  }

  /** The complex conjugate. Complex numbers only. */
  conj(): Async<T> {
    return this.unary(CommandCode.Conj)
  }

  /** The real part. Complex numbers only. */
  real(): Async<number> {
    return this.unary(CommandCode.Real)
  }

  /** The imaginary part. Complex numbers only. */
  imag(): Async<number> {
    return this.unary(CommandCode.Imag)
  }

  /** The angle to the positive real axis, from -π to π. Complex numbers only. */
  arg(): Async<number> {
    return this.unary(CommandCode.Arg)
  }
}
