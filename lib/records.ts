/**
 * What native code tells this thread: records in a buffer that both sides see, read as values, as
 * failures and as digests.
 */
import { thrownFromBytes } from './clone.js'
import { Complex } from './complex.js'
import { IoError, KernelError, TaskCancelled, withCode } from './errors.js'
import { nameOf } from './kernel-form.js'
import { CALLS, type CommandCode, Fault, RECORD, Type } from './layout.js'
import { native } from './native.js'
import { describeOperation, type Value } from './types.js'

const RECORDS = 1024
const HASH_BYTES = 16
const WORD = 4
const DOUBLE = 8
const recordWords = RECORD.bytes / WORD
const recordDoubles = RECORD.bytes / DOUBLE

/** What native code writes into. */
export const records = new ArrayBuffer(RECORDS * RECORD.bytes)
const recordInts = new Int32Array(records)
const recordUints = new Uint32Array(records)
const recordFloats = new Float64Array(records)
const recordBigInts = new BigInt64Array(records)

const hashBytes = Buffer.alloc(RECORDS * HASH_BYTES)
const hashWords = new Int32Array(hashBytes.buffer, hashBytes.byteOffset, hashBytes.length / WORD)

/** Errors by the number of their fault: the same failure is the same object. */
const faults = new Map<number, WeakRef<Error>>()
const forgotten = new FinalizationRegistry<number>((id) => faults.delete(id))

/** Whom a record is for. */
export function tokenAt(record: number): number {
  return recordUints[record * recordWords + RECORD.token / WORD] as number
}

/**
 * The value in a record.
 *
 * @throws the failure that came instead
 */
export function readValue(type: Type, record: number): Value {
  throwFailure(record)
  const value = record * recordDoubles + RECORD.value / DOUBLE
  if (type === Type.Number) return recordFloats[value] as number
  if (type === Type.BigInt) return recordBigInts[value] as bigint
  if (type === Type.Boolean) return recordInts[2 * value] !== 0
  return new Complex(recordFloats[value] as number, recordFloats[value + 1] as number)
}

/** The same, where the record says what type it is. */
export function readRecord(record: number): Value {
  const type = recordUints[record * recordWords + RECORD.type / WORD] as Type
  return readValue(type, record)
}

/** The number in a record that is about something else. */
export function numberAt(record: number): number {
  return recordFloats[record * recordDoubles + RECORD.value / DOUBLE] as number
}

/** How many bytes are expected, in a record of a progress. */
export function expectedAt(record: number): number {
  return Number(recordBigInts[record * recordDoubles + RECORD.left / DOUBLE])
}

/** Throws the failure in a record, if there is one; the paths are those of files. */
export function throwFailure(record: number, path?: string, destination?: string): void {
  const fault = recordInts[record * recordWords + RECORD.fault / WORD]
  if (fault !== Fault.None) throw errorAt(record, path, destination)
}

function errorAt(record: number, path?: string, destination?: string): Error {
  const id = recordUints[record * recordWords + RECORD.faultId / WORD] as number
  const known = faults.get(id)?.deref()
  if (known !== undefined) return known
  const error = makeError(record, path, destination)
  faults.set(id, new WeakRef(error))
  forgotten.register(error, id)
  return error
}

function makeError(record: number, path?: string, destination?: string): Error {
  const words = record * recordWords
  const doubles = record * recordDoubles
  const fault = (name: 'operation' | 'error') => recordInts[words + RECORD[name] / WORD] as number
  const operand = (side: 'left' | 'right') =>
    recordBigInts[doubles + RECORD[side] / DOUBLE] as bigint
  const what = () =>
    describeOperation(fault('operation') as CommandCode, operand('left'), operand('right'))
  switch (recordInts[words + RECORD.fault / WORD]) {
    case Fault.Overflow:
      return rangeError('OVERFLOW', `${what()} does not fit in 64 bits`)
    case Fault.DivideByZero:
      return rangeError('DIVIDE_BY_ZERO', `${what()}: division by zero`)
    case Fault.NegativeExponent:
      return rangeError('NEGATIVE_EXPONENT', `${what()}: the exponent is negative`)
    case Fault.EmptyArray:
      return rangeError('EMPTY_ARRAY', 'the least or greatest of no elements')
    case Fault.Kernel:
      return kernelError(fault('error'), Number(operand('left')))
    case Fault.WriterGone:
      return new TaskCancelled('the thread that was to write the value has ended')
    case Fault.Cancelled:
      return new TaskCancelled('the scheduler was disposed before the value came')
    default:
      return new IoError(-fault('error'), callAt(record), path, destination)
  }
}

/** What a kernel has thrown, as an error that has both stacks. */
function kernelError(kernel: number, address: number): Error {
  const name = nameOf(kernel)
  const bytes = native.faultBytes(address)
  if (bytes === undefined) {
    const why = 'by process.exit(), for want of memory, or by a fatal error'
    return new KernelError(`the isolate that ran the kernel '${name}' has ended: ${why}`, name)
  }
  return KernelError.of(name, thrownFromBytes(bytes))
}

function rangeError(code: string, message: string): RangeError {
  return withCode(new RangeError(message), `ERR_HEDDLE_${code}`)
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
