/**
 * What a coroutine waits for beside buffers, and how one is started.
 */

import type { TaskFunction } from './coroutine.js'
import type { Need } from './epoch.js'
import { invalidType } from './errors.js'
import { checkMilliseconds } from './options.js'
import { currentScheduler } from './scope.js'
import { All, type Resumable, Settling, Sleep, Suspension } from './suspension.js'
import type { Task } from './task.js'

/** What several suspensions come to. */
type Outcomes<S extends readonly Suspension<unknown>[]> = {
  -readonly [K in keyof S]: S[K] extends Suspension<infer T> ? T : never
}

/** Runs a task on the current scheduler: see {@link TaskScheduler.schedule}. */
export function schedule<A extends unknown[], R>(task: TaskFunction<A, R>, ...args: A): Task<R>
export function schedule<R>(task: TaskFunction<[], R>, ...args: unknown[]): Task<R>
export function schedule<R>(task: TaskFunction<unknown[], R>, ...args: unknown[]): Task<R> {
  return currentScheduler().schedule(task, ...args)
}

/**
 * `yield* all(a, b)`: waits for all at once, and gives all their values.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if one is nothing that can be waited for
 */
export function all<S extends readonly Suspension<unknown>[]>(
  ...parts: S
): Suspension<Outcomes<S>> {
  for (const part of parts) {
    if (!(part instanceof Suspension)) throw invalidType('parts', 'buffers and their like', part)
  }
  return new All<Outcomes<S>>(parts)
}

/**
 * `yield* sleep(ms)`: lets others run for so many milliseconds.
 *
 * @throws TypeError or RangeError if it is no number from 0 to 2³¹ - 1
 */
export function sleep(milliseconds: number): Suspension<void> {
  return new Sleep(checkMilliseconds(milliseconds))
}

/**
 * `yield* promise(p)`: waits for a promise, or an `Async`. Only the event loop can settle it.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none
 */
export function promise<T>(promised: PromiseLike<T>): Suspension<T> {
  if (typeof (promised as { then?: unknown } | undefined)?.then !== 'function') {
    throw invalidType('promised', 'a promise', promised)
  }
  return new Settling<T>(promised)
}

/**
 * `yield* call(task, ...args)`: runs another task, and gives what it returns or throws what it
 * throws.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if `task` is no function
 */
export function call<A extends unknown[], R>(task: TaskFunction<A, R>, ...args: A): Suspension<R> {
  return new Ending(schedule(task, ...args))
}

/** Waits for the end of a task. */
class Ending<R> extends Suspension<R> {
  readonly #task: Task<R>

  constructor(task: Task<R>) {
    super()
    this.#task = task
    task.whenEnded({ resume() {} })
  }

  get isOver(): boolean {
    return this.#task.isEnded
  }

  outcome(): R {
    return this.#task.outcome()
  }

  suspend(who: Resumable): void {
    this.#task.whenEnded(who)
  }

  need(): Need {
    return { kind: 'source', source: this.#task }
  }

  describe(): string {
    return this.#task.describe()
  }
}
