/**
 * Which operator takes what and gives what, as `native/kernels/scalar.h` has it.
 */
import type { TypedArray } from './array-slot.js'
import { Complex } from './complex.js'
import { invalidType, outOfRange, withCode } from './errors.js'
import { CommandCode, Type } from './layout.js'

/** What an `Async` may hold. */
export type Value = number | bigint | boolean | Complex | TypedArray

const TYPES = Object.keys(Type).length
const { Number: N, BigInt: B, Boolean: L, Complex: C } = Type

/** How users call a type, by its number. */
const NAMES = [
  'a number',
  'a bigint',
  'the bytes of a file',
  'a boolean',
  'a complex number',
  'an array',
]

/** How users write an operation: an infix sign, or a name. */
const SIGNS: readonly string[] = ['', '', '+', '-', '*', '/', '%', '**']

const METHODS = Object.keys(CommandCode).map((name) => name[0]?.toLowerCase() + name.slice(1))

/** The operations that are defined: for operands of a type, the type of the result. */
const DEFINED: [operands: Type, result: Type, names: (keyof typeof CommandCode)[]][] = [
  [N, N, ['Add', 'Sub', 'Mul', 'Div', 'Rem', 'Pow', 'Minimum', 'Maximum']],
  [N, L, ['Eq', 'Ne', 'Lt', 'Le', 'Gt', 'Ge']],
  [N, N, ['Neg', 'Abs', 'Sqrt', 'Exp', 'Log', 'Sin', 'Cos', 'Tan', 'Tanh']],
  [N, N, ['Floor', 'Ceil', 'Round']],
  [B, B, ['Add', 'Sub', 'Mul', 'Div', 'Rem', 'Pow', 'Minimum', 'Maximum']],
  [B, L, ['Eq', 'Ne', 'Lt', 'Le', 'Gt', 'Ge']],
  [B, B, ['Neg', 'Abs']],
  [L, L, ['And', 'Or', 'Eq', 'Ne', 'Not']],
  [C, C, ['Add', 'Sub', 'Mul', 'Div', 'Pow']],
  [C, L, ['Eq', 'Ne']],
  [C, C, ['Neg', 'Conj', 'Sqrt', 'Exp', 'Log']],
  [C, N, ['Real', 'Imag', 'Abs', 'Arg']],
]

const UNDEFINED = 0xff

/** By operation and type of the operands. */
const results = new Uint8Array(Object.keys(CommandCode).length * TYPES).fill(UNDEFINED)
for (const [operands, result, names] of DEFINED) {
  for (const name of names) results[CommandCode[name] * TYPES + operands] = result
}

/** By operation and both types: what the operands become and what the result is, or UNDEFINED. */
const signatures = new Uint16Array(results.length * TYPES).fill(UNDEFINED)
for (const op of Object.values(CommandCode)) {
  for (const left of Object.values(Type)) {
    for (const right of Object.values(Type)) {
      const operands = commonType(left, right)
      const result = operands === undefined ? UNDEFINED : resultOf(op, operands)
      if (operands === undefined || result === UNDEFINED) continue
      signatures[indexOf(op, left, right)] = result | (operands << 8)
    }
  }
}

/** The one type that both become: a number beside a complex number is one, too. */
function commonType(left: Type, right: Type): Type | undefined {
  if (left === right) return left
  const both = [left, right]
  return both.includes(Type.Number) && both.includes(Type.Complex) ? Type.Complex : undefined
}

function resultOf(op: CommandCode, operands: Type): number {
  return results[op * TYPES + operands] as number
}

function indexOf(op: CommandCode, left: Type, right: Type): number {
  return (op * TYPES + left) * TYPES + right
}

/** What users call the operation. */
export function nameOf(op: CommandCode): string {
  return METHODS[op] as string
}

/** True if the operation has one operand. */
export function isUnary(op: CommandCode): boolean {
  return op >= CommandCode.Neg
}

/** The type that an operation gives, or undefined where it is not defined. */
export function resultType(op: CommandCode, left: Type, right: Type = left): Type | undefined {
  const result = (signatures[indexOf(op, left, right)] as number) & 0xff
  return result === UNDEFINED ? undefined : (result as Type)
}

/**
 * What goes into a command: the type of the result, and above it that of both operands.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if there is no such operation
 * @internal
 */
export function signature(op: CommandCode, left: Type, right: Type): number {
  const found = signatures[indexOf(op, left, right)] as number
  if (found === UNDEFINED) throw refuse(op, left, right)
  return found
}

/**
 * The type of a plain value that is to be an operand or a constant.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it has none
 * @throws RangeError with code `ERR_OUT_OF_RANGE` if it is a bigint beyond 64 bits
 * @internal
 */
export function typeOf(name: string, value: unknown): Type {
  if (typeof value === 'number') return Type.Number
  if (typeof value === 'boolean') return Type.Boolean
  if (typeof value === 'bigint') {
    if (BigInt.asIntN(64, value) === value) return Type.BigInt
    throw outOfRange(name, 'a bigint of at most 64 bits', value)
  }
  if (value instanceof Complex) return Type.Complex
  throw invalidType(name, 'a number, a bigint, a boolean, a Complex or an Async', value)
}

/** What an operation on bigints was, for an error: `2n + 3n`, `-(2n)`, `abs(2n)`. */
export function describeOperation(op: CommandCode, left: bigint, right: bigint): string {
  const sign = SIGNS[op]
  if (sign !== undefined) return `${left}n ${sign} ${right}n`
  return op === CommandCode.Neg ? `-(${left}n)` : `${METHODS[op]}(${left}n)`
}

function refuse(op: CommandCode, left: Type, right: Type): TypeError {
  const takes = Object.values(Type).filter((type) => resultType(op, type) !== undefined)
  const got = isUnary(op) || left === right ? NAMES[left] : `${NAMES[left]} and ${NAMES[right]}`
  const kinds = takes.map((type) => NAMES[type]).join(' or ')
  const message = `${METHODS[op]} takes ${kinds}${isUnary(op) ? '' : ', twice'}: got ${got}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}
