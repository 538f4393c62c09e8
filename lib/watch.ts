/**
 * Being told of one value when it comes.
 */
import { begin, fill, hold, THERE, tell, Watch } from './post.js'
import type { Slot } from './slot.js'
import { readSlot } from './slot-value.js'
import { flush } from './stream.js'
import type { Value } from './types.js'

/**
 * Calls one of the two once the slot is ready, which may be before this returns. Returns what
 * `forget` takes, or THERE. It keeps nothing alive by itself: see {@link hold}.
 */
export function watch(
  slot: Slot,
  resolve: (value: Value) => void,
  reject: (error: unknown) => void,
): number {
  flush()
  const index = begin(slot)
  const watch = new Watch(slot, resolve, reject, false)
  if (index !== THERE) return fill(index, watch)
  tell(watch, 0)
  return THERE
}

/** Of the promise that was made last. */
let settle: (value: Value) => void
let refuse: (error: unknown) => void

/** One function for all promises costs less than a closure for each. */
function keepSettlers(resolve: typeof settle, reject: typeof refuse): void {
  settle = resolve
  refuse = reject
}

/** A promise of the slot's value. It keeps the process alive while it is pending. */
export function promise(slot: Slot): Promise<Value> {
  flush()
  const index = begin(slot)
  if (index !== THERE) {
    hold()
    const promise = new Promise<Value>(keepSettlers)
    fill(index, new Watch(slot, settle, refuse, true))
    return promise
  }
  try {
    return Promise.resolve(readSlot(slot, 0))
  } catch (error) {
    return Promise.reject(error)
  }
}
