/**
 * This thread's side of the command stream: operations go out as words in a buffer, results come
 * back as records (`records.ts`), both a batch at a time.
 *
 * It exports nothing of another file: with one accessor among them V8 keeps a module's exports in
 * a hash table, and each call takes 3 ns more.
 */
import { ArraySlot } from './array-slot.js'
import type { Complex } from './complex.js'
import { COMMAND, CommandCode, Form, Type } from './layout.js'
import { native } from './native.js'
import { readValue, records, throwFailure, tokenAt } from './records.js'
import { type Slot, Slots } from './slot.js'
import { isUnary, signature, typeOf, type Value } from './types.js'

export type { Value } from './types.js'

/** Who is told about the records of one token. */
export interface Receiver {
  /** Takes the records from `first` to the one before `end`. True: they were the last ones. */
  receive(first: number, end: number): boolean
}

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
const files = new WeakMap<Slot, FileValue>()
/** Its reactions run at the turn's end, for a third of what `queueMicrotask` takes. */
const settled = Promise.resolve()
/** By token, all of them even: who is told of several records. */
const receivers = new Map<number, Receiver>()
/** Who waits for one value: its token is 2 * index + 1. A hole: nobody, but a record will come. */
const watches: (Watch | undefined)[] = []
const freeIndices: number[] = []
/** Tokens of receivers that keep the process alive. */
const holding = new Set<number>()
let count = 0
let home = 0
/** True: what is recorded will be handed over when the turn ends. */
let isScheduled = false
let nextToken = 2
let holders = 0

native.open(new Uint8Array(records), new Uint8Array(commands), deliver)

/** Who waits for one value. */
class Watch {
  readonly slot: Slot
  readonly resolve: (value: Value) => void
  readonly reject: (error: unknown) => void
  /** It keeps the process alive. */
  readonly holds: boolean

  constructor(
    slot: Slot,
    resolve: (value: Value) => void,
    reject: (error: unknown) => void,
    holds: boolean,
  ) {
    this.slot = slot
    this.resolve = resolve
    this.reject = reject
    this.holds = holds
  }
}

/** In place of an index: the value is there. Its token is that of no watch. */
const THERE = -1

/** What belongs to the contents of a file, beside its slot. */
interface FileValue {
  /** For errors. */
  readonly path: string
  /** What was moved out of native memory. */
  bytes: Uint8Array | undefined
}

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

/** A slot whose value native code will bring: for `Bytes`, those of the file `path`. */
export function outside(type: Type, path = ''): Slot {
  const slot = slots.take(type)
  if (type === Type.Bytes) files.set(slot, { path, bytes: undefined })
  return slot
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

/**
 * Calls one of the two once the slot is ready, which may be before this returns. Returns what
 * `forget` takes. It keeps nothing alive by itself: see {@link hold}.
 */
export function watch(
  slot: Slot,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): number {
  const index = begin(slot)
  const watch = new Watch(slot, resolve, reject, false)
  if (index === THERE) tell(watch, 0)
  else watches[index] = watch
  return 2 * index + 1
}

/** A promise of the slot's value. It keeps the process alive while it is pending. */
export function promise(slot: Slot): Promise<Value> {
  const index = begin(slot)
  if (index !== THERE) {
    hold()
    return new Promise((resolve, reject) => {
      watches[index] = new Watch(slot, resolve, reject, true)
    })
  }
  try {
    return Promise.resolve(readSlot(slot, 0))
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Begins to watch: the index that is to be filled, or THERE, and then the first record says it. */
function begin(slot: Slot): number {
  flush()
  const index = freeIndices.at(-1) ?? watches.length
  if (native.watch(slot.handle, 2 * index + 1) !== 0) return THERE
  freeIndices.pop()
  return index
}

/** Keeps the process alive until as many `unhold`. */
export function hold(): void {
  holders += 1
  if (holders === 1) native.hold(true)
}

/** Ends one {@link hold}. */
export function unhold(): void {
  holders -= 1
  if (holders === 0) native.hold(false)
}

/** True: somebody awaits something. */
export function isHeld(): boolean {
  return holders > 0
}

/** Announces a receiver. Records keep nothing alive by themselves: see {@link hold}. */
export function announce(receiver: Receiver): number {
  const token = nextToken
  nextToken = (nextToken + 2) >>> 0 || 2
  receivers.set(token, receiver)
  return token
}

/** Announces a receiver, and keeps the process alive until its last record. */
export function expect(receiver: Receiver): number {
  hold()
  const token = announce(receiver)
  holding.add(token)
  return token
}

/** Nobody waits for the token any more: its records are dropped, and the process may end. */
export function forget(token: number): void {
  // The index of a watch is free again when its record comes.
  if (token % 2 !== 0) watches[(token - 1) / 2] = undefined
  else receivers.delete(token)
  if (holding.delete(token)) unhold()
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
  command(CommandCode.FreeBlock, block)
}

function deliver(delivered: number): void {
  for (let first = 0; first < delivered; ) {
    const token = tokenAt(first)
    let end = first + 1
    if (token % 2 === 1) {
      come(token, first)
    } else {
      while (end < delivered && tokenAt(end) === token) ++end
      if (receivers.get(token)?.receive(first, end)) forget(token)
    }
    first = end
  }
}

/** The value of a watch is there. */
function come(token: number, record: number): void {
  const index = (token - 1) / 2
  const watch = watches[index]
  watches[index] = undefined
  freeIndices.push(index)
  if (watch === undefined) return
  if (watch.holds) unhold()
  tell(watch, record)
}

function tell({ slot, resolve, reject }: Watch, record: number): void {
  let value: Value
  try {
    value = readSlot(slot, record)
  } catch (error) {
    reject(error)
    return
  }
  resolve(value)
}

/** The value of a slot from its record. Throws the failure that came instead. */
function readSlot(slot: Slot, record: number): Value {
  if (slot instanceof ArraySlot) {
    throwFailure(record)
    return slot.elements()
  }
  if (slot.type !== Type.Bytes) return readValue(slot.type, record)
  const file = files.get(slot) as FileValue
  throwFailure(record, file.path)
  file.bytes ??= new Uint8Array(native.takeBytes(slot.handle))
  return file.bytes
}
