/**
 * Functions that a scheduler runs.
 */
import { invalidType } from './errors.js'
import type { Suspension } from './suspension.js'

/** A coroutine: it suspends by `yield*` on buffers and on what {@link all} and its kin return. */
export type Coroutine<R> = Generator<Suspension<unknown>, R, void>

/** What `schedule` takes: a generator function, an `async` one, or a plain one. */
export type TaskFunction<A extends unknown[], R> = (...args: A) => Coroutine<R> | PromiseLike<R> | R

export interface ScheduleOptions {
  /** For reports. Default: the function's name. */
  name?: string | undefined
  /** Ends the task at its next suspension, with the signal's reason. */
  signal?: AbortSignal | undefined
}

/** @internal @throws TypeError with code `ERR_INVALID_ARG_TYPE` */
export function checkTask(options: ScheduleOptions, task: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options)
  }
  const { name, signal } = options
  if (name !== undefined && typeof name !== 'string')
    throw invalidType('options.name', 'a string', name)
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw invalidType('options.signal', 'an AbortSignal', signal)
  }
  if (typeof task !== 'function') throw invalidType('task', 'a function', task)
}

export function isAsync(f: unknown): boolean {
  return Object.prototype.toString.call(f) === '[object AsyncFunction]'
}

export function isCoroutine<R>(made: unknown): made is Coroutine<R> {
  const it = made as { next?: unknown; throw?: unknown; [Symbol.iterator]?: unknown } | null
  return (
    typeof it === 'object' &&
    it !== null &&
    typeof it.next === 'function' &&
    typeof it.throw === 'function' &&
    typeof it[Symbol.iterator] === 'function'
  )
}

export function isThenable<R>(made: unknown): made is PromiseLike<R> {
  return typeof (made as { then?: unknown } | null | undefined)?.then === 'function'
}
