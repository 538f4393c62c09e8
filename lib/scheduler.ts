/**
 * A scheduler: native workers on all cores, and the I/O that goes with them.
 */
import { constants } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'

import { Patience, SLICE_MS } from './block.js'
import { type CallTimes, callTimes } from './call-times.js'
import { KernelError, SchedulerClosedError, SystemError } from './errors.js'
import { checkHandle, join, part, type SchedulerHandle } from './handle.js'
import { SchedulerIo } from './io.js'
import { Isolates } from './isolates.js'
import type { KernelHome } from './kernel-requests.js'
import { native } from './native.js'
import { checkOptions, type SchedulerOptions } from './options.js'
import * as post from './post.js'
import { provide } from './scope.js'
import { clockSince, Spans } from './spans.js'
import { type SchedulerStats, statsFrom } from './stats.js'
import * as stream from './stream.js'
import { type Job, TaskScheduler } from './task-scheduler.js'
import { defaultEvents, type Trace } from './trace.js'
import { traceOf } from './trace-build.js'
import { eventsOf, readRecorded } from './trace-rows.js'
import { afterTurn } from './turn.js'

/** Milliseconds that tasks may run before the event loop has its turn. */
const BURST_MS = 8
/** Of so many turns, one goes to the oldest job. */
const FAIR_TURN = 61
/** How many jobs run between two looks at the clock. */
const BURST_JOBS = 64

/**
 * A pool of workers that steal from each other, one for each core if nothing else is said.
 *
 * It does not keep the process alive. One that nobody disposes ends with its thread.
 *
 * @example
 * ```ts
 * using scheduler = new Scheduler(12)
 * using scope = new ScopedScheduler(scheduler)
 * console.log(new Async(1).add(2).getWait()) // 3
 * ```
 */
export class Scheduler extends TaskScheduler {
  /** How many workers. */
  readonly threads: number
  /** Files. */
  readonly io: SchedulerIo
  /** @internal 0: disposed. */
  runtime: number
  #isKicked = false
  /** What its own jobs have made runnable: the newest goes first, so that a tree stays narrow. */
  readonly #young: Job[] = []
  #turn = 0
  readonly #attachment: Attachment | undefined
  readonly #key: number
  readonly #begun: Begun
  /** Undefined: no kernel has been asked for. */
  #home: (KernelHome & { readonly isolates: Isolates }) | undefined
  /** What this thread has run while it was traced. */
  #traced: Spans | undefined

  /**
   * Starts the workers.
   *
   * @param options - how many threads, or {@link SchedulerOptions}
   * @throws TypeError or RangeError for options that are none: see {@link SchedulerOptions}
   * @throws SystemError with code `ERR_HEDDLE_SYSTEM` if the system has no threads or memory, or
   *   has no io_uring and `io: 'io_uring'` asked for it
   */
  constructor(options?: number | SchedulerOptions)
  /** @internal */
  constructor(attached: Attachment)
  constructor(options?: number | SchedulerOptions | Attachment) {
    const begun = options instanceof Attachment ? options : start(options)
    super(begun.name)
    this.runtime = begun.runtime
    this.direct = begun.runtime
    this.threads = begun.threads
    this.io = new SchedulerIo(() => this.open())
    this.#attachment = begun instanceof Attachment ? begun : undefined
    this.#key = native.key(this.runtime)
    join(this.#key)
    this.#begun = begun
    abandoned.register(this, { runtime: this.runtime, key: this.#key }, this)
  }

  /**
   * The scheduler of another thread of this process: the same workers, for what this thread asks of
   * them. Tasks run on the thread that has scheduled them.
   *
   * To dispose it is to part with it. Whoever made it ends it for all: then what is outstanding
   * here fails with {@link TaskCancelled}.
   *
   * @param handle - its {@link handle}, out of a message or `workerData`
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none
   * @throws SchedulerClosedError with code `ERR_HEDDLE_CLOSED` if that scheduler was disposed, or
   *   is not one of this process
   * @throws SystemError with code `ERR_HEDDLE_SYSTEM` if the system has no memory or no io_uring
   */
  static attach(handle: SchedulerHandle): Scheduler {
    const attachment = new Attachment(checkHandle<SchedulerHandle>(handle, 'scheduler'))
    const scheduler = new Scheduler(attachment)
    attachment.scheduler = new WeakRef(scheduler)
    return scheduler
  }

  get handle(): SchedulerHandle {
    this.check()
    lent.add(this)
    return Object.freeze({ heddle: 'scheduler', name: this.name, key: this.#key })
  }

  /** What the workers and the I/O have done so far, for all threads; the I/O is this thread's. */
  stats(): SchedulerStats {
    const stats = statsFrom(native.stats(this.open()), this.threads)
    const jobs = this.#attachment === undefined ? this.jobsRun : 0
    return { ...stats, tasks: stats.tasks + jobs }
  }

  /** @internal Whoever made the scheduler counts what other threads have run, too. */
  override perform(job: Job): void {
    if (this.#attachment !== undefined && this.runtime !== 0) native.countTask(this.runtime)
    super.perform(job)
  }

  /** @internal */
  protected override startTrace(events: number): void {
    const most = events || defaultEvents(this.threads)
    const runtime = this.open()
    const error = native.startTrace(runtime, most)
    if (error < 0) throw new SystemError(error, `cannot trace '${this.name}'`)
    const [seconds, nanoseconds] = readRecorded(native.trace(runtime)).begin
    this.spans = new Spans(most, clockSince(seconds, nanoseconds))
    this.#traced = this.spans
  }

  /** @internal */
  protected override stopTrace(): void {
    native.stopTrace(this.open())
    this.spans = undefined
  }

  /** @internal */
  protected override makeTrace(): Trace {
    const { name, threads } = this
    const recorded = readRecorded(native.trace(this.open()))
    const { all = [], lost = 0 } = this.#traced ?? {}
    const events = eventsOf(process.pid, recorded, native.labels(), all)
    const lostByAll = recorded.workers.reduce((sum, worker) => sum + worker.lost, lost)
    const rows = Array.from({ length: threads }, (_, i) => `${name}/${i}`)
    return traceOf(name, rows, events, { threads, duration: recorded.end / 1e3, lost: lostByAll })
  }

  /**
   * Resumes, and blocks until all that was asked of this scheduler is done or stuck. Returns how
   * many tasks are stuck.
   */
  runAll(): number {
    this.resume()
    stream.flush()
    do {
      this.finish(Patience.Any)
      while (!native.waitDrained(this.open(), SLICE_MS));
    } while (this.finish(Patience.Any))
    return this.tasks.size
  }

  /**
   * Finishes what can be computed, cancels tasks that wait for anything else and the reading of
   * files, and ends the threads. What is cancelled fails with {@link TaskCancelled}. Twice is fine.
   *
   * @throws KernelError with code `ERR_HEDDLE_KERNEL` if a kernel ran longer than
   *   `disposeTimeout`, and did not stop when it was cancelled: its isolate was ended then. All
   *   else is done.
   */
  [Symbol.dispose](): void {
    if (this.runtime === 0) return
    this.finish(Patience.Computing)
    if (this.#attachment === undefined) {
      this.#home?.isolates.finish(this.runtime, this.#begun.disposeTimeout)
    }
    this.end()
  }

  /** @internal */
  end(): void {
    const runtime = this.runtime
    if (runtime === 0) return
    this.cancelAll()
    this.runtime = 0
    abandoned.unregister(this)
    part(this.#key)
    lent.delete(this)
    this.#attachment?.forget()
    stream.leave(runtime)
    if (this.#home === undefined) {
      native.close(runtime)
      return
    }
    const stuck = this.#home.isolates.close(runtime)
    if (stuck.length === 0) return
    const names = stuck.map((name) => `'${name}'`).join(', ')
    throw new KernelError(`the scheduler was disposed while kernels ran: ${names}`, stuck[0])
  }

  /** @internal Its owner may have disposed it. */
  override check(): void {
    super.check()
    if (this.#attachment === undefined || native.isOpen(this.runtime)) return
    this.end()
    throw new SchedulerClosedError(this.name)
  }

  /**
   * The native runtime.
   *
   * @throws SchedulerClosedError with code `ERR_HEDDLE_CLOSED` if this was disposed
   * @internal
   */
  open(): number {
    this.check()
    return this.runtime
  }

  /** @internal */
  get kernels(): KernelHome {
    return this.#kernels
  }

  /** Made for the first kernel: most schedulers have none. */
  get #kernels(): KernelHome & { readonly isolates: Isolates } {
    if (this.#home === undefined) {
      const weak = new WeakRef(this)
      const isolates = new Isolates(() => weak.deref()?.runtime ?? 0, this.#key, this.#begun)
      this.#home = { open: () => this.open(), isolates, queueMax: this.#begun.maxQueue }
    }
    return this.#home
  }

  /**
   * Starts what kernels run on, an isolate for each worker, ahead of time, and resolves when all of
   * them are there. The first kernel starts them otherwise.
   */
  async ready(): Promise<void> {
    this.check()
    await this.#kernels.isolates.ready()
  }

  /** How long kernels have waited and run: see {@link CallTimes}. */
  callTimes(): CallTimes {
    return callTimes(this.open())
  }

  /** Forgets the times so far. */
  resetCallTimes(): void {
    native.resetCallTimes(this.open())
  }

  /** @internal */
  get helper(): number {
    return this.open()
  }

  /** @internal */
  protected override push(job: Job): void {
    if (this.isInside) this.#young.push(job)
    else super.push(job)
  }

  /** @internal */
  protected override get hasJobs(): boolean {
    return super.hasJobs || this.#young.length > 0
  }

  /** @internal Now and then the oldest, so that nobody starves. */
  protected override take(): Job | undefined {
    this.#turn += 1
    if (this.#turn % FAIR_TURN === 0 || this.#young.length === 0) {
      return super.take() ?? this.#young.shift()
    }
    return this.#young.pop()
  }

  /** @internal Tasks run when the synchronous code has ended, for a burst at a time. */
  protected kick(): void {
    if (this.#isKicked) return
    this.#isKicked = true
    queueMicrotask(this.#burst)
  }

  /** @internal */
  protected override async settled(): Promise<void> {
    do {
      await super.settled()
      if (this.runtime === 0) return // Disposed meanwhile: all is cancelled.
      await drained(this.runtime)
    } while (this.tasks.size > 0 || this.operations.size > 0)
  }

  readonly #burst = (): void => {
    const start = performance.now()
    let isLeft = true
    try {
      while (isLeft && !this.isPaused && performance.now() - start < BURST_MS) {
        for (let i = 0; isLeft && i < BURST_JOBS; ++i) isLeft = this.step()
      }
    } finally {
      // Also if a job has thrown, which none should: the others go on.
      this.#isKicked = isLeft && !this.isPaused
      if (this.#isKicked) afterTurn(this.#burst)
    }
  }
}

/** Other threads may use them: the collector does not end them. */
const lent = new Set<Scheduler>()

/** What a scheduler begins with. */
interface Begun {
  readonly disposeTimeout: number
  readonly maxQueue: number
  readonly limits: ResourceLimits | undefined
  readonly runtime: number
  readonly threads: number
  readonly name: string
}

function start(options: number | SchedulerOptions | undefined): Begun {
  const o = checkOptions(options)
  const { threads, stackSize, taskCapacity, maxFibers, io, pin, name } = o
  const runtime = native.start(threads, stackSize, taskCapacity, maxFibers, io, pin, name)
  if (runtime < 0) throw new SystemError(runtime, `cannot start '${name}'`)
  const { disposeTimeout, maxQueue, resourceLimits: limits } = o
  return { runtime, threads, name, disposeTimeout, maxQueue, limits }
}

/** The use of another thread's scheduler, and the news of its end. */
class Attachment implements Begun {
  readonly disposeTimeout = 0
  readonly maxQueue = Number.POSITIVE_INFINITY
  readonly limits = undefined
  readonly runtime: number
  readonly threads: number
  readonly name: string
  scheduler: WeakRef<Scheduler> | undefined
  readonly #token: number

  /** Throws as {@link Scheduler.attach}. */
  constructor({ key, name }: SchedulerHandle) {
    this.#token = post.announce(this)
    this.runtime = native.attach(key, this.#token)
    if (this.runtime < 0) {
      this.forget()
      if (this.runtime === -constants.errno.ECANCELED) throw new SchedulerClosedError(name)
      throw new SystemError(this.runtime, `cannot attach to '${name}'`)
    }
    const crew = native.describe(this.runtime)
    this.threads = crew.threads
    this.name = crew.name
  }

  receive(): boolean {
    this.scheduler?.deref()?.end()
    return true
  }

  forget(): void {
    post.forget(this.#token)
  }
}

/** Ends the threads of schedulers that were collected without having been disposed. */
const abandoned = new FinalizationRegistry<{ runtime: number; key: number }>((begun) => {
  const { runtime, key } = begun
  part(key)
  void drained(runtime).then(() => {
    stream.leave(runtime)
    native.close(runtime)
  })
})

function drained(runtime: number): Promise<void> {
  stream.flush()
  return new Promise((resolve) => {
    const receive = () => {
      resolve()
      return true
    }
    native.drained(runtime, post.expect({ receive }))
  })
}

provide(
  () => new Scheduler(),
  (value): value is TaskScheduler => value instanceof TaskScheduler,
)
