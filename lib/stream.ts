/**
 * This thread's side of the command stream: operations go out as words in a buffer, a batch at a
 * time. What comes back is in `post.ts`.
 *
 * It exports nothing of another file: with one accessor among them V8 keeps a module's exports in
 * a hash table, and each call takes 3 ns more.
 */

import { ArraySlot } from './array-slot.js'
import { CallSlot, type Read } from './call-slot.js'
import type { Complex } from './complex.js'
import { COMMAND, CommandCode, Form, Type } from './layout.js'
import { native } from './native.js'
import { deliver } from './post.js'
import { readValue, records } from './records.js'
import { dropResults } from './shared-results.js'
import { type Slot, Slots } from './slot.js'
import { readSlot } from './slot-value.js'
import { isUnary, signature, typeOf, type Value } from './types.js'

export type { Value } from './types.js'

/** As many as stay in the processor's first cache between us and native code. */
const COMMANDS = 512
/** Behind them, the operands of an operation that is computed at once. */
const SCRATCH = 2
const WORD = 4

/** A command and its fields, in words. */
const WORDS = COMMAND.bytes / WORD
const DESTINATION = COMMAND.destination / WORD
const LEFT = COMMAND.sources / WORD
const RIGHT = LEFT + 1
const VALUE = COMMAND.value / WORD

const commands = new ArrayBuffer((COMMANDS + SCRATCH) * COMMAND.bytes)
const commandInts = new Uint32Array(commands)
const commandFloats = new Float64Array(commands)
const commandBigInts = new BigInt64Array(commands)

const slots = new Slots(freeBlock)
/** Its reactions run at the turn's end, for a third of what `queueMicrotask` takes. */
const settled = Promise.resolve()
let count = 0
let home = 0
/** True: what is recorded will be handed over when the turn ends. */
let isScheduled = false

native.open(new Uint8Array(records), new Uint8Array(commands), deliver)

/**
 * Records a value that is there.
 *
 * @throws TypeError, RangeError as {@link typeOf}
 */
export function constant(value: unknown, name = 'value'): Slot {
  const type = typeOf(name, value)
  const slot = slots.take(type)
  const at = command(CommandCode.Constant | (type << 8), slot.handle)
  writeValue(at, type, value as Value)
  return slot
}

/**
 * Records an operation on two slots for `runtime` to compute.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if there is no such operation on their types
 */
export function operation(runtime: number, op: CommandCode, left: Slot, right: Slot): Slot {
  const types = signature(op, left.type, right.type)
  if (home !== runtime) enter(runtime)
  const slot = slots.take((types & 0xff) as Type)
  const at = command(op | (types << 8), slot.handle)
  commandInts[at + LEFT] = left.handle
  commandInts[at + RIGHT] = right.handle
  return slot
}

/** The same with a plain value on the right. Throws as {@link typeOf}, too. */
export function operationRight(runtime: number, op: CommandCode, left: Slot, value: unknown): Slot {
  const type = typeof value === 'number' ? Type.Number : typeOf('other', value)
  const types = signature(op, left.type, type)
  if (home !== runtime) enter(runtime)
  const slot = slots.take((types & 0xff) as Type)
  const at = command(op | (types << 8) | (Form.ValueRight << 24), slot.handle)
  commandInts[at + LEFT] = left.handle
  writeOperand(at, type, types >> 8, value as Value)
  return slot
}

/** The same with a plain value on the left. */
export function operationLeft(runtime: number, op: CommandCode, value: unknown, right: Slot): Slot {
  const type = typeof value === 'number' ? Type.Number : typeOf('left', value)
  const types = signature(op, type, right.type)
  if (home !== runtime) enter(runtime)
  const slot = slots.take((types & 0xff) as Type)
  const at = command(op | (types << 8) | (Form.ValueLeft << 24), slot.handle)
  commandInts[at + RIGHT] = right.handle
  writeOperand(at, type, types >> 8, value as Value)
  return slot
}

/** Records an operation on one slot. Throws as {@link operation}. */
export function unary(runtime: number, op: CommandCode, source: Slot): Slot {
  const types = signature(op, source.type, source.type)
  if (home !== runtime) enter(runtime)
  const slot = slots.take((types & 0xff) as Type)
  const at = command(op | (types << 8), slot.handle)
  commandInts[at + LEFT] = source.handle
  return slot
}

/**
 * Computes an operation on this thread, at once: the same bits and the same errors as natively.
 *
 * @throws TypeError, RangeError as {@link operationRight}, and the failure itself
 */
export function evaluate(op: CommandCode, left: unknown, right: unknown = left): Value {
  const leftType = typeOf('left', left)
  const rightType = isUnary(op) ? leftType : typeOf('right', right)
  const types = signature(op, leftType, rightType)
  const at = COMMANDS * WORDS
  commandInts[at] = CommandCode.Constant | (types << 8)
  writeOperand(at, leftType, types >> 8, left as Value)
  if (!isUnary(op)) writeOperand(at + WORDS, rightType, types >> 8, right as Value)
  native.evaluate(op, types & 0xff, COMMANDS)
  return readValue((types & 0xff) as Type, 0)
}

/**
 * Computes the next version of a shared value from its newest one and `value`. False: it cannot be
 * done at once, and nothing has happened.
 *
 * @throws TypeError, RangeError as {@link operationRight}
 */
export function assign(key: number, runtime: number, op: CommandCode, value: unknown): boolean {
  const type = typeOf('other', value)
  const types = signature(op, type, type)
  const at = COMMANDS * WORDS
  commandInts[at] = CommandCode.Constant | (types << 8)
  writeValue(at, type, value as Value)
  return native.assignValue(key, runtime, op, COMMANDS) !== 0
}

/** A slot whose value native code will bring. */
export function outside(type: Type): Slot {
  return slots.take(type)
}

/**
 * A slot for what a call about the file `path` will bring: its contents, or what `read` makes of
 * the handle. For errors, a call may have a `destination`, too.
 */
export function fileSlot(path: string | undefined, read?: Read, destination?: string): CallSlot {
  return slots.make((block, handle) => new CallSlot(block, handle, path, read, destination))
}

/** A slot for an array. */
export function arraySlot(kind: number, shape: readonly number[]): ArraySlot {
  return slots.make((block, handle) => new ArraySlot(block, handle, kind, shape))
}

/** Hands over what was recorded, and records nothing more for `runtime`, which is to be closed. */
export function leave(runtime: number): void {
  flush()
  if (home === runtime) home = 0
}

/** Hands over what was recorded. */
export function flush(): void {
  if (count === 0) return
  const batch = count
  count = 0
  native.consume(home, batch)
}

/** True once the slot has its value or its failure. */
export function isReady(slot: Slot): boolean {
  flush()
  return native.read(slot.handle) !== 0
}

/**
 * The value of a slot that is ready.
 *
 * @throws the failure that came instead
 */
export function take(slot: Slot): Value {
  flush()
  native.read(slot.handle)
  return readSlot(slot, 0)
}

/** Waits at most so long; true: the slot is ready. */
export function wait(slot: Slot, milliseconds: number): boolean {
  flush()
  return native.wait(slot.handle, milliseconds) !== 0
}

/** Begins a command: where it is, in words. */
function command(head: number, handle: number): number {
  if (count === COMMANDS) flush()
  if (!isScheduled) schedule()
  const at = count++ * WORDS
  commandInts[at] = head
  commandInts[at + DESTINATION] = handle
  return at
}

function schedule(): void {
  isScheduled = true
  void settled.then(endTurn)
}

function endTurn(): void {
  isScheduled = false
  flush()
}

function enter(runtime: number): void {
  flush()
  home = runtime
}

/** Writes the value of the command at `at`. */
function writeValue(at: number, type: Type, value: Value): void {
  const value64 = (at + VALUE) / 2
  if (type === Type.Number) commandFloats[value64] = value as number
  else if (type === Type.BigInt) commandBigInts[value64] = value as bigint
  else if (type === Type.Boolean) commandInts[at + VALUE] = value ? 1 : 0
  else {
    commandFloats[value64] = (value as Complex).re
    commandFloats[value64 + 1] = (value as Complex).im
  }
}

/** The same for an operand, which may have to become another type. */
function writeOperand(at: number, type: Type, operands: number, value: Value): void {
  if (type !== operands) commandFloats[(at + VALUE) / 2 + 1] = 0
  writeValue(at, type, value)
}

function freeBlock(block: number): void {
  dropResults(block)
  command(CommandCode.FreeBlock, block)
}
