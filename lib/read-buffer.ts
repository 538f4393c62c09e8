/**
 * The right to read one epoch.
 */
import { block, type WaitOptions } from './block.js'
import { describeEpoch, type Epoch, type Need, type Source, State, type Waiter } from './epoch.js'
import { BufferReleasedError, TaskCancelled } from './errors.js'
import { isReleased, type Loose } from './loose.js'
import { type Resumable, Suspension } from './suspension.js'

/**
 * The right to read one version of an `Async`: the one that was current when `read()` was called.
 *
 * `yield*` it in a coroutine, or `await` it. While it is held the next writer waits. A buffer that
 * is an argument of a task is released when the task ends; one that is collected is released too.
 *
 * @example
 * ```ts
 * const a = new Async(20)
 * const b = new Async<number>()
 * schedule(
 *   function* (input: ReadBuffer<number>, output: WriteBuffer<number>) {
 *     const value = yield* input
 *     input.release()
 *     yield* output.set(value + 1)
 *   },
 *   a.read(),
 *   b.write(),
 * )
 * console.log(b.getWait()) // 21
 * ```
 */
export class ReadBuffer<T> extends Suspension<T> implements Waiter, Loose {
  /** @internal */
  readonly epoch: Epoch
  #task: Source | undefined
  #isReleased = false
  #isWatched = false
  #who: Resumable | undefined

  /** @internal */
  constructor(epoch: Epoch) {
    super()
    this.epoch = epoch
    epoch.acquire()
    epoch.loosen(this)
  }

  /**
   * The value, or undefined while it is not there. Never waits.
   *
   * @throws the failure that came instead of it
   * @throws BufferReleasedError with code `ERR_HEDDLE_RELEASED` if it was released
   */
  tryGet(): { value: T } | undefined {
    this.check()
    return this.epoch.isSettled ? { value: this.epoch.take() as T } : undefined
  }

  /** Waits for the value as {@link Async.getWait} does. */
  getWait(options?: WaitOptions): T {
    this.check()
    return block(this.epoch, options) as T
  }

  /** Waits for the value; undefined if it will never be written. */
  maybe(): Suspension<T | undefined> {
    return new Reading<T | undefined>(this, this.epoch, () => undefined)
  }

  /** Waits for the value; throws {@link TaskCancelled} if it will never be written. */
  orCancel(): Suspension<T> {
    return new Reading<T>(this, this.epoch, () => {
      throw new TaskCancelled('the value that was waited for will never be written')
    })
  }

  /** Another right to read the same version. */
  copy(): ReadBuffer<T> {
    this.check()
    return new ReadBuffer<T>(this.epoch)
  }

  /** Gives the right back. Twice is fine. */
  release(): void {
    if (this.#isReleased) return
    this.#isReleased = true
    if (this.#task !== undefined) this.epoch.unhold(this.#task)
    else this.epoch.tighten(this)
    if (this.#isWatched) isReleased(this)
    this.epoch.released()
  }

  /** @internal A task that will release it. */
  adopt(task: Source): void {
    this.check()
    if (this.#task !== undefined) this.epoch.unhold(this.#task)
    else this.epoch.tighten(this)
    this.#task = task
    this.epoch.hold(task)
  }

  /** @internal See `loose.ts`. */
  onCollected(): (() => void) | undefined {
    if (this.#isReleased || this.#task !== undefined) return undefined
    this.#isWatched = true
    const { epoch } = this
    return () => epoch.released()
  }

  /** @internal */
  get isReleased(): boolean {
    return this.#isReleased
  }

  /** @internal */
  override get isOver(): boolean {
    return this.#isReleased || this.epoch.isSettled
  }

  /** @internal */
  override outcome(): T {
    this.check()
    return this.epoch.take() as T
  }

  /** @internal */
  override suspend(who: Resumable): void {
    if (this.#who !== undefined) {
      this.epoch.whenSettled({ arrived: () => who.resume() })
      return
    }
    this.#who = who
    this.epoch.whenSettled(this)
  }

  /** @internal */
  arrived(): void {
    const who = this.#who
    this.#who = undefined
    who?.resume()
  }

  /** @internal */
  override need(): Need {
    return { kind: 'epoch', epoch: this.epoch }
  }

  /** @internal */
  override describe(): string {
    return `reading ${describeEpoch(this.epoch)}`
  }

  /** @internal @throws BufferReleasedError if it was released */
  check(): void {
    if (this.#isReleased) throw new BufferReleasedError('read')
  }
}

/** A read that knows what to do if the value will never be written. */
class Reading<T> extends Suspension<T> {
  readonly #buffer: ReadBuffer<unknown>
  readonly #epoch: Epoch
  readonly #otherwise: () => T

  constructor(buffer: ReadBuffer<unknown>, epoch: Epoch, otherwise: () => T) {
    super()
    this.#buffer = buffer
    this.#epoch = epoch
    this.#otherwise = otherwise
  }

  get isOver(): boolean {
    return this.#buffer.isOver
  }

  outcome(): T {
    if (this.#epoch.state === State.Abandoned && !this.#buffer.isReleased) return this.#otherwise()
    return this.#buffer.outcome() as T
  }

  suspend(who: Resumable): void {
    this.#buffer.suspend(who)
  }

  need(): Need {
    return this.#buffer.need()
  }

  describe(): string {
    return this.#buffer.describe()
  }
}
