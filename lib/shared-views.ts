/**
 * Views of shared memory on their way between threads: which class, and memory by its number.
 */
import { types } from 'node:util'

/** Memory that both threads have, by numbers. */
export interface SharedBuffers {
  numberOf(buffer: SharedArrayBuffer): number
  bufferOf(number: number): SharedArrayBuffer
}

/** In the order of their numbers. */
const VIEWS = [
  DataView,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
] as const

const numbers = new Map<string, number>(VIEWS.map(({ name }, i) => [name, i]))

/** The number of a view's class: by its name, as it may be of another realm. */
export function viewNumberOf(view: ArrayBufferView): number {
  return (
    numbers.get((view as unknown as { [Symbol.toStringTag]: string })[Symbol.toStringTag]) ?? -1
  )
}

/** What {@link makeView} takes, in bytes or elements. */
export function lengthOf(view: ArrayBufferView): number {
  return types.isDataView(view) ? view.byteLength : (view as Uint8Array).length
}

/** @throws RangeError if the buffer is shorter by now */
export function makeView(
  number: number,
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
): ArrayBufferView {
  const View = VIEWS[number] as Uint8ArrayConstructor
  return new View(buffer, offset, length)
}
