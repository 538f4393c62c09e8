/**
 * What a coroutine hands to its scheduler when it has to wait.
 */
import type { Need } from './epoch.js'

/** Who is resumed when a suspension is over. */
export interface Resumable {
  resume(): void
}

/**
 * Something that a task waits for. `yield*` it, or `await` it in an `async` task.
 *
 * It has an outcome once it `isOver`. A task that finds it so goes on without suspending.
 */
export abstract class Suspension<T> implements PromiseLike<T> {
  /** @internal */
  abstract get isOver(): boolean
  /** @internal What came of it; throws if that was a failure. Once it is over. */
  abstract outcome(): T
  /** @internal Calls `who.resume()` once it is over, which it was not; perhaps at once. */
  abstract suspend(who: Resumable): void
  /** @internal What has to be done for it by a thread that blocks. */
  abstract need(): Need
  /** @internal For reports: `value 3`. */
  abstract describe(): string

  /** @internal */
  next(): IteratorResult<Suspension<unknown>, T> {
    return this.isOver ? { done: true, value: this.outcome() } : { done: false, value: this }
  }

  /** @internal What is thrown into a coroutine that waits here comes out where it waits. */
  throw(error: unknown): never {
    throw error
  }

  [Symbol.iterator](): Iterator<Suspension<unknown>, T, void> {
    return this
  }

  // biome-ignore lint/suspicious/noThenProperty: an async task awaits what a generator yields
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    const promise = new Promise<T>((resolve, reject) => {
      const resume = () => {
        try {
          resolve(this.outcome())
        } catch (error) {
          reject(error)
        }
      }
      if (this.isOver) resume()
      else this.suspend({ resume })
    })
    return promise.then(onValue, onError)
  }
}

/** Waits for several at once. Its outcome is all of theirs, or the first failure in their order. */
export class All<T extends readonly unknown[]> extends Suspension<T> {
  readonly #parts: readonly Suspension<unknown>[]

  constructor(parts: readonly Suspension<unknown>[]) {
    super()
    this.#parts = parts
  }

  get isOver(): boolean {
    for (const part of this.#parts) if (!part.isOver) return false
    return true
  }

  outcome(): T {
    return this.#parts.map((part) => part.outcome()) as unknown as T
  }

  suspend(who: Resumable): void {
    let missing = this.#parts.length
    const resume = () => {
      missing -= 1
      if (missing === 0) who.resume()
    }
    for (const part of this.#parts) {
      if (part.isOver) resume()
      else part.suspend({ resume })
    }
  }

  need(): Need {
    const first = this.#parts.find((part) => !part.isOver)
    return first?.need() ?? { kind: 'nothing', why: 'nothing' }
  }

  describe(): string {
    const missing = this.#parts.filter((part) => !part.isOver)
    return missing.map((part) => part.describe()).join(' and ')
  }
}

/** Waits so many milliseconds. */
export class Sleep extends Suspension<void> {
  readonly #at: number
  #wake: (() => void) | undefined
  #isOver = false

  constructor(milliseconds: number) {
    super()
    this.#at = performance.now() + milliseconds
  }

  /** Not before it has suspended: who sleeps gives way, however short. */
  get isOver(): boolean {
    return this.#isOver
  }

  outcome(): void {}

  suspend(who: Resumable): void {
    const wake = () => {
      if (this.#wake === undefined) return
      this.#wake = undefined
      clearTimeout(timer)
      this.#isOver = true
      who.resume()
    }
    this.#wake = wake
    // Rounded up: a timer may be early by less than a millisecond.
    const timer = setTimeout(wake, Math.ceil(this.#at - performance.now())).unref()
  }

  need(): Need {
    return { kind: 'time', at: this.#at, wake: () => this.#wake?.() }
  }

  describe(): string {
    return 'a timer'
  }
}

/** Waits for a promise. */
export class Settling<T> extends Suspension<T> {
  #state: 'pending' | 'value' | 'failed' = 'pending'
  #value: unknown
  #who: Resumable | undefined

  constructor(promise: PromiseLike<T>) {
    super()
    const settle = (state: 'value' | 'failed') => (value: unknown) => {
      this.#state = state
      this.#value = value
      this.#who?.resume()
    }
    promise.then(settle('value'), settle('failed'))
  }

  get isOver(): boolean {
    return this.#state !== 'pending'
  }

  outcome(): T {
    if (this.#state === 'failed') throw this.#value
    return this.#value as T
  }

  suspend(who: Resumable): void {
    this.#who = who
  }

  need(): Need {
    return { kind: 'nothing', why: 'a promise, which only the event loop can settle' }
  }

  describe(): string {
    return 'a promise'
  }
}
