/**
 * What tests of frame graphs have in common: schedulers of each kind, and plain kernels.
 */
import { afterAll } from 'vitest'

import { DebugScheduler, kernel, Scheduler, type TaskScheduler } from '../../dist/index.js'

/** Each kind of scheduler with its name, disposed after the file's tests. */
export function allSchedulers(): [string, TaskScheduler][] {
  const schedulers: [string, TaskScheduler][] = [
    ['one worker', new Scheduler(1)],
    ['two workers', new Scheduler(2)],
    ['a DebugScheduler', new DebugScheduler({ seed: 5 })],
  ]
  afterAll(() => {
    for (const [, scheduler] of schedulers) scheduler[Symbol.dispose]()
  })
  return schedulers
}

/** What a test binds. */
// biome-ignore lint/suspicious/noExplicitAny: it differs from test to test
export type Bound = any

/** Writes `value + i` to `out`. */
export const fill = kernel((_t, i: number, b: Bound) => {
  b.out[i] = b.value + i
})

/** A turn of the event loop, and what follows from it. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1))
}

/** What a promise rejects with, or what it gave. */
export async function failureOf(value: PromiseLike<unknown>): Promise<unknown> {
  try {
    return ['it gave', await value]
  } catch (error) {
    return error
  }
}

/** A promise, and what resolves it. */
export function later<T = void>() {
  let resolve: (value: T) => void = () => {}
  let reject: (error: unknown) => void = () => {}
  const promise = new Promise<T>((done, failed) => {
    resolve = done
    reject = failed
  })
  return { promise, resolve, reject }
}
