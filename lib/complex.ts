/**
 * Complex numbers: what an `Async<Complex>` holds.
 */
import { invalidType } from './errors.js'

/**
 * A complex number. Immutable.
 *
 * @example
 * ```ts
 * const z = complex(2, -3)
 * console.log(`${z}`) // 2 - 3i
 * console.log(z.equals(complex(2, -3))) // true
 * ```
 */
export class Complex {
  /** The real part. */
  readonly re: number
  /** The imaginary part. */
  readonly im: number

  /** @throws TypeError with code `ERR_INVALID_ARG_TYPE` if a part is no number */
  constructor(re: number, im: number) {
    this.re = check('re', re)
    this.im = check('im', im)
    Object.freeze(this)
  }

  /** True for a complex number with the same parts: `0` equals `-0`, and `NaN` nothing. */
  equals(other: unknown): boolean {
    return other instanceof Complex && this.re === other.re && this.im === other.im
  }

  /** Such as `2 - 3i`. */
  toString(): string {
    const isNegative = this.im < 0 || Object.is(this.im, -0)
    return `${this.re} ${isNegative ? '-' : '+'} ${Math.abs(this.im)}i`
  }
}

/**
 * The complex number `re + im i`.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if a part is no number
 */
export function complex(re: number, im: number): Complex {
  return new Complex(re, im)
}

function check(name: string, part: unknown): number {
  if (typeof part !== 'number') throw invalidType(name, 'a number', part)
  return part
}
