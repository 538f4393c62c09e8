/**
 * What all schedulers have in common: a queue of what JavaScript has to do, and the tasks in it.
 */
import { active } from './active.js'
import { assist, checkObject, type Patience } from './block.js'
import { checkTask, type ScheduleOptions, type TaskFunction } from './coroutine.js'
import { KernelError, SchedulerClosedError, TaskCancelled } from './errors.js'
import type { SchedulerHandle } from './handle.js'
import type { SchedulerIo } from './io.js'
import { Kernel } from './kernel.js'
import { KernelAlgorithms } from './kernel-algorithms.js'
import { type TaskContext, type TaskResult, taskOf } from './kernel-tasks.js'
import type { Operation } from './operation.js'
import { checkMilliseconds } from './options.js'
import * as post from './post.js'
import { dot, report } from './report.js'
import { enter, leave } from './scope.js'
import type { SchedulerStats } from './stats.js'
import { Task } from './task.js'

/** Something that a scheduler may run, on this thread. */
export interface Job {
  readonly home: TaskScheduler
  /** For traces; it may be empty. */
  readonly name: string
  /** For reports. */
  describe(): string
  /** False: it was run already. */
  readonly isReady: boolean
  run(): void
}

/**
 * Runs tasks and computes values. {@link Scheduler} does it with all cores, {@link DebugScheduler}
 * step by step.
 *
 * Tasks are functions of this thread: they run when the program's synchronous code has ended, in
 * the order in which they became runnable, or earlier if a call that blocks waits for them.
 */
export abstract class TaskScheduler
  extends KernelAlgorithms
  implements Disposable, AsyncDisposable
{
  /** For messages and thread names. */
  readonly name: string
  /** Files. */
  abstract readonly io: SchedulerIo
  /** @internal What is runnable, in order. */
  protected queue: Job[] = []
  /** @internal How many of them were run already. */
  protected head = 0
  /** @internal */
  protected jobsRun = 0
  /** @internal The native runtime that operators are recorded for at once; 0: not now. */
  direct = 0
  /** @internal Takes failures that reach nobody; undefined: they are reported as rejections are. */
  lost: ((error: unknown) => void) | undefined
  /** @internal What has begun and not ended. */
  readonly tasks = new Set<Task<unknown>>()
  /** @internal As well. */
  readonly operations = new Set<Operation>()
  /** @internal Frame graphs with something on its way. */
  readonly graphs = new Set<{ close(error: Error): void }>()
  /** What is current while one of its jobs runs. */
  readonly #scope: TaskScheduler[] = [this]
  #isPaused = false
  /** How many jobs are on the stack. */
  #depth = 0
  #isClosed = false
  /** It takes what its own tasks ask for, and nothing else. */
  #closing: Promise<void> | undefined
  #quiet: (() => void)[] = []

  /** @internal */
  constructor(name: string) {
    super()
    this.name = name
  }

  /**
   * Runs `task` with `args`. A generator may suspend; buffers among the arguments are released when
   * it ends, and where it fails, its write buffers fail with its error.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if `task` is no function
   * @throws BufferReleasedError with code `ERR_HEDDLE_RELEASED` if a buffer was released already
   */
  schedule<A extends unknown[], R>(task: TaskFunction<A, R>, ...args: A): Task<R>
  schedule<R>(task: TaskFunction<[], R>, ...args: unknown[]): Task<R>
  /**
   * Runs a kernel as a task, on an isolate, and on it alone: `kernel(t, ...args)`. Arguments are
   * cloned, but for buffers, which it can `yield*` there; what it writes is seen when it has ended.
   */
  schedule<A extends unknown[], R>(
    task: Kernel<(t: TaskContext, ...args: A) => TaskResult<R>>,
    ...args: NoInfer<A>
  ): Task<R>
  schedule<R>(task: unknown, ...args: unknown[]): Task<R> {
    return this.scheduleWith({}, task as TaskFunction<unknown[], R>, ...args)
  }

  /** {@link schedule}, with a name for reports, or a signal that cancels it. */
  scheduleWith<A extends unknown[], R>(
    options: ScheduleOptions,
    what: TaskFunction<A, R> | Kernel<(t: TaskContext, ...args: A) => TaskResult<R>>,
    ...args: A
  ): Task<R> {
    this.check()
    const { task, name } = this.#taskOf(what)
    checkTask(options, task)
    const all = name === undefined ? options : { name, ...options }
    const made = new Task<R>(this, task as TaskFunction<unknown[], R>, args, all)
    this.tasks.add(made as Task<unknown>)
    this.enqueue(made)
    return made
  }

  #taskOf(what: unknown): { task: unknown; name?: string } {
    if (Kernel.numberOf(what) === undefined) return { task: what }
    return { task: taskOf(this.kernels, what as Kernel), name: (what as Kernel).name }
  }

  /** Holds back what has not begun. Calls that block run what they wait for all the same. */
  pause(): void {
    this.check()
    this.#isPaused = true
    this.direct = 0
  }

  /** Goes on. */
  resume(): void {
    this.check()
    if (!this.#isPaused) return
    this.#isPaused = false
    this.direct = Math.max(0, this.runtime)
    if (this.hasJobs) this.kick()
  }

  /** Resumes, and resolves when all that was asked of this scheduler is done. Never blocks. */
  async drain(): Promise<void> {
    this.resume()
    await this.settled()
  }

  /** What every task waits for, and where it was created. */
  dump(): string {
    this.check()
    return report(this)
  }

  /** Tasks and pending operations as a graph for Graphviz. */
  toDot(): string {
    this.check()
    return dot(this)
  }

  /**
   * What another thread attaches to: see {@link Scheduler.attach}. It can be sent, and is of use
   * while this is not disposed.
   *
   * @throws HeddleError with code `ERR_HEDDLE_NOT_SHARED` if this is a {@link DebugScheduler}
   */
  abstract readonly handle: SchedulerHandle

  abstract runAll(): unknown

  /** What its workers have done. */
  abstract stats(): SchedulerStats
  abstract [Symbol.dispose](): void

  /**
   * Takes nothing more, waits for all that was asked of this scheduler, and ends it.
   *
   * @param options - `timeout`: milliseconds after which what is left is cancelled, as by
   *   {@link destroy}. Default: no limit
   */
  async close(options: { timeout?: number | undefined } = {}): Promise<void> {
    const { timeout } = checkObject(options) ?? {}
    if (timeout === undefined) return this[Symbol.asyncDispose]()
    const limit = checkMilliseconds(timeout, 'options.timeout')
    let timer: NodeJS.Timeout | undefined
    const passed = new Promise<true>((resolve) => {
      timer = setTimeout(() => resolve(true), limit)
    })
    const closed = this[Symbol.asyncDispose]()
    const isLate = await Promise.race([passed, closed])
    clearTimeout(timer)
    if (isLate) await this.destroy()
    await closed
  }

  /**
   * Cancels all that was asked of this scheduler, and ends it. Kernels that do not stop when they
   * are asked to are ended with their isolates.
   */
  async destroy(): Promise<void> {
    if (this.#isClosed) return
    try {
      this.end()
    } catch (error) {
      if (!(error instanceof KernelError)) throw error // It names those that did not stop.
    }
  }

  /** @internal Cancels what is left, and parts with the threads. */
  abstract end(): void

  /** Waits for all that was asked of this scheduler, and ends it. Twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#isClosed) return
    this.#isPaused = false
    this.direct = 0
    this.#closing ??= this.settled()
    if (this.hasJobs) this.kick()
    await this.#closing
    this[Symbol.dispose]()
  }

  /** @internal The native runtime; 0: disposed; below: there is none, JavaScript computes. */
  abstract readonly runtime: number

  /** @internal Has the queue run soon, from the event loop. */
  protected abstract kick(): void

  /** @internal Somebody awaits something, perhaps of this. */
  awaited(): void {
    if (!this.#isPaused && this.hasJobs) this.kick()
  }

  /** @internal Something is runnable. */
  enqueue(job: Job): void {
    if (this.#isClosed) {
      queueMicrotask(() => job.run())
      return
    }
    active.add(this)
    this.push(job)
    if (!this.#isPaused) this.kick()
  }

  /** @internal */
  protected push(job: Job): void {
    this.queue.push(job)
  }

  /** @internal */
  protected get hasJobs(): boolean {
    return this.queue.length > this.head
  }

  /** @internal */
  get isPaused(): boolean {
    return this.#isPaused
  }

  /** @internal True: operators wait in the queue. */
  get isStepped(): boolean {
    return this.#isPaused || this.runtime < 0
  }

  /** @internal Runs a job as this scheduler's. */
  perform(job: Job): void {
    this.jobsRun += 1
    this.#depth += 1
    const before = enter(this.#scope)
    const spans = this.spans
    const span = spans?.begin(job.name || 'task', job.describe())
    try {
      job.run()
    } finally {
      if (span !== undefined) spans?.end(span)
      leave(before)
      this.#depth -= 1
    }
  }

  /** @internal One of its jobs is on the stack. */
  protected get isInside(): boolean {
    return this.#depth > 0
  }

  /** @internal True: whoever blocks lets it step in its own order. */
  get stepsInOrder(): boolean {
    return this.runtime < 0 && this.mayStep
  }

  /** @internal True: whoever waits for another thread lets it go on. */
  get mayStep(): boolean {
    return this.#depth === 0 && !this.#isPaused
  }

  /** @internal Runs the next job in order. False: there is none. */
  step(): boolean {
    for (;;) {
      const job = this.take()
      if (job === undefined) return false
      if (!job.isReady) continue
      this.perform(job)
      return true
    }
  }

  /**
   * @internal Runs a job that a blocked thread needs. From the outermost wait, and unless paused,
   * what was scheduled before it goes first: of a thousand tasks that each wait for the one before,
   * none then finds itself on top of another.
   */
  performNeeded(job: Job): void {
    const isOutermost = this.mayStep
    while (isOutermost && job.isReady) {
      const oldest = this.takeOldest()
      if (oldest === undefined) break
      if (oldest.isReady) this.perform(oldest)
    }
    if (job.isReady) this.perform(job)
  }

  /** @internal Runs all it can, and what its tasks need, as far as the patience goes. */
  protected finish(patience: Patience): boolean {
    let hasRun = false
    for (let goesOn = true; goesOn; ) {
      goesOn = false
      while (this.step()) goesOn = true
      for (const what of [...this.tasks, ...this.operations]) {
        goesOn = assist(what, patience) || goesOn
      }
      hasRun ||= goesOn
    }
    return hasRun
  }

  /** @internal The next of the queue, in this scheduler's order. */
  protected take(): Job | undefined {
    return this.takeOldest()
  }

  /** @internal */
  protected takeOldest(): Job | undefined {
    if (this.head === this.queue.length) return undefined
    const job = this.queue[this.head++]
    if (this.head === this.queue.length) {
      this.queue.length = 0
      this.head = 0
    }
    return job
  }

  /** @internal */
  began(operation: Operation): void {
    this.operations.add(operation)
  }

  /** @internal */
  ended(what: Operation | Task<unknown>): void {
    if (!this.operations.delete(what as Operation)) this.tasks.delete(what as Task<unknown>)
    if (this.tasks.size > 0 || this.operations.size > 0) return
    active.delete(this)
    const quiet = this.#quiet
    if (quiet.length === 0) return
    this.#quiet = []
    for (const resolve of quiet) resolve()
  }

  /** @internal Nothing that was asked of it is outstanding. */
  protected async settled(): Promise<void> {
    while (this.tasks.size > 0 || this.operations.size > 0) {
      post.hold()
      this.awaited()
      await new Promise<void>((resolve) => this.#quiet.push(resolve))
      post.unhold()
    }
  }

  /** @internal Cancels what is left, which includes what the cancelled make runnable. */
  protected cancelAll(): void {
    this.#isClosed = true
    this.direct = 0
    const gone = 'its scheduler was disposed'
    while (this.tasks.size > 0 || this.operations.size > 0) {
      for (const task of this.tasks) task.stop(gone)
      for (const operation of this.operations) operation.cancel()
    }
    for (const graph of this.graphs) graph.close(new TaskCancelled(gone))
    this.queue.length = 0
    this.head = 0
  }

  /**
   * @internal
   * @throws SchedulerClosedError with code `ERR_HEDDLE_CLOSED` if it was disposed
   */
  override check(): void {
    const isOver = this.#isClosed || (this.#closing !== undefined && this.#depth === 0)
    if (isOver) throw new SchedulerClosedError(this.name)
  }
}
