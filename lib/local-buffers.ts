/**
 * What is between a program and its isolates, where both are on one thread: memory that is shared,
 * and what kernels tell.
 */
import type { KernelIsolates } from './kernel-requests.js'

export class LocalBuffers implements KernelIsolates {
  /** Between a clone's making and its reading, which follows at once. */
  #buffers: SharedArrayBuffer[] = []
  readonly #listeners = new Map<number, (value: unknown) => void>()
  #told: [token: number, value: unknown][] = []

  start(): void {
    // There is nothing to start.
  }

  numberOf(buffer: SharedArrayBuffer): number {
    const known = this.#buffers.indexOf(buffer)
    return known >= 0 ? known : this.#buffers.push(buffer) - 1
  }

  bufferOf(number: number): SharedArrayBuffer {
    return this.#buffers[number] as SharedArrayBuffer
  }

  clear(): void {
    this.#buffers = []
  }

  listen(token: number, listener: (value: unknown) => void): () => void {
    this.#listeners.set(token, listener)
    return () => this.#listeners.delete(token)
  }

  /** Keeps it until somebody hears. */
  tell(token: number, value: unknown): void {
    this.#told.push([token, value])
  }

  /** Told when the kernel has ended. */
  hear(): void {
    for (const [token, value] of this.#told.splice(0)) this.#listeners.get(token)?.(value)
  }

  forgetKept(): void {
    // Nothing is kept here.
  }
}
