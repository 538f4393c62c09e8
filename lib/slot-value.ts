/**
 * What a settled slot holds, read from the record that describes it.
 */
import { ArraySlot } from './array-slot.js'
import { CallSlot } from './call-slot.js'
import { readValue, throwFailure } from './records.js'
import type { Slot } from './slot.js'
import type { Value } from './types.js'

/** The value of a slot from its record. Throws the failure that came instead. */
export function readSlot(slot: Slot, record: number): Value {
  if (slot instanceof ArraySlot) {
    throwFailure(record)
    return slot.elements()
  }
  if (slot instanceof CallSlot) return slot.take(record) as Value
  return readValue(slot.type, record)
}
