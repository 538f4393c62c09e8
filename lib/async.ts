/**
 * Values that may not exist yet, with arithmetic that the scheduler's workers do.
 */
import { ArrayOperators } from './array-operators.js'
import { type ArrayOptions, ArraySlot, kindOf, type TypedArray } from './array-slot.js'
import { arrayOf, transferred } from './arrays.js'
import { block, checkObject, Deadline, SLICE_MS, type WaitOptions } from './block.js'
import { Epoch } from './epoch.js'
import { DisposedError, invalidType } from './errors.js'
import type { ValueHandle } from './handle.js'
import { CommandCode } from './layout.js'
import {
  call,
  compute,
  computeLeft,
  computeRight,
  computeUnary,
  constant,
  copyOf,
  epochOf,
  type GetOptions,
  type Now,
  nothing,
  promised,
  promiseOf,
} from './operate.js'
import { Mode } from './operation.js'
import type { Operand, Plain, Values, Widen } from './operators.js'
import { ReadBuffer } from './read-buffer.js'
import { SharedValue } from './shared-value.js'
import * as stream from './stream.js'
import { WriteBuffer } from './write-buffer.js'

/** Of those that other threads have, too. */
const sharedValues = new WeakMap<Async<unknown>, SharedValue>()

/** Tells the constructor that it is given what it is to hold. */
const INSIDE = Symbol('inside')

/**
 * A value that may not exist yet.
 *
 * Arithmetic makes new values at once and computes them on the workers of the current scheduler;
 * a failure travels to everything that was computed from it. An `Async` is thenable, so an `async`
 * function that returns one returns its value instead: return `{ value }` to hand one out.
 *
 * @example
 * ```ts
 * const a = new Async(20)
 * const b = a.add(1).mul(2)
 * console.log(b.getWait()) // 42
 * console.log(await b) // 42
 * ```
 */
export class Async<T> extends ArrayOperators<T> implements PromiseLike<T>, Disposable {
  #now: Now | undefined

  /** One that is empty: readers wait for the first write. */
  constructor()
  /**
   * One that has a value: any value, `undefined` included.
   *
   * @throws RangeError with code `ERR_OUT_OF_RANGE` if it is a bigint beyond 64 bits
   */
  constructor(value: T)
  /** @internal */
  constructor(inside: typeof INSIDE, now: Now)
  constructor(value?: unknown, now?: Now) {
    super()
    if (value === INSIDE) this.#now = now
    // Of a rest parameter there would be an array each time.
    // biome-ignore lint/complexity/noArguments: undefined is a value, too
    else this.#now = arguments.length === 0 ? new Epoch() : constant('value', value)
  }

  /** @internal One for a value that native code brings. */
  static inside<T>(now: Now): Async<T> {
    return new Async<T>(INSIDE, now)
  }

  /**
   * The same as the constructor, and with a shape for a typed array: how many elements it has along
   * each dimension, the last one fastest. Elements are copied, unless they are in shared memory.
   *
   * @throws TypeError, RangeError if the shape is none, or has another number of elements
   */
  static of<T>(value: T, options?: ArrayOptions): Async<Plain<Widen<T>>> {
    const shape = checkObject(options)?.shape
    if (shape === undefined) return new Async<Plain<Widen<T>>>(INSIDE, constant('value', value))
    if (kindOf(value) === undefined) throw invalidType('value', 'a typed array', value)
    return new Async<Plain<Widen<T>>>(INSIDE, arrayOf('value', value as TypedArray, shape))
  }

  /**
   * The same without a copy: `array` is empty afterwards, as is whatever shares its buffer.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no array of numbers
   */
  static transfer<A extends TypedArray>(array: A, options?: ArrayOptions): Async<A> {
    if (kindOf(array) === undefined) throw invalidType('array', 'a typed array', array)
    return new Async<A>(INSIDE, transferred(array, checkObject(options)?.shape))
  }

  /**
   * A value of another thread of this process: the same timeline. The order of the calls decides
   * who sees what, whichever threads they come from. Arrays are not copied; what only JavaScript
   * knows is cloned.
   *
   * @param handle - its {@link handle}, out of a message or `workerData`
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none
   * @throws NotAttachedError with code `ERR_HEDDLE_NOT_ATTACHED` if this thread has not attached
   *   the value's scheduler
   * @throws DisposedError with code `ERR_HEDDLE_DISPOSED` if no thread has the value any more
   */
  static attach<T>(handle: ValueHandle<T>): Async<T> {
    const attached = new Async<T>()
    Async.#share(attached, SharedValue.attach(handle))
    return attached
  }

  /**
   * What another thread attaches to. From here on all threads share the value: one that is not
   * written before the current scheduler is disposed, or its writer's thread ends, has failed.
   *
   * @throws HeddleError with code `ERR_HEDDLE_NOT_SHARED` if that is a {@link DebugScheduler}
   */
  get handle(): ValueHandle<T> {
    const shared = Async.#shared(this) ?? SharedValue.of(Async.#open(this))
    Async.#share(this, shared)
    return shared.handle
  }

  /** How many elements along each dimension; undefined: it is no array, or not known yet. */
  get shape(): readonly number[] | undefined {
    const now = Async.#open(this)
    const slot = now instanceof Epoch ? now.native() : now
    return slot instanceof ArraySlot ? slot.shape : undefined
  }

  /**
   * What a promise will bring, or its failure. A call that blocks cannot wait for it: only the
   * event loop can settle a promise.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none
   */
  static from<T>(promise: PromiseLike<T>): Async<T> {
    if (typeof (promise as { then?: unknown } | undefined)?.then !== 'function') {
      throw invalidType('promise', 'a promise', promise)
    }
    return new Async<T>(INSIDE, promised(promise))
  }

  /**
   * All the values, once all are there; plain ones stand for themselves. It fails with the first
   * failure in their order.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if `values` is no array
   */
  static all<const T extends readonly unknown[]>(values: T): Async<Values<T>> {
    if (!Array.isArray(values)) throw invalidType('values', 'an array', values)
    const operands = values.map((value) =>
      value instanceof Async ? epochOf(Async.#open(value)) : Epoch.of(value),
    )
    return new Async<Values<T>>(
      INSIDE,
      call('all', operands, (all) => all),
    )
  }

  /** True once the value or its failure is there. */
  get ready(): boolean {
    const now = Async.#open(this)
    return now instanceof Epoch ? now.isSettled : stream.isReady(now)
  }

  /**
   * The value, or undefined while it is not there. Never waits.
   *
   * @throws the failure that came instead of it
   */
  tryGet(): { value: T } | undefined {
    const now = Async.#open(this)
    if (now instanceof Epoch) return now.isSettled ? { value: now.take() as T } : undefined
    return stream.isReady(now) ? { value: stream.take(now) as T } : undefined
  }

  /**
   * Waits for the value, and works while it waits: what the value depends on is computed on this
   * thread as far as no worker does it, also if the scheduler is paused.
   *
   * @throws the failure that came instead of it
   * @throws DeadlockError with code `ERR_HEDDLE_DEADLOCK` if nothing that could bring it can run
   * @throws TimeoutError with code `ERR_HEDDLE_TIMEOUT`; the value can still be waited for again
   */
  getWait(options?: WaitOptions): T {
    const now = Async.#open(this)
    if (now instanceof Epoch) return block(now, options) as T
    const deadline = new Deadline(options)
    while (!stream.wait(now, deadline.slice(SLICE_MS))) deadline.check()
    return stream.take(now) as T
  }

  /**
   * A promise of the value. While it is pending the process stays alive.
   *
   * It rejects with the failure that came instead, or with `options.signal`'s reason.
   */
  get(options?: GetOptions): Promise<T> {
    return promiseOf<T>(Async.#open(this), options)
  }

  // biome-ignore lint/suspicious/noThenProperty: an Async is awaited like a promise
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.get().then(onValue, onError)
  }

  /** The right to read this version. */
  read(): ReadBuffer<T> {
    return new ReadBuffer<T>(Async.#shared(this)?.read() ?? Async.#epoch(this))
  }

  /** The right to write the next version, after all that was asked for before. */
  write(): WriteBuffer<T> {
    const { epoch, previous } = Async.#shared(this)?.next() ?? Async.#next(this)
    return new WriteBuffer<T>(epoch, previous)
  }

  /**
   * Writes the next version: a value, or what another one has as of now.
   *
   * @throws RangeError with code `ERR_OUT_OF_RANGE` if it is a bigint beyond 64 bits
   */
  set(value: T | Async<T>): this {
    const next = value instanceof Async ? Async.#open(value) : constant('value', value)
    Async.#advance(this, next)
    return this
  }

  /** A new timeline with the value as of now. */
  copy(): Async<T> {
    return new Async<T>(INSIDE, copyOf(Async.#open(this)))
  }

  /** Moves the value out. This one is empty then: reading it fails until it is written again. */
  take(): Async<T> {
    const shared = Async.#shared(this)
    if (shared !== undefined) return new Async<T>(INSIDE, shared.take())
    const now = Async.#open(this)
    const taken = new Async<T>(INSIDE, now instanceof Epoch ? copyOf(now) : now)
    const empty = new Epoch()
    empty.abandon()
    this.#now = empty
    return taken
  }

  /**
   * What `fn` makes of the value. It runs on this thread, as a task does.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if `fn` is no function
   */
  map<U>(fn: (value: T) => U): Async<U> {
    if (typeof fn !== 'function') throw invalidType('fn', 'a function', fn)
    const name = fn.name === '' ? 'map' : fn.name
    return new Async<U>(
      INSIDE,
      call(name, [Async.#epoch(this)], ([value]) => fn(value as T)),
    )
  }

  /** The next version is the sum. An empty value becomes the operand. */
  addAssign(other: Operand<T>): this {
    Async.#assign(this, CommandCode.Add, other)
    return this
  }

  /** The next version is the difference. An empty value becomes the negative operand. */
  subAssign(other: Operand<T>): this {
    Async.#assign(this, CommandCode.Sub, other)
    return this
  }

  /** The next version is the product. On an empty value, {@link BufferWriteUninitialized}. */
  mulAssign(other: Operand<T>): this {
    Async.#assign(this, CommandCode.Mul, other)
    return this
  }

  /** The next version is the quotient. On an empty value, {@link BufferWriteUninitialized}. */
  divAssign(other: Operand<T>): this {
    Async.#assign(this, CommandCode.Div, other)
    return this
  }

  /** Gives the value back; later uses throw. Never needed: the collector does it too. */
  [Symbol.dispose](): void {
    const now = this.#now
    this.#now = undefined
    sharedValues.delete(this)
    if (now instanceof ArraySlot) now.release()
  }

  /** @internal */
  static compute<R>(op: CommandCode, left: unknown, right: unknown): Async<R> {
    if (left instanceof Async) return left.binary(op, right)
    if (right instanceof Async)
      return new Async<R>(INSIDE, computeLeft(op, left, Async.#open(right)))
    return new Async<R>(INSIDE, computeRight(op, constant('left', left), right))
  }

  /** @internal */
  protected override binary<R>(op: CommandCode, other: unknown): Async<R> {
    const left = Async.#open(this)
    if (other instanceof Async) return new Async<R>(INSIDE, compute(op, left, Async.#open(other)))
    return new Async<R>(INSIDE, computeRight(op, left, other))
  }

  /** @internal */
  protected override unary<R>(op: CommandCode): Async<R> {
    return new Async<R>(INSIDE, computeUnary(op, Async.#open(this)))
  }

  /** @internal */
  override now(value: unknown = this): Now {
    return value instanceof Async ? Async.#open(value) : constant('other', value)
  }

  /** @internal */
  protected override wrap<R>(now: Now): Async<R> {
    return new Async<R>(INSIDE, now)
  }

  static #assign(self: Async<unknown>, op: CommandCode, other: unknown): void {
    const shared = Async.#shared(self)
    if (shared !== undefined) {
      if (other instanceof Async) shared.assign(op, Async.#open(other))
      else shared.assignRight(op, other)
      return
    }
    const left = Async.#open(self)
    const from = left instanceof Epoch && left.isBlank ? nothing() : left
    const next =
      other instanceof Async
        ? compute(op, from, Async.#open(other), Mode.Assign)
        : computeRight(op, from, other, Mode.Assign)
    if (left instanceof Epoch && left.isBlank) left.follow(epochOf(next))
    else self.#now = next
  }

  /** The next version is this, which belongs to another timeline. */
  static #advance(self: Async<unknown>, next: Now): void {
    const shared = Async.#shared(self)
    if (shared !== undefined) {
      shared.set(next)
      return
    }
    const now = Async.#open(self)
    if (now instanceof Epoch && now.isBlank) now.follow(epochOf(next))
    else self.#now = copyOf(next)
  }

  /** The epoch that it is, or becomes. */
  static #epoch(self: Async<unknown>): Epoch {
    const epoch = epochOf(Async.#open(self))
    if (self.#now !== undefined) self.#now = epoch
    return epoch
  }

  /** The epoch to be written next, and the one before, if there is any. */
  static #next(self: Async<unknown>): { epoch: Epoch; previous: Epoch | undefined } {
    const now = Async.#epoch(self)
    if (now.isBlank) return { epoch: now, previous: undefined }
    const next = new Epoch()
    self.#now = next
    return { epoch: next, previous: now }
  }

  // Static, as are those above: private methods would have every instance carry their brand.
  static #open(self: Async<unknown>): Now {
    if (self.#now !== undefined) return self.#now
    const shared = sharedValues.get(self)
    if (shared === undefined) throw new DisposedError()
    return shared.now()
  }

  /** Of one that other threads have, too: it has no version of its own. */
  static #shared(self: Async<unknown>): SharedValue | undefined {
    return self.#now === undefined ? sharedValues.get(self) : undefined
  }

  static #share(self: Async<unknown>, shared: SharedValue): void {
    self.#now = undefined
    sharedValues.set(self, shared)
  }
}
