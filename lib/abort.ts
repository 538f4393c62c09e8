/**
 * Calls that are given up, when a signal says so or for another reason.
 */
import { Async } from './async.js'
import type { CallSlot } from './call-slot.js'
import { Epoch } from './epoch.js'
import { AbortError } from './errors.js'
import { native } from './native.js'

/** How a call can be given up. */
export interface Abortable {
  /**
   * Gives the call up: it then fails with an {@link AbortError}, whose `cause` is the signal's
   * `reason`. What a disk has begun is waited for.
   */
  signal?: AbortSignal | undefined
}

/** Begins the call that fills the slot, unless it is given up already. */
export function begin<T>(slot: CallSlot, signal: AbortSignal | undefined, call: () => void) {
  return signal?.aborted === true ? aborted<T>(signal) : beginCall<T>(slot, signal, call)
}

/** The same, where it is not given up already. */
export function beginCall<T>(
  slot: CallSlot,
  signal: AbortSignal | undefined,
  call: () => void,
): Async<T> {
  if (signal === undefined) {
    call()
    return Async.inside<T>(slot)
  }
  const reason = () => (signal.aborted ? new AbortError(signal.reason) : undefined)
  const epoch = beginArmed(slot, reason, call)
  endWith(epoch, slot, signal)
  return Async.inside<T>(epoch)
}

/** What was given up before it has begun. */
export function aborted<T>(signal: AbortSignal): Async<T> {
  const epoch = new Epoch()
  epoch.fail(new AbortError(signal.reason))
  return Async.inside<T>(epoch)
}

/** The same, for whoever gives it up by `native.cancel(slot.handle)`: `reason` is why, if so. */
export function beginArmed(
  slot: CallSlot,
  reason: () => Error | undefined,
  call: () => void,
): Epoch {
  const { handle } = slot
  slot.reason = reason
  native.arm(handle)
  try {
    call()
  } catch (error) {
    native.disarm(handle)
    throw error
  }
  const epoch = Epoch.ofSlot(slot)
  epoch.subscribe({ arrived: () => native.disarm(handle) })
  return epoch
}

/** The signal gives the call up as long as it goes on. */
export function endWith(epoch: Epoch, { handle }: CallSlot, signal: AbortSignal): void {
  const abort = () => native.cancel(handle)
  signal.addEventListener('abort', abort)
  epoch.subscribe({ arrived: () => signal.removeEventListener('abort', abort) })
}
