/** Awkward operands, and what JavaScript itself makes of them. */
import { CommandCode } from '../../dist/layout.js'
import type { Value } from '../../dist/types.js'

const C = CommandCode
export const MAX = 2n ** 63n - 1n
export const MIN = -(2n ** 63n)

export const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, -0.5, 1.5, 2.5, -2.5, 3, -3, 1 / 3, 0.49999999999999994, -0.2],
  ...[4503599627370495.5, 2 ** 53 - 1, -(2 ** 53), 1e308, -1e308, 5e-324, 2.2250738585072014e-308],
  ...[Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN],
]

export const BIGINTS = [
  ...[0n, 1n, -1n, 2n, -2n, 3n, -7n, 10n, 62n, 63n, 64n, 2n ** 31n, -(2n ** 31n), 2n ** 32n],
  ...[3037000499n, 3037000500n, 2n ** 62n, MAX - 1n, MAX, MIN + 1n, MIN],
]

/** What JavaScript has itself, to the bit. */
export const EXACT: [CommandCode, (a: number, b: number) => Value][] = [
  [C.Add, (a, b) => a + b],
  [C.Sub, (a, b) => a - b],
  [C.Mul, (a, b) => a * b],
  [C.Div, (a, b) => a / b],
  [C.Rem, (a, b) => a % b],
  [C.Minimum, Math.min],
  [C.Maximum, Math.max],
  [C.Eq, (a, b) => a === b],
  [C.Ne, (a, b) => a !== b],
  [C.Lt, (a, b) => a < b],
  [C.Le, (a, b) => a <= b],
  [C.Gt, (a, b) => a > b],
  [C.Ge, (a, b) => a >= b],
  [C.Neg, (a) => -a],
  [C.Abs, Math.abs],
  [C.Sqrt, Math.sqrt],
  [C.Floor, Math.floor],
  [C.Ceil, Math.ceil],
  [C.Round, Math.round],
]

/** What it has as well, but leaves the last digits of to whoever computes it. */
export const CLOSE: [CommandCode, (a: number, b: number) => number][] = [
  [C.Pow, (a, b) => a ** b],
  [C.Exp, Math.exp],
  [C.Log, Math.log],
  [C.Sin, Math.sin],
  [C.Cos, Math.cos],
  [C.Tan, Math.tan],
  [C.Tanh, Math.tanh],
]

export const BIG: [CommandCode, (a: bigint, b: bigint) => Value][] = [
  [C.Add, (a, b) => a + b],
  [C.Sub, (a, b) => a - b],
  [C.Mul, (a, b) => a * b],
  [C.Div, (a, b) => a / b],
  [C.Rem, (a, b) => a % b],
  [C.Pow, bigPow],
  [C.Minimum, (a, b) => ascending(a, b)[0]],
  [C.Maximum, (a, b) => ascending(a, b)[1]],
  [C.Eq, (a, b) => a === b],
  [C.Ne, (a, b) => a !== b],
  [C.Lt, (a, b) => a < b],
  [C.Le, (a, b) => a <= b],
  [C.Gt, (a, b) => a > b],
  [C.Ge, (a, b) => a >= b],
  [C.Neg, (a) => -a],
  [C.Abs, (a) => (a < 0n ? -a : a)],
]

function ascending(a: bigint, b: bigint): [bigint, bigint] {
  return a < b ? [a, b] : [b, a]
}

/** JavaScript's own would take for ever where the result does not fit anyway. */
function bigPow(a: bigint, b: bigint): bigint {
  if (b < 0n) throw new RangeError('a negative exponent')
  if (b <= 64n) return a ** b
  if (a === 0n || a === 1n) return a
  return a === -1n ? (b % 2n === 0n ? 1n : -1n) : MAX + 1n
}
