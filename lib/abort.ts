/**
 * Calls that are given up, when a signal says so or for another reason.
 */
import { ArmedResult } from './armed-result.js'
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
 * `isReported`: what comes instead of its value is told if nobody asks.
 */
export function beginArmed(
  slot: CallSlot,
  reason: () => Error | undefined,
  call: () => void,
  isReported = false,
): ArmedResult {
  const { handle } = slot
  slot.reason = reason
  native.arm(handle)
  try {
    call()
  } catch (error) {
    native.disarm(handle)
    throw error
  }
  const result = new ArmedResult(slot, isReported)
  result.attend({
    arrived: () => {
      result.hasBegun = native.disarm(handle) !== 0
    },
  })
  return result
}

/** The signal gives the call up as long as it goes on. */
export function endWith(result: ArmedResult, { handle }: CallSlot, signal: AbortSignal): void {
  const forget = whenAborted(signal, () => native.cancel(handle))
  result.attend({ arrived: forget })
}

/** Calls `f` when the signal is aborted, unless what this returns was called. */
export function whenAborted(signal: AbortSignal, f: () => void): () => void {
  let listeners = listenersOf.get(signal)
  if (listeners === undefined) {
    listeners = new Listeners(signal)
    listenersOf.set(signal, listeners)
  }
  return listeners.add(f)
}

/** Who wants to know of a signal: one listener for all of them, as Node warns of more than ten. */
class Listeners {
  readonly #all = new Set<() => void>()
  readonly #signal: AbortSignal
  readonly #abort = () => {
    for (const f of this.#all) f()
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(f: () => void): () => void {
    if (this.#all.size === 0) this.#signal.addEventListener('abort', this.#abort)
    this.#all.add(f)
    return () => {
      this.#all.delete(f)
      if (this.#all.size === 0) this.#signal.removeEventListener('abort', this.#abort)
    }
  }
}

const listenersOf = new WeakMap<AbortSignal, Listeners>()
