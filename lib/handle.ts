/**
 * What a thread sends to another so that both have the same scheduler, or the same value: plain
 * objects, for `postMessage` and `workerData`.
 */
import { invalidType } from './errors.js'

/** Names a {@link Scheduler} to other threads of this process: see {@link Scheduler.attach}. */
export interface SchedulerHandle {
  readonly heddle: 'scheduler'
  /** For messages. */
  readonly name: string
  /** Nobody guesses it. */
  readonly key: number
}

/** Names an `Async` to other threads of this process: see {@link Async.attach}. */
export interface ValueHandle<T> {
  readonly heddle: 'value'
  /** Nobody guesses it. */
  readonly key: number
  /** Whoever attaches the value has attached this one before. */
  readonly scheduler: SchedulerHandle
  /** Never there: for the type of the value only. */
  readonly of?: T
}

/** Names a `Completion` to other threads of this process: see {@link Completion.signal}. */
export interface CompletionHandle {
  readonly heddle: 'completion'
  /** Nobody guesses it. */
  readonly key: number
}

/** The schedulers that this thread has made or attached, and how often. */
const joined = new Map<number, number>()

/** This thread uses the scheduler with that key. */
export function join(key: number): void {
  joined.set(key, (joined.get(key) ?? 0) + 1)
}

/** Once less. */
export function part(key: number): void {
  const count = (joined.get(key) ?? 0) - 1
  if (count > 0) joined.set(key, count)
  else joined.delete(key)
}

export function isJoined(key: number): boolean {
  return joined.has(key)
}

/** @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none */
export function checkHandle<H extends SchedulerHandle | ValueHandle<unknown> | CompletionHandle>(
  handle: unknown,
  of: H['heddle'],
): H {
  const { heddle, key } = (handle ?? {}) as Partial<H>
  if (heddle !== of || !Number.isSafeInteger(key)) {
    throw invalidType('handle', `the handle of a ${of}`, handle)
  }
  return handle as H
}
