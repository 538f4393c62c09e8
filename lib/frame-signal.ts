/**
 * Signals that give frames up.
 */

/** One listener on a signal for all frames that it gives up: Node warns of more than ten. */
class Aborts {
  readonly #signal: AbortSignal
  readonly #all = new Set<() => void>()
  readonly #tell = () => {
    for (const abort of [...this.#all]) if (this.#all.has(abort)) abort()
  }

  constructor(signal: AbortSignal) {
    this.#signal = signal
  }

  add(abort: () => void): void {
    if (this.#all.size === 0) this.#signal.addEventListener('abort', this.#tell)
    this.#all.add(abort)
  }

  delete(abort: () => void): void {
    if (this.#all.delete(abort) && this.#all.size === 0) {
      this.#signal.removeEventListener('abort', this.#tell)
    }
  }
}

const known = new WeakMap<AbortSignal, Aborts>()

/** Calls the function when the signal says so, until the one that it returns was called. */
export function onAbort(signal: AbortSignal, abort: () => void): () => void {
  const aborts = known.get(signal) ?? new Aborts(signal)
  known.set(signal, aborts)
  aborts.add(abort)
  return () => aborts.delete(abort)
}
