/**
 * The right to write one epoch.
 */
import { type Act, Desk, done } from './desk.js'
import type { Epoch, Need, Source } from './epoch.js'
import { invalidType } from './errors.js'
import { CommandCode } from './layout.js'
import { isAdopted, isFresh, type Loose } from './loose.js'
import { type Resumable, Suspension } from './suspension.js'

/**
 * The right to write the next version of an `Async`.
 *
 * Each of its methods acts in the order of the calls, as soon as it is this writer's turn, whether
 * or not anybody waits; `yield*` or `await` what it returns to know when. Readers see what is there
 * when the buffer is released, which a task does with its arguments when it ends. A buffer that is
 * released unused leaves the value as it was.
 */
export class WriteBuffer<T> extends Suspension<T> implements Loose {
  /** @internal */
  readonly epoch: Epoch
  readonly #desk: Desk
  readonly #before: Epoch | undefined

  /** @internal */
  constructor(epoch: Epoch, previous: Epoch | undefined) {
    super()
    this.epoch = epoch
    this.#desk = new Desk(epoch, previous)
    this.#before = previous
    isFresh(this)
  }

  /** @internal The version before, if there is one. */
  get before(): Epoch | undefined {
    return this.#before
  }

  /** Writes a value. */
  set(value: T): Suspension<void> {
    const desk = this.#desk
    desk.check()
    if (!desk.isIdle) return desk.act(() => void desk.write(value))
    desk.write(value)
    return done
  }

  /**
   * Writes what `f` makes of the value as this writer left it. Its outcome is that. It fails with
   * {@link BufferWriteUninitialized} where there is no value.
   */
  update(f: (value: T) => T): Suspension<T> {
    if (typeof f !== 'function') throw invalidType('f', 'a function', f)
    return this.#desk.act((desk) => desk.write(f(desk.change() as T)), true) as Suspension<T>
  }

  /** Adds, or writes `value` where there is none. Its outcome is the sum. */
  add(value: T): Suspension<T> {
    return this.compute(CommandCode.Add, value)
  }

  /** Subtracts, also from nothing. */
  sub(value: T): Suspension<T> {
    return this.compute(CommandCode.Sub, value)
  }

  /** Multiplies. It fails with {@link BufferWriteUninitialized} where there is no value. */
  mul(value: T): Suspension<T> {
    return this.compute(CommandCode.Mul, value)
  }

  /** Divides. As {@link mul}. */
  div(value: T): Suspension<T> {
    return this.compute(CommandCode.Div, value)
  }

  /** Takes the value out, and leaves the storage empty. */
  take(): Suspension<T> {
    return this.#desk.act((desk) => desk.empty()) as Suspension<T>
  }

  /** Fails this version: its readers get `error`, whatever it is. */
  fail(error: unknown): Suspension<void> {
    return this.#desk.act((desk) => desk.spoil(error) as undefined)
  }

  /** Gives the right back, once all that was asked of it is done. Twice is fine. */
  release(): void {
    this.#desk.release()
  }

  /** @internal A task that will release it, or was told to by the collector. */
  adopt(task: Source): void {
    this.#desk.check()
    if (this.#desk.task === undefined) isAdopted(this)
    this.#desk.task = task
  }

  /** @internal Fails what is not written yet, and gives the right back. */
  abort(error: unknown): void {
    if (!this.#desk.isReleased) this.#desk.act((desk) => desk.spoil(error)).quiet()
    this.#desk.release()
  }

  /** @internal @throws BufferReleasedError if it was released */
  check(): void {
    this.#desk.check()
  }

  /** @internal See `loose.ts`. The desk stays, and may be released twice. */
  onCollected(): (() => void) | undefined {
    const desk = this.#desk
    if (desk.isReleased || desk.task !== undefined) return undefined
    return () => desk.release()
  }

  /** @internal True once nothing is left to do, so that a failure of it is known. */
  get isIdle(): boolean {
    return this.#desk.isIdle
  }

  /** @internal Who is told when it is idle. */
  whenIdle(who: Resumable): void {
    this.#desk.whenIdle(who)
  }

  /** @internal The first failure that nobody has waited for. */
  missed(): Act<unknown> | undefined {
    return this.#desk.missed
  }

  /** @internal */
  get isReleased(): boolean {
    return this.#desk.isReleased
  }

  /** @internal */
  override get isOver(): boolean {
    return this.#desk.isReleased || this.#desk.isIdle
  }

  /** @internal The value as this writer left it. */
  override outcome(): T {
    this.#desk.check()
    return this.#desk.read() as T
  }

  /** @internal */
  override suspend(who: Resumable): void {
    this.#desk.whenIdle(who)
  }

  /** @internal */
  override need(): Need {
    return this.#desk.needTurn()
  }

  /** @internal */
  override describe(): string {
    return `writing ${this.#desk.describe()}`
  }

  private compute(op: CommandCode, operand: T): Suspension<T> {
    return this.#desk.act((desk) => desk.compute(op, operand)) as Suspension<T>
  }
}
