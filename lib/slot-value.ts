/**
 * What a settled slot holds, read from the record that describes it.
 */
import { ArraySlot } from './array-slot.js'
import { Type } from './layout.js'
import { native } from './native.js'
import { readValue, throwFailure } from './records.js'
import type { Slot } from './slot.js'
import type { Value } from './types.js'

/** What belongs to the contents of a file, beside its slot. */
interface FileValue {
  /** For errors. */
  readonly path: string
  /** What was moved out of native memory. */
  bytes: Uint8Array | undefined
}

const files = new WeakMap<Slot, FileValue>()

/** It will hold the contents of that file. */
export function isFile(slot: Slot, path: string): void {
  files.set(slot, { path, bytes: undefined })
}

/** The value of a slot from its record. Throws the failure that came instead. */
export function readSlot(slot: Slot, record: number): Value {
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
