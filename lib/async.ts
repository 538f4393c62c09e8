/**
 * Values that may not exist yet, with arithmetic that the scheduler's workers do.
 */
import { DisposedError, invalidType, outOfRange, TimeoutError } from './errors.js'
import { CommandCode } from './layout.js'
import { currentScheduler } from './scope.js'
import { Slot } from './slot.js'
import * as stream from './stream.js'

/** What {@link Async.getWait} may be told. */
export interface WaitOptions {
  /** Milliseconds to wait at most. Default: no limit. */
  timeout?: number | undefined
}

/** What {@link Async.get} may be told. */
export interface GetOptions {
  /** Ends the wait, not the computation. */
  signal?: AbortSignal | undefined
}

/** What arithmetic takes beside an `Async<T>`: another one, or a plain value. */
export type Operand<T> = Async<T> | T

/** A number stays a number whatever its literal type, `new Async(1)` is an `Async<number>`. */
type Widen<T> = T extends number ? number : T extends bigint ? bigint : T

/** A wait comes back to JavaScript that often, where `worker.terminate()` can end it. */
const SLICE_MS = 50

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
export class Async<T> implements PromiseLike<T>, Disposable {
  #slot: Slot | undefined

  /**
   * A value that is there.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is neither a number nor a bigint
   * @throws RangeError with code `ERR_OUT_OF_RANGE` if it is a bigint beyond 64 bits
   */
  constructor(value: T & (number | bigint))
  /** @internal */
  constructor(slot: Slot)
  constructor(value: unknown) {
    this.#slot = value instanceof Slot ? value : stream.constant(value)
  }

  /** The same as the constructor. */
  static of<T extends number | bigint>(value: T): Async<Widen<T>> {
    return new Async<Widen<T>>(stream.constant(value))
  }

  /** True once the value or its failure is there. */
  get ready(): boolean {
    return stream.isReady(this.#open())
  }

  /**
   * The value, or undefined while it is not there. Never waits.
   *
   * @throws the failure that came instead of it
   */
  tryGet(): { value: T } | undefined {
    const slot = this.#open()
    return stream.isReady(slot) ? { value: stream.take(slot) as T } : undefined
  }

  /**
   * Waits for the value, and works while it waits: what the value depends on is computed on this
   * thread as far as no worker does it.
   *
   * @throws the failure that came instead of it
   * @throws TimeoutError with code `ERR_HEDDLE_TIMEOUT`; the value can still be waited for again
   */
  getWait(options?: WaitOptions): T {
    const slot = this.#open()
    const timeout = checkTimeout(options)
    const start = performance.now()
    for (let left = timeout; !stream.wait(slot, Math.min(left, SLICE_MS)); ) {
      left = timeout - (performance.now() - start)
      if (left <= 0) throw new TimeoutError(`the value did not come within ${timeout} ms`)
    }
    return stream.take(slot) as T
  }

  /**
   * A promise of the value. While it is pending the process stays alive.
   *
   * It rejects with the failure that came instead, or with `options.signal`'s reason.
   */
  get(options?: GetOptions): Promise<T> {
    const slot = this.#open()
    const signal = checkSignal(options)
    if (signal === undefined) return stream.promise(slot) as Promise<T>
    if (signal.aborted) return Promise.reject(signal.reason)
    return new Promise<T>((resolve, reject) => {
      let token = 0
      stream.hold()
      const abort = () => {
        stream.unhold()
        stream.forget(token)
        reject(signal.reason)
      }
      const settle = (how: (value: unknown) => void) => (value: unknown) => {
        stream.unhold()
        signal.removeEventListener('abort', abort)
        how(value)
      }
      signal.addEventListener('abort', abort, { once: true })
      token = stream.watch(slot, settle(resolve as (value: unknown) => void), settle(reject))
    })
  }

  // biome-ignore lint/suspicious/noThenProperty: an Async is awaited like a promise
  then<A = T, B = never>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.get().then(onValue, onError)
  }

  /**
   * The sum. On bigints, a result beyond 64 bits is a failure with code `ERR_HEDDLE_OVERFLOW`.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if one is a number and the other a bigint
   */
  add(other: Operand<T>): Async<T> {
    return this.#compute(CommandCode.Add, other)
  }

  /** The difference. As {@link Async.add}. */
  sub(other: Operand<T>): Async<T> {
    return this.#compute(CommandCode.Sub, other)
  }

  /** The product. As {@link Async.add}. */
  mul(other: Operand<T>): Async<T> {
    return this.#compute(CommandCode.Mul, other)
  }

  /**
   * The quotient. As {@link Async.add}; on bigints it is truncated toward zero, and by `0n` it is a
   * failure with code `ERR_HEDDLE_DIVIDE_BY_ZERO`.
   */
  div(other: Operand<T>): Async<T> {
    return this.#compute(CommandCode.Div, other)
  }

  /** Gives the value back; later uses throw. Never needed: the collector does it too. */
  [Symbol.dispose](): void {
    this.#slot = undefined
  }

  /** @internal */
  static compute<T>(op: CommandCode, left: Operand<T>, right: Operand<T>): Async<T> {
    if (left instanceof Async) return left.#compute(op, right)
    const runtime = currentScheduler().open()
    if (right instanceof Async)
      return new Async<T>(stream.operationLeft(runtime, op, left, right.#open()))
    return new Async<T>(stream.operationRight(runtime, op, stream.constant(left, 'left'), right))
  }

  #compute(op: CommandCode, other: Operand<T>): Async<T> {
    const left = this.#open()
    const runtime = currentScheduler().open()
    if (other instanceof Async)
      return new Async<T>(stream.operation(runtime, op, left, other.#open()))
    return new Async<T>(stream.operationRight(runtime, op, left, other))
  }

  #open(): Slot {
    if (this.#slot === undefined) throw new DisposedError()
    return this.#slot
  }
}

/** `left + right`, where either may be a plain value. */
export function add<T extends number | bigint>(
  left: Operand<T>,
  right: Operand<T>,
): Async<Widen<T>> {
  return Async.compute(CommandCode.Add, left, right) as Async<Widen<T>>
}

/** `left - right`, where either may be a plain value. */
export function sub<T extends number | bigint>(
  left: Operand<T>,
  right: Operand<T>,
): Async<Widen<T>> {
  return Async.compute(CommandCode.Sub, left, right) as Async<Widen<T>>
}

/** `left * right`, where either may be a plain value. */
export function mul<T extends number | bigint>(
  left: Operand<T>,
  right: Operand<T>,
): Async<Widen<T>> {
  return Async.compute(CommandCode.Mul, left, right) as Async<Widen<T>>
}

/** `left / right`, where either may be a plain value. */
export function div<T extends number | bigint>(
  left: Operand<T>,
  right: Operand<T>,
): Async<Widen<T>> {
  return Async.compute(CommandCode.Div, left, right) as Async<Widen<T>>
}

function checkTimeout(options: WaitOptions | undefined): number {
  const timeout = checkObject(options)?.timeout
  if (timeout === undefined) return Number.POSITIVE_INFINITY
  if (typeof timeout !== 'number') throw invalidType('options.timeout', 'a number', timeout)
  if (!(timeout >= 0)) throw outOfRange('options.timeout', 'at least 0', timeout)
  return timeout
}

function checkSignal(options: GetOptions | undefined): AbortSignal | undefined {
  const signal = checkObject(options)?.signal
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw invalidType('options.signal', 'an AbortSignal', signal)
}

function checkObject<O extends object>(options: O | undefined): O | undefined {
  if (options === undefined || (typeof options === 'object' && options !== null)) return options
  throw invalidType('options', 'an object', options)
}
