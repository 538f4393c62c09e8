/**
 * What a settled slot holds, read from the record that describes it.
 */
import { ArraySlot } from './array-slot.js'
import { Type } from './layout.js'
import { native } from './native.js'
import { readValue, throwFailure } from './records.js'
import type { Slot } from './slot.js'
import type { Value } from './types.js'

/** What a call about files is about, and how its result is had: what no cell can hold. */
interface FileValue {
  /** For errors. */
  readonly path: string
  readonly destination: string | undefined
  /** Reads the result out of native memory. Once. */
  readonly read: (handle: number) => unknown
  /** What was read, or why it could not be; undefined: nothing yet. */
  result: { readonly value: unknown } | { readonly thrown: unknown } | undefined
}

const files = new WeakMap<Slot, FileValue>()

/** It will hold what a call about `path` gives, and `destination` where there are two. */
export function isFile(
  slot: Slot,
  path: string,
  read: (handle: number) => unknown = takeBytes,
  destination?: string,
): void {
  files.set(slot, { path, destination, read, result: undefined })
}

function takeBytes(handle: number): Uint8Array {
  return new Uint8Array(native.takeBytes(handle))
}

/** The value of a slot from its record. Throws the failure that came instead. */
export function readSlot(slot: Slot, record: number): Value {
  if (slot instanceof ArraySlot) {
    throwFailure(record)
    return slot.elements()
  }
  if (slot.type !== Type.Bytes) return readValue(slot.type, record)
  const file = files.get(slot) as FileValue
  throwFailure(record, file.path, file.destination)
  file.result ??= readOnce(file, slot.handle)
  if ('thrown' in file.result) throw file.result.thrown
  return file.result.value as Value
}

function readOnce({ read }: FileValue, handle: number) {
  try {
    return { value: read(handle) }
  } catch (thrown) {
    return { thrown }
  }
}
