/**
 * A value that comes when somebody else says so.
 */
import { Async } from './async.js'
import { bind } from './clone.js'
import { IoError, withCode } from './errors.js'
import { type CompletionHandle, checkHandle } from './handle.js'
import { native } from './native.js'
import * as stream from './stream.js'

/**
 * Something that is done elsewhere, by native code or by another thread: `io.completion()`. Whoever
 * has done it signals, and then `done` comes.
 *
 * @example
 * ```ts
 * await using scheduler = new Scheduler(2)
 * const completion = scheduler.io.completion()
 * setTimeout(() => Completion.signal(completion.handle), 5) // On any thread.
 * await completion.done
 * ```
 */
export class Completion {
  /** Comes with the first signal. It fails if the scheduler is disposed before that. */
  readonly done: Async<void>
  /** For other threads: {@link Completion.signal}. */
  readonly handle: CompletionHandle
  readonly #key: number

  /** @internal */
  constructor(runtime: number) {
    const slot = stream.fileSlot(undefined, () => undefined)
    const key = native.makeCompletion(runtime, slot.handle)
    if (key < 0) throw new IoError(key, 'eventfd')
    this.#key = key
    this.done = Async.inside<void>(slot)
    this.handle = Object.freeze({ heddle: 'completion', key })
    bind(this)
  }

  /** Signals. False: that was done already, or the scheduler was disposed. */
  signal(): boolean {
    return native.signalCompletion(this.#key) !== 0
  }

  /**
   * Signals the one with that handle, from any thread of the process. False: as above.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none
   */
  static signal(handle: CompletionHandle): boolean {
    const { key } = checkHandle<CompletionHandle>(handle, 'completion')
    return native.signalCompletion(key) !== 0
  }

  /**
   * The address of a `heddle_completion`, for native code: it calls `heddle_signal` on it, of
   * `heddle/completion.h`, from any thread, once for each time that this was read.
   *
   * @throws Error with code `ERR_INVALID_STATE` if it was signalled already
   */
  get pointer(): bigint {
    const pointer = native.completionPointer(this.#key)
    if (pointer !== 0n) return pointer
    throw withCode(new Error('it was signalled already, or is closed'), 'ERR_INVALID_STATE')
  }
}
