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
  readonly path: string | undefined
  readonly destination: string | undefined
  /** Reads the result out of native memory. Once. */
  readonly read: (handle: number) => unknown
  /** Why it was given up, if it was. */
  reason: (() => Error | undefined) | undefined
  /** What was read, or why it could not be; undefined: nothing yet. */
  result: { readonly value: unknown } | { readonly thrown: unknown } | undefined
}

const files = new WeakMap<Slot, FileValue>()

/** It will hold what a call about `path` gives, and `destination` where there are two. */
export function isFile(
  slot: Slot,
  path: string | undefined,
  read: (handle: number) => unknown = takeBytes,
  destination?: string,
): void {
  files.set(slot, { path, destination, read, reason: undefined, result: undefined })
}

/** It may be given up: then `reason` says why. */
export function mayEnd(slot: Slot, reason: () => Error | undefined): void {
  const file = files.get(slot) as FileValue
  file.reason = reason
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
  file.result ??= readOnce(file, slot.handle, record)
  if ('thrown' in file.result) throw file.result.thrown
  return file.result.value as Value
}

function readOnce({ path, destination, read, reason }: FileValue, handle: number, record: number) {
  const given = reason?.()
  if (given !== undefined) return { thrown: given }
  try {
    throwFailure(record, path, destination)
    return { value: read(handle) }
  } catch (thrown) {
    return { thrown }
  }
}
