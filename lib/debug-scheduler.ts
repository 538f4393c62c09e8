/**
 * A scheduler that steps in the caller, in an order that can be had again.
 */
import { HeddleError, invalidType, outOfRange } from './errors.js'
import type { SchedulerIo } from './io.js'
import * as post from './post.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'
import { noStats, type SchedulerStats } from './stats.js'
import { type Job, TaskScheduler } from './task-scheduler.js'
import { afterTurn } from './turn.js'

export interface DebugOptions {
  /**
   * Which order: an integer from 0 to 2³² - 1. The same number gives the same order of the same
   * program. Default: first in, first out.
   */
  seed?: number | undefined
}

/** How much of what ran is kept, at least. */
const TRACE_MAX = 10_000

let made = 0

/**
 * Runs tasks and operators on this thread, one at a time, when it is told to: by {@link run} and
 * {@link runAll}, by a call that blocks, or by an `await`, which steps it from the event loop.
 *
 * @example
 * ```ts
 * const scheduler = new DebugScheduler({ seed: 7 })
 * const order: number[] = []
 * for (let i = 0; i < 3; ++i) scheduler.schedule(() => void order.push(i))
 * scheduler.runAll()
 * console.log(order) // [ 2, 0, 1 ]
 * ```
 */
export class DebugScheduler extends TaskScheduler {
  /** @internal JavaScript computes. */
  runtime = -1
  readonly #random: Random | undefined
  readonly #trace: string[] = []
  #helper: Scheduler | undefined
  #isKicked = false

  /**
   * @throws TypeError or RangeError if `seed` is no integer from 0 to 2³² - 1
   */
  constructor(options: DebugOptions = {}) {
    super(`debug ${++made}`)
    if (typeof options !== 'object' || options === null) {
      throw invalidType('options', 'an object', options)
    }
    const { seed } = options
    if (seed === undefined) return
    if (typeof seed !== 'number') throw invalidType('options.seed', 'a number', seed)
    if (seed >>> 0 !== seed) throw outOfRange('options.seed', 'an integer from 0 to 2^32 - 1', seed)
    this.#random = new Random(seed)
  }

  /** Files: a thread reads them, so when they come no seed decides. */
  get io(): SchedulerIo {
    return this.#other().io
  }

  get handle(): never {
    throw new HeddleError('ERR_HEDDLE_NOT_SHARED', 'a DebugScheduler is used by one thread only')
  }

  /** @internal */
  get helper(): number {
    return this.#other().helper
  }

  /** Something is runnable, and it is not paused. */
  get canRun(): boolean {
    return !this.isPaused && !this.done
  }

  /** Nothing is runnable. */
  get done(): boolean {
    for (let i = this.head; i < this.queue.length; ++i) if (this.queue[i]?.isReady) return false
    return true
  }

  /** What ran, in order: `task 1 'load'`. Of a long run, the end. */
  get trace(): readonly string[] {
    return this.#trace
  }

  /** Runs what is runnable now, not what that makes runnable. Returns how many ran. */
  run(): number {
    this.check()
    if (this.isPaused) return 0
    return this.#batch()
  }

  /** Resumes, and runs until nothing is runnable. Returns how many tasks are stuck waiting. */
  runAll(): number {
    this.resume()
    while (this.step());
    return this.tasks.size
  }

  /** `tasks` counts what has run; there are no workers. */
  stats(): SchedulerStats {
    this.check()
    return { ...noStats(), tasks: this.jobsRun }
  }

  /** Finishes what can be finished, and cancels the rest. Twice is fine. */
  [Symbol.dispose](): void {
    if (this.runtime === 0) return
    while (this.step());
    this.cancelAll()
    this.runtime = 0
    this.#helper?.[Symbol.dispose]()
  }

  /** @internal */
  override perform(job: Job): void {
    this.#trace.push(job.describe())
    if (this.#trace.length === 2 * TRACE_MAX) this.#trace.splice(0, TRACE_MAX)
    super.perform(job)
  }

  /** @internal A seed picks any; without one, the oldest. */
  protected override take(): Job | undefined {
    const count = this.queue.length - this.head
    if (this.#random !== undefined && count > 1) {
      const index = this.head + this.#random.below(count)
      const picked = this.queue[index] as Job
      this.queue[index] = this.queue[this.head] as Job
      this.queue[this.head] = picked
    }
    return super.take()
  }

  /** @internal An `await` steps it, a batch a turn; nothing else does. */
  protected kick(): void {
    if (this.#isKicked || !post.isHeld()) return
    this.#isKicked = true
    afterTurn(() => {
      this.#isKicked = false
      if (this.runtime === 0 || this.isPaused) return
      this.#batch()
      if (!this.done) this.kick()
    })
  }

  /** What has threads. */
  #other(): Scheduler {
    this.check()
    this.#helper ??= new Scheduler({ threads: 1, name: this.name })
    return this.#helper
  }

  #batch(): number {
    const batch: Job[] = []
    for (let job = this.take(); job !== undefined; job = this.take()) {
      if (job.isReady) batch.push(job)
    }
    let ran = 0
    for (const job of batch) {
      if (!job.isReady) continue
      this.perform(job)
      ran += 1
    }
    return ran
  }
}
