/**
 * A scheduler that steps in the caller, in an order that can be had again.
 */
import { HeddleError, invalidType, outOfRange } from './errors.js'
import type { SchedulerIo } from './io.js'
import type { KernelHome } from './kernel-requests.js'
import { LocalKernels } from './local-kernels.js'
import * as post from './post.js'
import { Random } from './random.js'
import { Scheduler } from './scheduler.js'
import { Spans, steps } from './spans.js'
import { noStats, type SchedulerStats } from './stats.js'
import { type Job, TaskScheduler } from './task-scheduler.js'
import type { Trace } from './trace.js'
import { traceOf } from './trace-build.js'
import { sliceOf } from './trace-rows.js'
import { afterTurn } from './turn.js'

export interface DebugOptions {
  /**
   * Which order: an integer from 0 to 2³² - 1. The same number gives the same order of the same
   * program. Default: first in, first out.
   */
  seed?: number | undefined
}

/** How much of what ran is kept, at least. */
const HISTORY_LEAST = 10_000

let made = 0

/**
 * Runs tasks and operators on this thread, one at a time, when it is told to: by {@link run} and
 * {@link runAll}, by a call that blocks, or by an `await`, which steps it from the event loop.
 *
 * Kernels run to their end on this thread, too, each as one step, with clones of their arguments;
 * one of a module runs once the event loop has loaded that. No time-out ends them, and what they
 * tell by `t.progress()` comes when they have ended.
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
  /** Always kept: what a program that failed has done is wanted afterwards. */
  readonly #history = new Spans(HISTORY_LEAST, steps())
  /** Which part of it, by number, the trace is. */
  #traced = { from: 0, to: Number.POSITIVE_INFINITY, most: Number.POSITIVE_INFINITY }
  #helper: Scheduler | undefined
  readonly #kernels = new LocalKernels(this)
  #isKicked = false

  /**
   * @throws TypeError or RangeError if `seed` is no integer from 0 to 2³² - 1
   */
  constructor(options: DebugOptions = {}) {
    super(`debug ${++made}`)
    this.spans = this.#history
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

  /** @internal They run on this thread, each as a step. */
  get kernels(): KernelHome {
    return this.#kernels
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
  get history(): readonly string[] {
    return this.#history.all.map(({ what }) => what)
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
    this.end()
  }

  /** @internal */
  end(): void {
    if (this.runtime === 0) return
    this.cancelAll()
    this.#kernels.reportLost()
    this.runtime = 0
    this.#helper?.[Symbol.dispose]()
  }

  /** @internal Its trace has steps and nothing else. */
  override traceSpan(): undefined {
    return undefined
  }

  /** @internal */
  protected override startTrace(events: number): void {
    const most = events || Number.POSITIVE_INFINITY
    this.#traced = { from: this.#history.count, to: Number.POSITIVE_INFINITY, most }
  }

  /** @internal */
  protected override stopTrace(): void {
    const { from, to, most } = this.#traced
    this.#traced = { from, to: Math.min(to, this.#history.count), most }
  }

  /** @internal One row, on which a step is a microsecond. */
  protected override makeTrace(): Trace {
    const { all, lost } = this.#history
    const { from, to, most } = this.#traced
    const wanted = all.slice(Math.max(0, from - lost), Math.max(0, to - lost))
    const kept = wanted.slice(-most)
    const end = from + wanted.length
    const events = kept.map((span) => sliceOf(process.pid, 1, span, end))
    return traceOf(this.name, [this.name], events, {
      threads: 0,
      duration: end,
      lost: Math.max(0, lost - from) + wanted.length - kept.length,
    })
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
