/**
 * This thread's side of the command stream: operations go out as words in a buffer, results come
 * back as records in another, both a batch at a time.
 */
import { IoError, TaskCancelled, withCode } from './errors.js'
import { CALLS, COMMAND, CommandCode, Fault, RECORD, Type } from './layout.js'
import { native } from './native.js'
import { type Slot, Slots } from './slot.js'

/** What an `Async` may hold. */
export type Value = number | bigint | Uint8Array

/** Who is told about the records of one token. */
export interface Receiver {
  /** Takes the records from `first` to the one before `end`. True: they were the last ones. */
  receive(first: number, end: number): boolean
}

const COMMANDS = 4096
const RECORDS = 1024
const HASH_BYTES = 16
const WORD = 4
const DOUBLE = 8
const commandWords = COMMAND.bytes / WORD
const recordWords = RECORD.bytes / WORD
const recordDoubles = RECORD.bytes / DOUBLE

const commands = new ArrayBuffer(COMMANDS * COMMAND.bytes)
const commandInts = new Uint32Array(commands)
const commandFloats = new Float64Array(commands)
const commandBigInts = new BigInt64Array(commands)

const records = new ArrayBuffer(RECORDS * RECORD.bytes)
const recordInts = new Int32Array(records)
const recordUints = new Uint32Array(records)
const recordFloats = new Float64Array(records)
const recordBigInts = new BigInt64Array(records)

const hashBytes = Buffer.alloc(RECORDS * HASH_BYTES)
const hashWords = new Int32Array(hashBytes.buffer, hashBytes.byteOffset, hashBytes.length / WORD)

const slots = new Slots(freeBlock)
const receivers = new Map<number, Receiver>()
/** Errors by the number of their fault: the same failure is the same object. */
const faults = new Map<number, WeakRef<Error>>()
const forgotten = new FinalizationRegistry<number>((id) => faults.delete(id))

let count = 0
let home = 0
let nextToken = 1

native.open(new Uint8Array(records), new Uint8Array(commands), deliver)

/** Records a value that is there. */
export function constant(value: number | bigint): Slot {
  const slot = slots.take(typeof value === 'number' ? Type.Number : Type.BigInt)
  const at = command(CommandCode.Constant, slot)
  const value64 = (at * WORD + COMMAND.value) / DOUBLE
  if (typeof value === 'number') commandFloats[value64] = value
  else commandBigInts[value64] = value
  return slot
}

/** Records an operation for `runtime` to compute. */
export function operation(runtime: number, op: CommandCode, left: Slot, right: Slot): Slot {
  if (home !== runtime) {
    flush()
    home = runtime
  }
  const slot = slots.take(left.type)
  const at = command(op, slot) + COMMAND.value / WORD
  commandInts[at] = left.handle
  commandInts[at + 1] = right.handle
  return slot
}

/** A slot whose value native code will bring. */
export function outside(type: Type): Slot {
  return slots.take(type)
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
  return native.read(slot.handle)
}

/**
 * The value of a slot that is ready.
 *
 * @throws the failure that came instead
 */
export function take(slot: Slot): Value {
  flush()
  native.read(slot.handle)
  return readValue(slot, 0)
}

/** Waits at most so long; true: the slot is ready. */
export function wait(slot: Slot, milliseconds: number): boolean {
  flush()
  return native.wait(slot.handle, milliseconds)
}

/** Calls one of the two once the slot is ready. Returns what `forget` takes. */
export function watch(
  slot: Slot,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): number {
  const token = expect({
    receive(record) {
      let value: Value
      try {
        value = readValue(slot, record)
      } catch (error) {
        reject(error)
        return true
      }
      resolve(value)
      return true
    },
  })
  flush()
  native.watch(slot.handle, token)
  return token
}

/** Announces a receiver, and keeps the process alive until its last record. */
export function expect(receiver: Receiver): number {
  if (receivers.size === 0) native.hold(true)
  const token = nextToken
  nextToken = (nextToken + 1) >>> 0 || 1
  receivers.set(token, receiver)
  return token
}

/** Nobody waits for the token any more: its records are dropped, and the process may end. */
export function forget(token: number): void {
  if (receivers.delete(token) && receivers.size === 0) native.hold(false)
}

/** What a Digest record says. `errno` is 0 where there is a hash. */
export function digestAt(record: number) {
  const words = record * recordWords
  return {
    index: recordUints[words + RECORD.type / WORD] as number,
    errno: -(recordInts[words + RECORD.error / WORD] as number),
    size: recordFloats[record * recordDoubles + RECORD.value / DOUBLE] as number,
  }
}

/**
 * The hashes in some Digest records, in hexadecimal, one after the other.
 *
 * All at once, as the conversion of a single one costs several times what it takes to find it.
 */
export function hashesIn(first: number, end: number): string {
  let to = 0
  for (let record = first; record < end; ++record) {
    const low = record * recordWords + RECORD.left / WORD
    // Little-endian halves, low first; written big-endian, as everybody prints a hash.
    hashWords[to++] = recordInts[low + 2] as number
    hashWords[to++] = recordInts[low + 3] as number
    hashWords[to++] = recordInts[low] as number
    hashWords[to++] = recordInts[low + 1] as number
  }
  const bytes = hashBytes.subarray(0, to * WORD)
  return bytes.swap64().toString('hex')
}

/** The system call that failed, as a record says. */
export function callAt(record: number): string {
  return CALLS[recordUints[record * recordWords + RECORD.call / WORD] as number] ?? ''
}

function command(op: CommandCode, slot: Slot): number {
  if (count === COMMANDS) flush()
  if (count === 0) queueMicrotask(flush)
  const at = count++ * commandWords
  commandInts[at] = op | (slot.type << 8)
  commandInts[at + COMMAND.destination / WORD] = slot.handle
  return at
}

function freeBlock(block: number): void {
  if (count === COMMANDS) flush()
  if (count === 0) queueMicrotask(flush)
  const at = count++ * commandWords
  commandInts[at] = CommandCode.FreeBlock
  commandInts[at + COMMAND.destination / WORD] = block
}

function deliver(delivered: number): void {
  for (let first = 0; first < delivered; ) {
    const token = tokenAt(first)
    let end = first + 1
    while (end < delivered && tokenAt(end) === token) ++end
    if (receivers.get(token)?.receive(first, end)) forget(token)
    first = end
  }
}

function tokenAt(record: number): number {
  return recordUints[record * recordWords + RECORD.token / WORD] as number
}

function readValue(slot: Slot, record: number): Value {
  const words = record * recordWords
  if (recordInts[words + RECORD.fault / WORD] !== Fault.None) throw errorAt(slot, record)
  const value = record * recordDoubles + RECORD.value / DOUBLE
  if (slot.type === Type.Number) return recordFloats[value] as number
  if (slot.type === Type.BigInt) return recordBigInts[value] as bigint
  slot.kept ??= new Uint8Array(native.takeBytes(slot.handle))
  return slot.kept
}

function errorAt(slot: Slot, record: number): Error {
  const id = recordUints[record * recordWords + RECORD.faultId / WORD] as number
  const known = faults.get(id)?.deref()
  if (known !== undefined) return known
  const error = makeError(slot, record)
  faults.set(id, new WeakRef(error))
  forgotten.register(error, id)
  return error
}

function makeError(slot: Slot, record: number): Error {
  const words = record * recordWords
  const doubles = record * recordDoubles
  const left = () => `${recordBigInts[doubles + RECORD.left / DOUBLE]}n`
  const right = () => `${recordBigInts[doubles + RECORD.right / DOUBLE]}n`
  switch (recordInts[words + RECORD.fault / WORD]) {
    case Fault.Overflow: {
      const sign = ['', '+', '-', '*', '/'][recordInts[words + RECORD.operation / WORD] as number]
      const message = `${left()} ${sign} ${right()} does not fit in 64 bits`
      return withCode(new RangeError(message), 'ERR_HEDDLE_OVERFLOW')
    }
    case Fault.DivideByZero:
      return withCode(
        new RangeError(`${left()} / 0n: division by zero`),
        'ERR_HEDDLE_DIVIDE_BY_ZERO',
      )
    case Fault.Cancelled:
      return new TaskCancelled('the scheduler was disposed before the value came')
    default:
      return new IoError(
        -(recordInts[words + RECORD.error / WORD] as number),
        callAt(record),
        slot.path,
      )
  }
}
