/**
 * Values that may not exist yet, with arithmetic that the scheduler's workers do.
 */
import { kickAll } from './active.js'
import { ArrayOperators } from './array-operators.js'
import { ArraySlot, kindOf, type TypedArray } from './array-slot.js'
import { arrayOf, transferred } from './arrays.js'
import { block, checkObject, Deadline, SLICE_MS, type WaitOptions } from './block.js'
import { Epoch, type Source } from './epoch.js'
import { DisposedError, invalidType } from './errors.js'
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
  type Now,
  watch,
} from './operate.js'
import { Mode } from './operation.js'
import type { Operand, Plain } from './operators.js'
import { ReadBuffer } from './read-buffer.js'
import * as stream from './stream.js'
import { WriteBuffer } from './write-buffer.js'

/** What {@link Async.of} may be told of a typed array. */
export interface ArrayOptions {
  /** Elements along each dimension, the last one fastest. Default: all in one. */
  shape?: readonly number[] | undefined
}

/** What {@link Async.get} may be told. */
export interface GetOptions {
  /** Ends the wait, not the computation. */
  signal?: AbortSignal | undefined
}

/** A number stays a number whatever its literal type, `new Async(1)` is an `Async<number>`. */
type Widen<T> = T extends number
  ? number
  : T extends bigint
    ? bigint
    : T extends boolean
      ? boolean
      : T

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
  constructor(...args: [] | [value: unknown] | [inside: typeof INSIDE, now: Now]) {
    super()
    if (args.length === 2 && args[0] === INSIDE) this.#now = args[1]
    else this.#now = args.length === 0 ? new Epoch() : constant('value', args[0])
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

  /** How many elements along each dimension; undefined: it is no array, or not known yet. */
  get shape(): readonly number[] | undefined {
    const now = this.#open()
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
    const epoch = new Epoch()
    epoch.source = fromPromise
    promise.then(
      (value) => epoch.settle(value),
      (error) => epoch.fail(error),
    )
    return new Async<T>(INSIDE, epoch)
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
      value instanceof Async ? epochOf(value.#open()) : Epoch.of(value),
    )
    return new Async<Values<T>>(
      INSIDE,
      call('all', operands, (all) => all),
    )
  }

  /** True once the value or its failure is there. */
  get ready(): boolean {
    const now = this.#open()
    return now instanceof Epoch ? now.isSettled : stream.isReady(now)
  }

  /**
   * The value, or undefined while it is not there. Never waits.
   *
   * @throws the failure that came instead of it
   */
  tryGet(): { value: T } | undefined {
    const now = this.#open()
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
    const now = this.#open()
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
    const now = this.#open()
    const signal = checkSignal(options)
    if (signal === undefined && !(now instanceof Epoch)) return stream.promise(now) as Promise<T>
    if (signal?.aborted) return Promise.reject(signal.reason)
    return new Promise<T>((resolve, reject) => {
      stream.hold()
      kickAll()
      let unwatch = () => {}
      const abort = () => {
        unwatch()
        end(() => reject(signal?.reason))
      }
      const end = (how: () => void) => {
        stream.unhold()
        signal?.removeEventListener('abort', abort)
        how()
      }
      unwatch = watch(
        now,
        (value) => end(() => resolve(value as T)),
        (error) => end(() => reject(error)),
      )
      signal?.addEventListener('abort', abort, { once: true })
    })
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
    return new ReadBuffer<T>(this.#epoch())
  }

  /** The right to write the next version, after all that was asked for before. */
  write(): WriteBuffer<T> {
    const now = this.#epoch()
    if (now.isBlank) return new WriteBuffer<T>(now, undefined)
    const next = new Epoch()
    this.#now = next
    return new WriteBuffer<T>(next, now)
  }

  /**
   * Writes the next version: a value, or what another one has as of now.
   *
   * @throws RangeError with code `ERR_OUT_OF_RANGE` if it is a bigint beyond 64 bits
   */
  set(value: T | Async<T>): this {
    const next = value instanceof Async ? value.#open() : constant('value', value)
    this.#advance(next)
    return this
  }

  /** A new timeline with the value as of now. */
  copy(): Async<T> {
    return new Async<T>(INSIDE, copyOf(this.#open()))
  }

  /** Moves the value out. This one is empty then: reading it fails until it is written again. */
  take(): Async<T> {
    const now = this.#open()
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
      call(name, [this.#epoch()], ([value]) => fn(value as T)),
    )
  }

  /** The next version is the sum. An empty value becomes the operand. */
  addAssign(other: Operand<T>): this {
    return this.#assign(CommandCode.Add, other)
  }

  /** The next version is the difference. An empty value becomes the negative operand. */
  subAssign(other: Operand<T>): this {
    return this.#assign(CommandCode.Sub, other)
  }

  /** The next version is the product. On an empty value, {@link BufferWriteUninitialized}. */
  mulAssign(other: Operand<T>): this {
    return this.#assign(CommandCode.Mul, other)
  }

  /** The next version is the quotient. On an empty value, {@link BufferWriteUninitialized}. */
  divAssign(other: Operand<T>): this {
    return this.#assign(CommandCode.Div, other)
  }

  /** Gives the value back; later uses throw. Never needed: the collector does it too. */
  [Symbol.dispose](): void {
    const now = this.#now
    this.#now = undefined
    if (now instanceof ArraySlot) now.release()
  }

  /** @internal */
  static compute<R>(op: CommandCode, left: unknown, right: unknown): Async<R> {
    if (left instanceof Async) return left.binary(op, right)
    if (right instanceof Async) return new Async<R>(INSIDE, computeLeft(op, left, right.#open()))
    return new Async<R>(INSIDE, computeRight(op, constant('left', left), right))
  }

  /** @internal */
  protected override binary<R>(op: CommandCode, other: unknown): Async<R> {
    const left = this.#open()
    if (other instanceof Async) return new Async<R>(INSIDE, compute(op, left, other.#open()))
    return new Async<R>(INSIDE, computeRight(op, left, other))
  }

  /** @internal */
  protected override unary<R>(op: CommandCode): Async<R> {
    return new Async<R>(INSIDE, computeUnary(op, this.#open()))
  }

  /** @internal */
  protected override now(value: unknown = this): Now {
    return value instanceof Async ? value.#open() : constant('other', value)
  }

  /** @internal */
  protected override wrap<R>(now: Now): Async<R> {
    return new Async<R>(INSIDE, now)
  }

  #assign(op: CommandCode, other: Operand<T>): this {
    const left = this.#open()
    const from = left instanceof Epoch && left.isBlank ? nothing() : left
    const next =
      other instanceof Async
        ? compute(op, from, other.#open(), Mode.Assign)
        : computeRight(op, from, other, Mode.Assign)
    if (left instanceof Epoch && left.isBlank) left.follow(epochOf(next))
    else this.#now = next
    return this
  }

  /** The next version is this, which belongs to another timeline. */
  #advance(next: Now): void {
    const now = this.#open()
    if (now instanceof Epoch && now.isBlank) now.follow(epochOf(next))
    else this.#now = copyOf(next)
  }

  /** The epoch that this is, or becomes. */
  #epoch(): Epoch {
    const epoch = epochOf(this.#open())
    this.#now = epoch
    return epoch
  }

  #open(): Now {
    if (this.#now === undefined) throw new DisposedError()
    return this.#now
  }
}

/** What was never written, and never will be. */
function nothing(): Epoch {
  const epoch = new Epoch()
  epoch.abandon()
  return epoch
}

/** What a tuple of `Async` and plain values comes to. */
type Values<T extends readonly unknown[]> = {
  -readonly [K in keyof T]: T[K] extends Async<infer V> ? V : T[K]
}

/** `Async.from`: no thread that blocks can bring it. */
const fromPromise: Source = {
  need: () => ({ kind: 'nothing', why: 'only the event loop can settle a promise' }),
  describe: () => 'a promise',
}

function checkSignal(options: GetOptions | undefined): AbortSignal | undefined {
  const signal = checkObject(options)?.signal
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw invalidType('options.signal', 'an AbortSignal', signal)
}
