/** Every kind of scheduler that the promises of `Async` must hold on, and what tests look with. */
import { afterEach, beforeEach } from 'vitest'

import {
  type Async,
  DebugScheduler,
  Scheduler,
  ScopedScheduler,
  schedule,
  type TaskScheduler,
} from '../../dist/index.js'

/** Orders of running that are tried besides first in, first out. */
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1)

const DEBUG = [
  { kind: 'DebugScheduler', make: () => new DebugScheduler() },
  ...SEEDS.map((seed) => ({
    kind: `DebugScheduler({ seed: ${seed} })`,
    make: () => new DebugScheduler({ seed }),
  })),
]

const THREADS = [1, 2, 8].map((threads) => ({
  kind: `Scheduler(${threads})`,
  make: () => new Scheduler(threads),
}))

interface Kind<S> {
  kind: string
  make: () => S
}

/** The scheduler of the test that runs, which operators use, too. */
export interface Stage<S> {
  readonly scheduler: S
}

/** Every kind: first in, first out; 20 random orders; and threads. For `describe.each`. */
export const EVERY: Kind<TaskScheduler>[] = [...DEBUG, ...THREADS]

/** One or two of each, for what takes long or does not depend on the seed. */
export const SOME: Kind<TaskScheduler>[] = [...DEBUG.slice(0, 3), ...THREADS.slice(1)]

/** For what only a `DebugScheduler` can do. */
export const STEPPED: Kind<DebugScheduler>[] = DEBUG

/** Makes a scheduler for each test of a `describe`, which is the current one meanwhile. */
export function onStage<S extends TaskScheduler>(make: () => S): Stage<S> {
  let scheduler: S
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = make()
    scope = new ScopedScheduler(scheduler)
  })

  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  return {
    get scheduler() {
      return scheduler
    },
  }
}

/** What a task with a `ReadBuffer` saw: a value, or what was thrown at it. */
export type Seen<T> = { value: T } | { thrown: unknown }

/** Schedules a reader of `value` as it is now; what it sees is added to `seen`. */
export function watch<T>(value: Async<T>, seen: Seen<T>[] = []): Seen<T>[] {
  schedule(function* watcher(input) {
    try {
      seen.push({ value: yield* input })
    } catch (thrown) {
      seen.push({ thrown })
    }
  }, value.read())
  return seen
}

/** Schedules a writer of `value`'s next epoch. */
export function write<T>(value: Async<T>, next: T): void {
  schedule((output) => {
    output.set(next)
  }, value.write())
}

/** What `f` throws, whatever it is. */
export function thrownBy(f: () => unknown): unknown {
  try {
    f()
  } catch (thrown) {
    return thrown
  }
  throw new Error('nothing was thrown')
}

/** What `promised` is rejected with, whatever it is. */
export async function rejectionOf(promised: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promised).then(
    () => {
      throw new Error('nothing was thrown')
    },
    (thrown) => thrown,
  )
}
