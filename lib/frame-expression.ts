/**
 * Expressions of a frame graph's scalars: written with the operators of an `Async`, once, and
 * computed natively in every frame.
 */
import type { Async } from './async.js'
import { FrameGraphError, invalidType } from './errors.js'
import type { FrameStorage } from './frame-storage.js'
import { CommandCode, type Type } from './layout.js'
import { Operators } from './operators.js'
import { signature, typeOf, type Value } from './types.js'

/** One operation on registers: code, type of the operands, left, right, result. */
export type Step = [code: CommandCode, operands: Type, left: number, right: number, result: number]

/** All the registers of a graph's frames, and what each frame begins with in them. */
export class Registers {
  readonly initial: { readonly type: Type; readonly value: Value }[] = []
  readonly #of = new Map<FrameStorage, number>()
  readonly #constants = new Map<string, number>()

  /** The one of an input or a scalar. */
  of(storage: FrameStorage, type: Type, value: Value): number {
    let register = this.#of.get(storage)
    if (register === undefined) {
      register = this.add(type, value)
      this.#of.set(storage, register)
    }
    return register
  }

  find(storage: FrameStorage): number | undefined {
    return this.#of.get(storage)
  }

  constant(type: Type, value: Value): number {
    const is = Object.is(value, -0) ? '-0' : String(value)
    const name = `${type} ${is}`
    let register = this.#constants.get(name)
    if (register === undefined) {
      register = this.add(type, value)
      this.#constants.set(name, register)
    }
    return register
  }

  add(type: Type, value: Value): number {
    this.initial.push({ type, value })
    return this.initial.length - 1
  }
}

/** A scalar that a frame will have. */
export class Expression<T = unknown> extends Operators<T> {
  readonly #registers: Registers
  readonly #steps: Step[]
  readonly type: Type
  readonly register: number

  constructor(registers: Registers, steps: Step[], type: Type, register: number) {
    super()
    this.#registers = registers
    this.#steps = steps
    this.type = type
    this.register = register
  }

  protected binary<R>(op: CommandCode, other: unknown): Async<R> {
    const right = this.#operand(other)
    return this.#step(op, right)
  }

  protected unary<R>(op: CommandCode): Async<R> {
    return this.#step(op, this)
  }

  #operand(other: unknown): Expression {
    if (other instanceof Expression) {
      if (other.#steps === this.#steps) return other
      throw new FrameGraphError('an expression of another node: read what that one writes')
    }
    if (typeof other === 'object' && other !== null && 'getWait' in other) {
      throw invalidType('other', 'a scalar, or what r() gives: for an Async use an input', other)
    }
    const type = typeOf('other', other)
    const register = this.#registers.constant(type, other as Value)
    return new Expression(this.#registers, this.#steps, type, register)
  }

  #step<R>(op: CommandCode, right: Expression): Async<R> {
    const types = signature(op, this.type, right.type)
    const result = (types & 0xff) as Type
    const register = this.#registers.add(result, ZERO[result] as Value)
    this.#steps.push([op, (types >> 8) as Type, this.register, right.register, register])
    const made = new Expression<R>(this.#registers, this.#steps, result, register)
    return made as unknown as Async<R>
  }
}

const ZERO: readonly Value[] = [0, 0n, 0, false, 0]

/**
 * The steps of `f`, whose result goes into the register `to`.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it gives anything else
 */
export function stepsOf(
  registers: Registers,
  name: string,
  f: (r: (storage: FrameStorage) => unknown) => unknown,
  read: (storage: FrameStorage) => { readonly type: Type; readonly register: number },
  to: { readonly type: Type; readonly register: number },
): Step[] {
  const steps: Step[] = []
  const given = f((storage) => {
    const { type, register } = read(storage)
    return new Expression(registers, steps, type, register)
  })
  const expected = 'an expression of what r() gives, or a scalar'
  let result: { readonly type: Type; readonly register: number }
  if (given instanceof Expression) {
    result = given
  } else {
    const type = typeOf(`compute of '${name}'`, given)
    result = { type, register: registers.constant(type, given as Value) }
  }
  if (result.type !== to.type) {
    throw invalidType(`compute of '${name}'`, `${expected}, of the type of what it writes`, given)
  }
  steps.push([CommandCode.Constant, to.type, result.register, result.register, to.register])
  return withoutCopy(steps)
}

/** The last operation writes where the result goes, if it is the result. */
function withoutCopy(steps: Step[]): Step[] {
  const copy = steps.at(-1) as Step
  const last = steps.at(-2)
  if (last === undefined || last[4] !== copy[2]) return steps
  const [code, operands, left, right] = last
  return [...steps.slice(0, -2), [code, operands, left, right, copy[4]]]
}
