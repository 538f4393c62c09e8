/**
 * Shared memory on its way with one call and back with its result. Each thread names memory by
 * numbers of its own, as it alone knows how long it has it; but what a call has lent, its result
 * may name as the call did.
 */
import { cloneFrom } from './kernel-clone.js'
import { takeResult } from './shared-results.js'
import type { SharedBuffers } from './shared-views.js'

/** The caller's end. */
export class Loan implements SharedBuffers {
  readonly #home: SharedBuffers & { hear(): void }
  readonly #lent = new Map<number, SharedArrayBuffer>()
  /** What the result is on, once that was asked. */
  #result: Map<number, SharedArrayBuffer> | undefined

  constructor(home: SharedBuffers & { hear(): void }) {
    this.#home = home
  }

  numberOf(buffer: SharedArrayBuffer): number {
    const number = this.#home.numberOf(buffer)
    this.#lent.set(number, buffer)
    return number
  }

  bufferOf(number: number): SharedArrayBuffer {
    const known = this.#lent.get(number) ?? this.#result?.get(number)
    return known ?? this.#home.bufferOf(number)
  }

  /** The value of a result. */
  read(handle: number, bytes: ArrayBuffer): unknown {
    // What isolates say of it has come before it.
    this.#home.hear()
    this.#result = takeResult(handle)
    return cloneFrom(bytes, this)
  }
}

/** The kernel's end. */
export class Borrowed implements SharedBuffers {
  readonly #home: SharedBuffers
  readonly #borrowed = new Map<SharedArrayBuffer, number>()
  /** Numbers of what the result is on, but for what was borrowed. */
  readonly own = new Set<number>()

  constructor(home: SharedBuffers) {
    this.#home = home
  }

  bufferOf(number: number): SharedArrayBuffer {
    const buffer = this.#home.bufferOf(number)
    this.#borrowed.set(buffer, number)
    return buffer
  }

  numberOf(buffer: SharedArrayBuffer): number {
    const borrowed = this.#borrowed.get(buffer)
    if (borrowed !== undefined) return borrowed
    const number = this.#home.numberOf(buffer)
    this.own.add(number)
    return number
  }
}
