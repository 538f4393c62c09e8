/**
 * Which values native code can hold, and what they are there.
 */
import { kindOf, type TypedArray } from './array-slot.js'
import { arrayOf } from './arrays.js'
import { Complex } from './complex.js'
import { Type } from './layout.js'
import type { Slot } from './slot.js'
import * as stream from './stream.js'

export type { Value } from './stream.js'

/** What the value is natively, or undefined: only JavaScript can read it. */
export function typeOf(value: unknown): Type | undefined {
  if (typeof value === 'number') return Type.Number
  if (typeof value === 'boolean') return Type.Boolean
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? Type.BigInt : undefined
  if (value instanceof Complex) return Type.Complex
  return kindOf(value) === undefined ? undefined : Type.Array
}

/** The value in native memory, or undefined if it cannot be there. */
export function slotOf(value: unknown): Slot | undefined {
  const type = typeOf(value)
  if (type === Type.Array) return arrayOf('value', value as TypedArray)
  return type === undefined ? undefined : stream.constant(value)
}
