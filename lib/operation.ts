/**
 * An operator that cannot be recorded yet: an operand is still to be written by JavaScript, or its
 * scheduler steps in JavaScript, or is paused.
 */
import { ArraySlot, kindOf } from './array-slot.js'
import * as arrays from './arrays.js'
import { Epoch, type Need, type Source, State, type Waiter } from './epoch.js'
import { BufferWriteUninitialized, invalidType, TaskCancelled } from './errors.js'
import { CommandCode } from './layout.js'
import { slotOf } from './native-value.js'
import type { Slot } from './slot.js'
import * as stream from './stream.js'
import type { Job, TaskScheduler } from './task-scheduler.js'
import { nameOf, typeOf } from './types.js'

/** As in `block.ts`. */
const SLICE_MS = 50

/** What to compute once all operands have come. */
export type Compute = (values: unknown[]) => unknown

/** The first operand of an assignment may be missing: then the operator initialises. */
export const Mode = { Pure: 0, Assign: 1 } as const
export type Mode = (typeof Mode)[keyof typeof Mode]

export class Operation implements Waiter, Source, Job {
  readonly result = new Epoch()
  readonly home: TaskScheduler
  readonly #operands: readonly Epoch[]
  readonly name: string
  #missing = 1
  #isEnded = false

  /** @internal Subscribes to its operands; `finish` is called once they are there. */
  constructor(scheduler: TaskScheduler, name: string, operands: readonly Epoch[]) {
    this.home = scheduler
    this.#operands = operands
    this.name = name
    this.result.source = this
    scheduler.began(this)
  }

  /** Waits for its operands. After the constructor, as it may be over when this returns. */
  start(): this {
    for (const operand of this.#operands) if (operand.subscribe(this)) this.#missing += 1
    this.arrive()
    return this
  }

  arrived(): void {
    this.arrive()
  }

  get isReady(): boolean {
    return this.#missing === 0 && !this.#isEnded
  }

  run(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    try {
      this.compute(this.home, this.#operands, this.result)
    } catch (error) {
      this.result.fail(error)
    }
    this.home.ended(this)
  }

  /** Computes `result`, or has it computed. Operands are settled. */
  protected compute(_: TaskScheduler, _operands: readonly Epoch[], _result: Epoch): void {}

  cancel(): void {
    if (this.giveUp(new TaskCancelled('the scheduler was disposed before the value came'))) return
    // It is on the stack, and nobody waits until it has returned.
    this.home.ended(this)
  }

  /** It will not run any more, and fails. False: it has begun. */
  giveUp(error: Error): boolean {
    if (this.#isEnded) return false
    this.#isEnded = true
    for (const operand of this.#operands) operand.unsubscribe(this)
    this.result.fail(error)
    this.home.ended(this)
    return true
  }

  need(): Need {
    for (const operand of this.#operands) {
      if (!operand.isSettled) return { kind: 'epoch', epoch: operand }
    }
    if (this.#isEnded) return { kind: 'nothing', why: 'it is running now' }
    return { kind: 'job', job: this }
  }

  describe(): string {
    return `operation '${this.name}'`
  }

  /** For reports. */
  get operands(): readonly Epoch[] {
    return this.#operands
  }

  private arrive(): void {
    this.#missing -= 1
    if (this.#missing === 0) this.home.enqueue(this)
  }
}

/** An operator of arithmetic. */
export class Arithmetic extends Operation {
  readonly #op: CommandCode
  readonly #mode: Mode

  constructor(
    scheduler: TaskScheduler,
    op: CommandCode,
    operands: readonly Epoch[],
    mode: Mode = Mode.Pure,
  ) {
    super(scheduler, nameOf(op), operands)
    this.#op = op
    this.#mode = mode
  }

  protected override compute(
    scheduler: TaskScheduler,
    operands: readonly Epoch[],
    result: Epoch,
  ): void {
    const [left, right = left] = operands as [Epoch, Epoch?]
    if (this.#mode === Mode.Assign && left.state === State.Abandoned) {
      result.settle(initialise(scheduler, this.#op, right.take()))
      return
    }
    if (left.state !== State.Value) throw left.reason()
    if (right.state !== State.Value) throw right.reason()
    const [l, r] = [left.native(), right.native()]
    if (l === undefined || r === undefined || (scheduler.runtime < 0 && !isArray(l, r))) {
      result.settle(stream.evaluate(this.#op, left.value, right.value))
      return
    }
    const isUnary = operands.length === 1
    bring(scheduler, result, operation(scheduler.helper, this.#op, l, isUnary ? undefined : r))
  }
}

/** What to compute of arrays that have come. */
export type OnArrays = (runtime: number, slots: readonly ArraySlot[]) => Slot

/** An operation that only arrays have. */
export class ArrayOperation extends Operation {
  readonly #f: OnArrays

  constructor(scheduler: TaskScheduler, name: string, operands: readonly Epoch[], f: OnArrays) {
    super(scheduler, name, operands)
    this.#f = f
  }

  protected override compute(
    scheduler: TaskScheduler,
    operands: readonly Epoch[],
    result: Epoch,
  ): void {
    const slots = operands.map((operand) => {
      const value = operand.take()
      return checkArraySlot(this.name, operand.native(), value)
    })
    bring(scheduler, result, this.#f(scheduler.helper, slots))
  }
}

/** Records an operator on native values of any kind. */
export function operation(runtime: number, op: CommandCode, left: Slot, right?: Slot): Slot {
  if (!isArray(left, right)) {
    if (right === undefined) return stream.unary(runtime, op, left)
    return stream.operation(runtime, op, left, right)
  }
  if (right === undefined) return arrays.unary(runtime, op, left as ArraySlot)
  return arrays.binary(runtime, op, left, right)
}

/**
 * Computes an operator on values that are there, before this returns.
 *
 * @throws TypeError, RangeError as the operator, and the failure itself
 */
export function evaluate(scheduler: TaskScheduler, op: CommandCode, values: unknown[]): unknown {
  const [left, right] = values
  if (values.every((value) => kindOf(value) === undefined)) {
    return stream.evaluate(op, left, right ?? left)
  }
  const slots = values.map((value) => slotOf(value) ?? stream.constant(value, 'other'))
  const result = operation(scheduler.helper, op, slots[0] as Slot, slots[1])
  while (!stream.wait(result, SLICE_MS));
  return stream.take(result)
}

/** @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no array */
export function checkArraySlot(name: string, slot: Slot | undefined, value?: unknown): ArraySlot {
  if (slot instanceof ArraySlot) return slot
  throw invalidType('this', `an array, for ${name},`, value ?? 'another value')
}

function isArray(left: Slot, right: Slot | undefined): boolean {
  return left instanceof ArraySlot || right instanceof ArraySlot
}

/** Who steps in JavaScript has the value before anything else runs, so that a seed decides all. */
function bring(scheduler: TaskScheduler, result: Epoch, slot: Slot): void {
  if (scheduler.runtime > 0) {
    result.become(slot)
    return
  }
  while (!stream.wait(slot, SLICE_MS));
  result.slot = slot
  result.settle(stream.take(slot))
}

/** A function of the program's, on this thread. */
export class Call extends Operation {
  readonly #f: Compute

  constructor(scheduler: TaskScheduler, name: string, operands: readonly Epoch[], f: Compute) {
    super(scheduler, name, operands)
    this.#f = f
  }

  protected override compute(_: TaskScheduler, operands: readonly Epoch[], result: Epoch): void {
    const values = operands.map((operand) => operand.take())
    result.settle(this.#f(values))
  }
}

/** What `empty op= operand` leaves. */
function initialise(scheduler: TaskScheduler, op: CommandCode, operand: unknown): unknown {
  if (kindOf(operand) === undefined) typeOf('other', operand)
  if (op === CommandCode.Add) return operand
  if (op === CommandCode.Sub) return evaluate(scheduler, CommandCode.Neg, [operand])
  throw new BufferWriteUninitialized()
}
