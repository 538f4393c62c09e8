/**
 * Which scheduler operators use: the innermost scope's, else the global one, else a default one
 * that is made when it is first needed.
 */
import { AsyncLocalStorage } from 'node:async_hooks'

import { invalidType } from './errors.js'
import type { TaskScheduler } from './task-scheduler.js'

/** What was entered, innermost last. The first one of `runWith` belongs to that call. */
type Scopes = TaskScheduler[]

const outside: Scopes = []
/** While a task or an operation runs: its scheduler, and the scopes that it opens. */
let inside: Scopes | undefined
let storage: AsyncLocalStorage<Scopes> | undefined
let global: TaskScheduler | undefined
let makeDefault: () => TaskScheduler
let isScheduler: (value: unknown) => value is TaskScheduler

/**
 * Called by `scheduler.ts`, which imports this file.
 *
 * @internal
 */
export function provide(make: typeof makeDefault, is: typeof isScheduler): void {
  makeDefault = make
  isScheduler = is
}

/**
 * The scheduler that an operator used here and now would use.
 *
 * @internal
 */
export function currentScheduler(): TaskScheduler {
  const entered = scopes()
  return entered[entered.length - 1] ?? getGlobalScheduler()
}

/**
 * Makes a scheduler the current one until it is disposed. Scopes nest.
 *
 * For synchronous code: what runs after an `await` may find another scope. Use {@link runWith}
 * where that matters.
 *
 * @example
 * ```ts
 * using scheduler = new Scheduler(2)
 * using scope = new ScopedScheduler(scheduler)
 * console.log(new Async(1).add(2).getWait()) // 3
 * ```
 */
export class ScopedScheduler implements Disposable {
  #scopes: Scopes | undefined
  readonly #scheduler: TaskScheduler

  /** @throws TypeError with code `ERR_INVALID_ARG_TYPE` if `scheduler` is none */
  constructor(scheduler: TaskScheduler) {
    this.#scheduler = check(scheduler)
    this.#scopes = scopes()
    this.#scopes.push(scheduler)
  }

  /** Ends the scope. Twice is fine. */
  [Symbol.dispose](): void {
    const index = this.#scopes?.lastIndexOf(this.#scheduler) ?? -1
    if (index >= 0) this.#scopes?.splice(index, 1)
    this.#scopes = undefined
  }
}

/**
 * Calls `fn` with `scheduler` as the current one, and keeps it so in everything that `fn` starts
 * and awaits.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if `scheduler` or `fn` is none
 */
export function runWith<R>(scheduler: TaskScheduler, fn: () => R): R {
  check(scheduler)
  if (typeof fn !== 'function') throw invalidType('fn', 'a function', fn)
  // Not before it is needed: from then on every operator looks into it.
  storage ??= new AsyncLocalStorage()
  const before = enter(undefined)
  try {
    return storage.run([scheduler], fn)
  } finally {
    leave(before)
  }
}

/**
 * Makes `scheduler` the one that is used outside of all scopes.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none
 */
export function setGlobalScheduler(scheduler: TaskScheduler): void {
  global = check(scheduler)
}

/** The scheduler that is used outside of all scopes. Makes a default one at first use. */
export function getGlobalScheduler(): TaskScheduler {
  global ??= makeDefault()
  return global
}

/** Forgets the global scheduler, without disposing it. The next use makes a new default one. */
export function resetGlobalScheduler(): void {
  global = undefined
}

/**
 * Makes the last of `scopes` the current scheduler, until `leave` is given what this returns. No
 * `await` between.
 *
 * @internal
 */
export function enter(scopes: Scopes | undefined): Scopes | undefined {
  const before = inside
  inside = scopes
  return before
}

/** @internal */
export function leave(before: Scopes | undefined): void {
  inside = before
}

function scopes(): Scopes {
  return inside ?? storage?.getStore() ?? outside
}

function check(scheduler: TaskScheduler): TaskScheduler {
  if (!isScheduler(scheduler)) throw invalidType('scheduler', 'a Scheduler', scheduler)
  return scheduler
}
