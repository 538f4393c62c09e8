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
export function begin<T>(
  slot: CallSlot,
  signal: AbortSignal | undefined,
  call: () => void,
): Async<T> {
  if (signal === undefined) {
    call()
    return Async.inside<T>(slot)
  }
  const epoch = signal.aborted ? failed(signal) : beginUntil(slot, signal, call)
  return Async.inside<T>(epoch)
}

function failed(signal: AbortSignal): Epoch {
  const epoch = new Epoch()
  epoch.fail(new AbortError(signal.reason))
  return epoch
}

function beginUntil(slot: CallSlot, signal: AbortSignal, call: () => void): Epoch {
  const reason = () => (signal.aborted ? new AbortError(signal.reason) : undefined)
  const epoch = beginArmed(slot, reason, call)
  endWith(epoch, slot, signal)
  return epoch
}

/**
 * Begins a call that can be given up by `native.cancel(slot.handle)`: `reason` is why, if it was.
 */
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
  epoch.whenSettled({ arrived: () => native.disarm(handle) })
  return epoch
}

/** The signal gives the call up as long as it goes on. */
export function endWith(epoch: Epoch, { handle }: CallSlot, signal: AbortSignal): void {
  const calls = callsOf(signal)
  calls.add(handle)
  epoch.whenSettled({ arrived: () => calls.remove(handle) })
}

/** What a signal gives up: one listener for all of it, as Node warns of more than ten. */
class Calls {
  readonly #handles = new Set<number>()
  readonly #signal: AbortSignal
  readonly #abort = () => {
    for (const handle of this.#handles) native.cancel(handle)
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(handle: number): void {
    if (this.#handles.size === 0) this.#signal.addEventListener('abort', this.#abort)
    this.#handles.add(handle)
  }

  remove(handle: number): void {
    this.#handles.delete(handle)
    if (this.#handles.size === 0) this.#signal.removeEventListener('abort', this.#abort)
  }
}

const callsOfSignals = new WeakMap<AbortSignal, Calls>()

function callsOf(signal: AbortSignal): Calls {
  const known = callsOfSignals.get(signal)
  if (known !== undefined) return known
  const calls = new Calls(signal)
  callsOfSignals.set(signal, calls)
  return calls
}
