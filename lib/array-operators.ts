/**
 * The operators that only arrays have.
 */
import type { TypedArray } from './array-slot.js'
import * as arrays from './arrays.js'
import type { Async } from './async.js'
import { type Now, onArrays } from './operate.js'
import type { OnArrays } from './operation.js'
import { Operators, type Plain } from './operators.js'

const { Reduction } = arrays

/**
 * Reductions give the same bits whatever the number of threads: the order of their additions goes
 * by the number of elements only (`native/kernels/array/reduce.h`).
 */
export abstract class ArrayOperators<T> extends Operators<T> {
  /** @internal */
  abstract now(value?: unknown): Now

  /** @internal */
  protected abstract wrap<R>(now: Now): Async<R>

  /** The sum of all elements. Of none it is 0. */
  sum(): Async<number> {
    return this.reduceArrays('sum', Reduction.Sum)
  }

  /** The product of all elements, in doubles. Of none it is 1. */
  prod(): Async<number> {
    return this.reduceArrays('prod', Reduction.Prod)
  }

  /** The least element; `NaN` if one is. Of none it fails with `ERR_HEDDLE_EMPTY_ARRAY`. */
  min(): Async<number> {
    return this.reduceArrays('min', Reduction.Min)
  }

  /** The greatest element, as {@link min}. */
  max(): Async<number> {
    return this.reduceArrays('max', Reduction.Max)
  }

  /** The sum divided by the count. Of none it is `NaN`. */
  mean(): Async<number> {
    return this.reduceArrays('mean', Reduction.Mean)
  }

  /** The first index of the least element, in the order of memory, as {@link min}. */
  argmin(): Async<number> {
    return this.reduceArrays('argmin', Reduction.ArgMin)
  }

  /** The first index of the greatest element. */
  argmax(): Async<number> {
    return this.reduceArrays('argmax', Reduction.ArgMax)
  }

  /**
   * The sum of the products of elements.
   *
   * @throws RangeError with code `ERR_HEDDLE_SHAPE` if there are not as many on both sides
   */
  dot(other: Async<Plain<T>> | Plain<T>): Async<number> {
    return this.onArrays('dot', [other], (runtime, [a, b]) => arrays.dot(runtime, one(a), one(b)))
  }

  /** Running sums: element i is the sum of elements 0 to i. */
  scan(): Async<T> {
    return this.onArrays('scan', [], (runtime, [a]) => arrays.scan(runtime, one(a)))
  }

  /** The elements in ascending order, as `TypedArray.prototype.sort`. */
  sort(): Async<T> {
    return this.onArrays('sort', [], (runtime, [a]) => arrays.sort(runtime, one(a)))
  }

  /**
   * The product of two matrices of floats. An array of one dimension is a row on the left, and a
   * column on the right.
   *
   * @throws RangeError with code `ERR_HEDDLE_SHAPE` if the inner sides differ
   */
  matmul(other: Async<Plain<T>> | Plain<T>): Async<T> {
    return this.onArrays('matmul', [other], (runtime, [a, b]) =>
      arrays.matmul(runtime, one(a), one(b)),
    )
  }

  /**
   * The same elements in another shape.
   *
   * @throws RangeError with code `ERR_OUT_OF_RANGE` if that has another number of elements
   */
  reshape(shape: readonly number[]): Async<T> {
    return this.onArrays('reshape', [], (runtime, [a]) => arrays.reshape(runtime, one(a), shape))
  }

  /**
   * A part, one slice for each dimension, the outermost first: elements from `start` to before
   * `end`, `step` apart. Negative bounds count from the end; a negative step goes backwards.
   *
   * @throws RangeError with code `ERR_OUT_OF_RANGE` if there are more slices than dimensions
   */
  slice(...slices: readonly arrays.Slice[]): Async<T> {
    return this.onArrays('slice', [], (runtime, [a]) => arrays.slice(runtime, one(a), slices))
  }

  /**
   * Elements of `left` where this, a `Uint8Array` as comparisons give, is not 0, else of `right`.
   *
   * @throws RangeError with code `ERR_HEDDLE_SHAPE` if the shapes do not fit
   */
  where<A extends TypedArray>(left: Async<A> | A | number, right: Async<A> | A | number): Async<A> {
    const operands = [left, right].filter((side) => typeof side !== 'number')
    return this.onArrays('where', operands, (runtime, [condition, ...rest]) => {
      const sides = [left, right].map((side) => (typeof side === 'number' ? side : rest.shift()))
      return arrays.where(runtime, one(condition), sides[0], sides[1])
    })
  }

  // Not private to the engine: every instance would carry a brand.
  private reduceArrays(name: string, how: arrays.Reduction): Async<number> {
    return this.onArrays(name, [], (runtime, [a]) => arrays.reduce(runtime, how, one(a)))
  }

  private onArrays<R>(name: string, others: readonly unknown[], f: OnArrays): Async<R> {
    const operands = [this.now(), ...others.map((other) => this.now(other))]
    return this.wrap<R>(onArrays(name, operands, f))
  }
}

/** There are as many slots as operands. */
function one<S>(slot: S | undefined): S {
  return slot as S
}
