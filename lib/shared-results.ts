/**
 * The shared memory of results that wait to be read: the isolates that have sent them may have no
 * more of it.
 */
import { BLOCK_CELLS } from './layout.js'

/** By the handles of the results, and by the numbers of the isolates. */
const results = new Map<number, Map<number, SharedArrayBuffer>>()

/** The result with this handle is on the memory. */
export function keepResult(handle: number, buffers: Map<number, SharedArrayBuffer>): void {
  results.set(handle, buffers)
}

/** What it is on, as it is read. */
export function takeResult(handle: number): Map<number, SharedArrayBuffer> | undefined {
  const buffers = results.get(handle)
  results.delete(handle)
  return buffers
}

/** The results with the handles of a block will not be read. */
export function dropResults(block: number): void {
  for (const handle of results.keys()) {
    if (Math.floor(handle / BLOCK_CELLS) === block) results.delete(handle)
  }
}
