/**
 * From operators to epochs: recorded for the workers where that is possible, kept where it is not.
 */
import { kickAll } from './active.js'
import { ArraySlot, kindOf } from './array-slot.js'
import * as arrays from './arrays.js'
import { checkObject } from './block.js'
import { Epoch, type Source, State, type Waiter } from './epoch.js'
import { invalidType, outOfRange } from './errors.js'
import { type CommandCode, Type } from './layout.js'
import { slotOf } from './native-value.js'
import {
  Arithmetic,
  ArrayOperation,
  Call,
  checkArraySlot,
  Mode,
  type OnArrays,
  operation,
} from './operation.js'
import * as post from './post.js'
import { currentScheduler } from './scope.js'
import type { Slot } from './slot.js'
import * as stream from './stream.js'
import type { TaskScheduler } from './task-scheduler.js'
import { signature, typeOf as valueType } from './types.js'
import * as watches from './watch.js'

/** What {@link Async.get} may be told. */
export interface GetOptions {
  /** Ends the wait, not the computation. */
  signal?: AbortSignal | undefined
}

/** Where an `Async` is: in native memory, or what JavaScript writes or reads. */
export type Now = Slot | Epoch

/** A value that is there: natively, if native code can have it. */
export function constant(name: string, value: unknown): Now {
  if (typeof value === 'bigint' && BigInt.asIntN(64, value) !== value) {
    throw outOfRange(name, 'a bigint of at most 64 bits', value)
  }
  return slotOf(value) ?? Epoch.of(value)
}

export function epochOf(now: Now): Epoch {
  return now instanceof Epoch ? now : Epoch.ofSlot(now)
}

/** What was never written, and never will be. */
export function nothing(): Epoch {
  const epoch = new Epoch()
  epoch.abandon()
  return epoch
}

/** The same value for another timeline, whose readers and writers are its own. */
export function copyOf(now: Now): Now {
  if (!(now instanceof Epoch)) {
    if (now instanceof ArraySlot) now.owners += 1
    return now
  }
  const copy = new Epoch()
  copy.follow(now)
  return copy
}

/** Records an operator, or keeps it until it can be. */
export function compute(op: CommandCode, left: Now, right: Now, mode: Mode = Mode.Pure): Now {
  const { direct } = currentScheduler()
  if (direct !== 0 && isScalar(left) && isScalar(right)) {
    return stream.operation(direct, op, left, right)
  }
  const scheduler = open()
  const l = nativeOf(left)
  const r = nativeOf(right)
  if (l !== undefined && r !== undefined && !scheduler.isStepped) {
    return operation(scheduler.runtime, op, l, r)
  }
  checkTypes(op, typeNow(left), typeNow(right))
  return keep(scheduler, op, [epochOf(left), epochOf(right)], mode)
}

/** The same with a plain value on the right, which needs no place of its own. */
export function computeRight(
  op: CommandCode,
  left: Now,
  value: unknown,
  mode: Mode = Mode.Pure,
): Now {
  const { direct } = currentScheduler()
  if (direct !== 0 && isScalar(left) && typeof value !== 'object') {
    return stream.operationRight(direct, op, left, value)
  }
  if (kindOf(value) !== undefined) return compute(op, left, constant('other', value), mode)
  const scheduler = open()
  const l = nativeOf(left)
  if (l !== undefined && !scheduler.isStepped) {
    if (l instanceof ArraySlot) return arrays.binary(scheduler.runtime, op, l, value)
    return stream.operationRight(scheduler.runtime, op, l, value)
  }
  checkTypes(op, typeNow(left), valueType('other', value))
  return keep(scheduler, op, [epochOf(left), Epoch.of(value)], mode)
}

/** The same with a plain value on the left. */
export function computeLeft(op: CommandCode, value: unknown, right: Now): Now {
  if (kindOf(value) !== undefined) return compute(op, constant('left', value), right)
  const scheduler = open()
  const r = nativeOf(right)
  if (r !== undefined && !scheduler.isStepped) {
    if (r instanceof ArraySlot) return arrays.binary(scheduler.runtime, op, value, r)
    return stream.operationLeft(scheduler.runtime, op, value, r)
  }
  checkTypes(op, valueType('left', value), typeNow(right))
  return keep(scheduler, op, [Epoch.of(value), epochOf(right)], Mode.Pure)
}

/** The same for an operator of one operand. */
export function computeUnary(op: CommandCode, source: Now): Now {
  const scheduler = open()
  const slot = nativeOf(source)
  if (slot !== undefined && !scheduler.isStepped) return operation(scheduler.runtime, op, slot)
  const type = typeNow(source)
  checkTypes(op, type, type)
  return keep(scheduler, op, [epochOf(source)], Mode.Pure)
}

/** The current scheduler, which takes something. */
function open(): TaskScheduler {
  const scheduler = currentScheduler()
  scheduler.check()
  return scheduler
}

/** A native value that a command computes with. */
function isScalar(now: Now): now is Slot {
  return !(now instanceof Epoch) && now.type !== Type.Array && now.type !== Type.Bytes
}

function keep(scheduler: TaskScheduler, op: CommandCode, operands: Epoch[], mode: Mode): Now {
  return new Arithmetic(scheduler, op, operands, mode).start().result
}

function nativeOf(now: Now): Slot | undefined {
  if (now instanceof Epoch) return now.native()
  return now.type === Type.Bytes ? undefined : now
}

/** The type of what is known already; undefined: it is still to come. */
function typeNow(now: Now): Type | undefined {
  const slot = now instanceof Epoch ? now.slot : now
  if (slot !== undefined && slot.type !== Type.Bytes) return slot.type
  if (!(now instanceof Epoch) || now.state !== State.Value) return undefined
  return kindOf(now.value) === undefined ? valueType('this', now.value) : Type.Array
}

function checkTypes(op: CommandCode, left: Type | undefined, right: Type | undefined): void {
  if (left === Type.Array || right === Type.Array) return // Shapes count, too: see `arrays.ts`.
  if (left !== undefined && right !== undefined) signature(op, left, right)
}

/** An operation that only arrays have, at once or when they have come. */
export function onArrays(name: string, operands: readonly Now[], f: OnArrays): Now {
  const scheduler = open()
  const slots = operands.map(nativeOf)
  if (!scheduler.isStepped && slots.every((slot) => slot !== undefined)) {
    return f(
      scheduler.runtime,
      slots.map((slot) => checkArraySlot(name, slot as Slot)),
    )
  }
  return new ArrayOperation(scheduler, name, operands.map(epochOf), f).start().result
}

export function call(
  name: string,
  operands: readonly Epoch[],
  f: (values: unknown[]) => unknown,
): Epoch {
  const scheduler = open()
  return new Call(scheduler, name, operands, f).start().result
}

/** What a promise will bring. */
export function promised(promise: PromiseLike<unknown>): Epoch {
  const epoch = new Epoch()
  epoch.source = fromPromise
  promise.then(
    (value) => epoch.settle(value),
    (error) => epoch.fail(error),
  )
  return epoch
}

/** No thread that blocks can bring it. */
const fromPromise: Source = {
  need: () => ({ kind: 'nothing', why: 'only the event loop can settle a promise' }),
  describe: () => 'a promise',
}

/** As `Async.get`. */
export function promiseOf<T>(now: Now, options: GetOptions | undefined): Promise<T> {
  const signal = checkSignal(options)
  if (signal === undefined && !(now instanceof Epoch)) return watches.promise(now) as Promise<T>
  if (signal === undefined) return promiseOfEpoch(now as Epoch) as Promise<T>
  if (signal.aborted) return Promise.reject(signal.reason)
  return new Promise<T>((resolve, reject) => {
    post.hold()
    kickAll() // Those that step only while somebody waits.
    let isOver = false
    let unwatch = () => {}
    const abort = () => {
      unwatch()
      end(() => reject(signal.reason))
    }
    const end = (how: () => void) => {
      isOver = true
      post.unhold()
      signal.removeEventListener('abort', abort)
      how()
    }
    try {
      unwatch = watch(
        now,
        (value) => end(() => resolve(value as T)),
        (error) => end(() => reject(error)),
      )
    } catch (error) {
      end(() => reject(error))
    }
    if (!isOver) signal.addEventListener('abort', abort, { once: true })
  })
}

/** It keeps the process alive while it is pending. */
function promiseOfEpoch(epoch: Epoch): Promise<unknown> {
  if (epoch.isSettled) {
    if (epoch.state === State.Value) return Promise.resolve(epoch.value)
    return Promise.reject(epoch.reason())
  }
  return new Promise((resolve, reject) => {
    const waiter = new Awaiting(resolve, reject)
    post.hold()
    try {
      kickAll() // Those that step only while somebody waits.
      epoch.whenSettled(waiter)
    } catch (error) {
      post.unhold()
      throw error
    }
  })
}

class Awaiting implements Waiter {
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void

  constructor(resolve: (value: unknown) => void, reject: (error: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  arrived(epoch: Epoch): void {
    post.unhold()
    if (epoch.state === State.Value) this.#resolve(epoch.value)
    else this.#reject(epoch.reason())
  }
}

/** @throws TypeError with code `ERR_INVALID_ARG_TYPE` if there is one that is none */
export function checkSignal(options: GetOptions | undefined): AbortSignal | undefined {
  const signal = checkObject(options)?.signal
  if (signal === undefined || signal instanceof AbortSignal) return signal
  throw invalidType('options.signal', 'an AbortSignal', signal)
}

/** Tells one of the two, and nobody once the function that it returns was called. */
export function watch(
  now: Now,
  resolve: (value: unknown) => void,
  reject: (error: unknown) => void,
): () => void {
  if (!(now instanceof Epoch)) {
    const token = watches.watch(now, resolve, reject)
    return () => post.forget(token)
  }
  const arrived = (epoch: Epoch) => {
    if (epoch.state === State.Value) resolve(epoch.value)
    else reject(epoch.reason())
  }
  const waiter = { arrived }
  now.whenSettled(waiter)
  return () => now.unsubscribe(waiter)
}
