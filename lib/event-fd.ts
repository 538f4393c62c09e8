/**
 * A descriptor that native code and other processes write to, so that JavaScript is told.
 */
import { type Abortable, beginArmed, endWith } from './abort.js'
import { Async } from './async.js'
import { bind } from './clone.js'
import { AbortError, DisposedError, IoError } from './errors.js'
import { native } from './native.js'
import { checkSignal } from './operate.js'
import { checkInteger } from './options.js'
import * as stream from './stream.js'

const DISPOSED = -1

const collected = new FinalizationRegistry<number>((event) => native.dropEvent(event))

/**
 * Linux' eventfd: a number that anybody adds to, and that whoever waits takes as a whole. Its
 * descriptor is for native code, such as a driver that tells of the end of its work.
 *
 * @example
 * ```ts
 * await using scheduler = new Scheduler(2)
 * using event = scheduler.io.eventfd()
 * setTimeout(() => event.signal(3), 5)
 * console.log(await event.wait()) // 3
 * ```
 */
export class EventFd implements Disposable {
  readonly #open: () => number
  #event: number
  /** Handles of those who wait. */
  readonly #waits = new Set<number>()

  /** @internal */
  constructor(open: () => number, initial: number) {
    checkInteger('initial', initial, 0, 2 ** 32 - 1)
    open()
    const event = native.makeEvent(initial)
    if (event < 0) throw new IoError(event, 'eventfd')
    this.#open = open
    this.#event = event
    collected.register(this, event, this)
    bind(this)
  }

  /**
   * The descriptor: 64 bits that are written to it are added. It is closed when this is disposed.
   *
   * @throws DisposedError with code `ERR_HEDDLE_DISPOSED`
   */
  get fd(): number {
    return native.eventDescriptor(this.#checked())
  }

  /**
   * Adds to the number, and so wakes who waits.
   *
   * @throws IoError with code `EAGAIN` if it would pass 2^64 - 2
   * @throws RangeError with code `ERR_OUT_OF_RANGE`
   */
  signal(count = 1): void {
    checkInteger('count', count, 1, Number.MAX_SAFE_INTEGER)
    const error = native.signalEvent(this.#checked(), count)
    if (error < 0) throw new IoError(error, 'write')
  }

  /**
   * Waits until the number is not 0, takes it, and sets it to 0. Of several who wait, one gets it.
   *
   * It fails with a {@link DisposedError} if this is disposed first.
   *
   * @throws DisposedError with code `ERR_HEDDLE_DISPOSED`
   */
  wait(options?: Abortable): Async<number> {
    const signal = checkSignal(options)
    const slot = stream.fileSlot(undefined, readNumber)
    const reason = () => {
      if (signal?.aborted === true) return new AbortError(signal.reason)
      return this.#event === DISPOSED ? new DisposedError() : undefined
    }
    const { handle } = slot
    const epoch = beginArmed(slot, reason, () => {
      const event = this.#checked()
      native.waitEvent(this.#open(), handle, event)
    })
    this.#waits.add(handle)
    epoch.whenSettled({ arrived: () => this.#waits.delete(handle) })
    if (signal?.aborted === true) native.cancel(handle)
    else if (signal !== undefined) endWith(epoch, slot, signal)
    return Async.inside<number>(epoch)
  }

  /** Ends all who wait, and closes the descriptor. Twice is fine. */
  [Symbol.dispose](): void {
    if (this.#event === DISPOSED) return
    const event = this.#event
    this.#event = DISPOSED
    collected.unregister(this)
    for (const handle of this.#waits) native.cancel(handle)
    native.dropEvent(event)
  }

  #checked(): number {
    if (this.#event === DISPOSED) throw new DisposedError()
    return this.#event
  }
}

function readNumber(handle: number): number {
  return new Float64Array(native.takeBytes(handle))[0] as number
}
