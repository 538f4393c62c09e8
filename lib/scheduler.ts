/**
 * A scheduler: native workers on all cores, and the I/O that goes with them.
 */
import { SchedulerClosedError, SystemError } from './errors.js'
import { SchedulerIo } from './io.js'
import { native } from './native.js'
import { checkOptions, type SchedulerOptions } from './options.js'
import { provide } from './scope.js'
import * as stream from './stream.js'

/** What one worker has done so far. */
export interface WorkerStats {
  /** Jobs, stolen tasks and joined children that were run. */
  tasks: number
  /** What was taken from other workers. */
  steals: number
  /** Rounds over all other workers that found nothing. */
  failedSteals: number
  /** How often it found nothing to do and went to sleep, or nearly did. */
  parks: number
  /** How often a fiber has waited. */
  suspensions: number
  /** Fibers in use now. */
  fibers: number
  /** How often it has shared tasks for a worker that was too busy to do so itself. */
  helps: number
  /** Tasks that it has run while it waited for a thief. */
  leapfrogs: number
  /** The most fibers that were in use at a time. */
  fibersMax: number
}

/**
 * What a scheduler has done so far: the sum over its workers, and each of them. An operation whose
 * operands were there is computed when it is recorded, and counts as a task in the sum alone.
 */
export interface SchedulerStats extends WorkerStats {
  workers: WorkerStats[]
  io: {
    /** Operations given to the engine. */
    submitted: number
    completed: number
    /** Operations that the page cache answered on the worker, without the engine. */
    inline: number
    inFlight: number
  }
  /** The most that any fiber has used so far, to say whether `stackSize` and `taskCapacity` fit. */
  highWater: {
    /** Bytes of a primary stack, to the page. */
    stackBytes: number
    /** Tasks of a task stack, to the page: 64 of them. */
    tasks: number
  }
}

const WORKER_STATS = 9
/** As in {@link Async.getWait}. */
const SLICE_MS = 50

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
export class Scheduler implements Disposable, AsyncDisposable {
  /** For messages and thread names. */
  readonly name: string
  /** How many workers. */
  readonly threads: number
  /** Files. */
  readonly io: SchedulerIo
  /** 0: disposed. */
  #runtime: number
  #closing: Promise<void> | undefined

  /**
   * Starts the workers.
   *
   * @param options - how many threads, or {@link SchedulerOptions}
   * @throws TypeError or RangeError for options that are none: see {@link SchedulerOptions}
   * @throws SystemError with code `ERR_HEDDLE_SYSTEM` if the system has no threads or memory, or
   *   has no io_uring and `io: 'io_uring'` asked for it
   */
  constructor(options?: number | SchedulerOptions) {
    const o = checkOptions(options)
    const { threads, stackSize, taskCapacity, maxFibers, io, pin, name } = o
    this.#runtime = native.start(threads, stackSize, taskCapacity, maxFibers, io, pin, name)
    if (this.#runtime < 0) throw new SystemError(this.#runtime, `cannot start '${name}'`)
    this.name = name
    this.threads = threads
    this.io = new SchedulerIo(() => this.open())
    abandoned.register(this, this.#runtime, this)
  }

  /** What the workers and the I/O have done so far. */
  stats(): SchedulerStats {
    const numbers = native.stats(this.open())
    const workers: WorkerStats[] = []
    for (let i = 0; i < this.threads; ++i) {
      workers.push(workerStats(numbers.subarray(i * WORKER_STATS)))
    }
    const total = new Float64Array(WORKER_STATS)
    for (let i = 0; i < this.threads * WORKER_STATS; ++i) {
      total[i % WORKER_STATS] = (total[i % WORKER_STATS] ?? 0) + (numbers[i] ?? 0)
    }
    const rest = numbers.subarray(this.threads * WORKER_STATS)
    const [submitted = 0, completed = 0, inline = 0, inFlight = 0, stackBytes = 0, tasks = 0] = rest
    total[0] = (total[0] ?? 0) + (rest[6] ?? 0)
    const io = { submitted, completed, inline, inFlight }
    return { ...workerStats(total), workers, io, highWater: { stackBytes, tasks } }
  }

  /** Blocks until all that was asked of this scheduler is done. */
  runAll(): void {
    const runtime = this.open()
    stream.flush()
    while (!native.waitDrained(runtime, SLICE_MS));
  }

  /** Resolves when all that was asked of this scheduler is done. Never blocks. */
  async drain(): Promise<void> {
    await drained(this.open())
  }

  /**
   * Finishes what can be computed, cancels the reading of files, and ends the threads. What is
   * cancelled fails with {@link TaskCancelled}. Twice is fine.
   */
  [Symbol.dispose](): void {
    const runtime = this.#runtime
    if (runtime === 0) return
    this.#runtime = 0
    abandoned.unregister(this)
    stream.leave(runtime)
    native.close(runtime)
  }

  /** Waits for all that was asked of this scheduler, and ends the threads. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#runtime === 0) return
    this.#closing ??= drained(this.#runtime)
    await this.#closing
    this[Symbol.dispose]()
  }

  /**
   * The native runtime.
   *
   * @throws SchedulerClosedError with code `ERR_HEDDLE_CLOSED` if this was disposed
   * @internal
   */
  open(): number {
    if (this.#runtime === 0 || this.#closing !== undefined)
      throw new SchedulerClosedError(this.name)
    return this.#runtime
  }
}

/** Ends the threads of schedulers that were collected without having been disposed. */
const abandoned = new FinalizationRegistry<number>((runtime) => {
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
    native.drained(runtime, stream.expect({ receive }))
  })
}

function workerStats(numbers: Float64Array): WorkerStats {
  const [tasks = 0, steals = 0, failedSteals = 0, parks = 0, suspensions = 0, fibers = 0] = numbers
  const [helps = 0, leapfrogs = 0, fibersMax = 0] = numbers.subarray(6)
  const waits = { parks, suspensions, fibers, helps, leapfrogs, fibersMax }
  return { tasks, steals, failedSteals, ...waits }
}

provide(
  () => new Scheduler(),
  (value): value is Scheduler => value instanceof Scheduler,
)
