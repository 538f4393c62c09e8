/**
 * Shared memory that threads have given each other: sent once through a port, and named by numbers
 * from then on. What was sent before a job is there when the job is: a port's queue can be read
 * without waiting for the event loop.
 */
import { type MessagePort, receiveMessageOnPort, threadId } from 'node:worker_threads'

import { KernelError } from './errors.js'
import { keepResult } from './shared-results.js'
import type { SharedBuffers } from './shared-views.js'

/** What goes through the port. No two threads of the process give the same number. */
type Message = { readonly number: number; readonly buffer?: SharedArrayBuffer } | Told | Result

/** What a kernel tells whoever has called it. */
interface Told {
  readonly token: number
  readonly value: unknown
}

/** What the result of a call is on, which may be read when its kernel's thread has it no more. */
interface Result {
  readonly handle: number
  readonly numbers: readonly number[]
}

/** One thread's end of the port to one other. */
export class SharedPort implements SharedBuffers {
  readonly #port: MessagePort
  readonly #numbers: Numbers
  readonly #hear: (token: number, value: unknown) => void
  readonly received = new Map<number, SharedArrayBuffer>()
  /** What the other one has. */
  readonly #sent = new Set<number>()

  /** `hear` is called with what the other thread tells. */
  constructor(port: MessagePort, numbers: Numbers, hear: (token: number, value: unknown) => void) {
    this.#port = port
    this.#numbers = numbers
    this.#hear = hear
    port.on('message', (message: Message) => this.#take(message))
    port.unref()
  }

  numberOf(buffer: SharedArrayBuffer): number {
    const number = this.#numbers.of(buffer)
    this.send(number, buffer)
    return number
  }

  /**
   * Sees to it that the other thread has it, until it is forgotten here. Also where it has come
   * from there: it may be about to be forgotten there.
   */
  send(number: number, buffer: SharedArrayBuffer): void {
    if (this.#sent.has(number)) return
    this.#sent.add(number)
    this.#port.postMessage({ number, buffer } satisfies Message)
  }

  /** Nobody here has it any more. */
  forget(number: number): void {
    if (this.#sent.delete(number)) this.#port.postMessage({ number } satisfies Message)
  }

  bufferOf(number: number): SharedArrayBuffer {
    const own = this.#numbers.find(number)
    if (own !== undefined) return own
    while (!this.received.has(number)) {
      if (!this.#takeNext()) throw new KernelError('shared memory was sent that has gone')
    }
    return this.received.get(number) as SharedArrayBuffer
  }

  /** A result is on what has these numbers here. */
  sendResult(handle: number, numbers: Iterable<number>): void {
    this.#port.postMessage({ handle, numbers: [...numbers] } satisfies Message)
  }

  /** Throws what is thrown where it cannot be cloned. */
  tell(token: number, value: unknown): void {
    this.#port.postMessage({ token, value } satisfies Message)
  }

  /** Takes all that was sent so far. */
  drain(): void {
    while (this.#takeNext());
  }

  close(): void {
    this.#port.close()
  }

  #takeNext(): boolean {
    const next = receiveMessageOnPort(this.#port) as { message: Message } | undefined
    if (next === undefined) return false
    this.#take(next.message)
    return true
  }

  #take(message: Message): void {
    if ('token' in message) {
      this.#hear(message.token, message.value)
      return
    }
    if ('handle' in message) {
      const buffers = message.numbers.map((number) => [number, this.bufferOf(number)] as const)
      keepResult(message.handle, new Map(buffers))
      return
    }
    const { number, buffer } = message
    if (buffer === undefined) this.received.delete(number)
    else this.received.set(number, buffer)
  }
}

/** The numbers that a thread gives to memory. */
export class Numbers {
  readonly #numbers = new WeakMap<SharedArrayBuffer, number>()
  readonly #own = new Map<number, WeakRef<SharedArrayBuffer>>()
  readonly #gone: FinalizationRegistry<number>
  #next = threadId * 2 ** 32 + 1

  /** `gone` is called with the number of memory that nobody has any more. */
  constructor(gone: (number: number) => void) {
    this.#gone = new FinalizationRegistry((number) => {
      this.#own.delete(number)
      gone(number)
    })
  }

  of(buffer: SharedArrayBuffer): number {
    const known = this.#numbers.get(buffer)
    if (known !== undefined) return known
    const number = this.#next
    this.#next += 1
    this.#numbers.set(buffer, number)
    this.#own.set(number, new WeakRef(buffer))
    this.#gone.register(buffer, number)
    return number
  }

  find(number: number): SharedArrayBuffer | undefined {
    return this.#own.get(number)?.deref()
  }
}
