/**
 * A task: one call of a function that may wait for values.
 */
import { kickAll } from './active.js'
import {
  type Coroutine,
  isAsync,
  isCoroutine,
  isThenable,
  type ScheduleOptions,
  type TaskFunction,
} from './coroutine.js'
import type { Epoch, Need, Source } from './epoch.js'
import { invalidType, TaskCancelled } from './errors.js'
import * as post from './post.js'
import { ReadBuffer } from './read-buffer.js'
import { runWith } from './scope.js'
import { creationSite, type Site } from './site.js'
import { type Resumable, Suspension } from './suspension.js'
import type { Job, TaskScheduler } from './task-scheduler.js'
import { WriteBuffer } from './write-buffer.js'

const State = { Ready: 0, Running: 1, Waiting: 2, Elsewhere: 3, Ending: 4, Ended: 5 } as const
type State = (typeof State)[keyof typeof State]

const LEFT = { done: true, value: undefined } as IteratorReturnResult<never>

const STATES = ['ready', 'running', 'waiting', 'waiting', 'ending', 'ended'] as const

let tasks = 0

/**
 * A task that was scheduled. It resolves to what its function returns, and rejects with what it
 * throws. `await` it, or forget it: a failure that reaches neither a write buffer nor an `await` is
 * reported as an unhandled rejection is.
 */
export class Task<R> implements PromiseLike<R>, Source, Job, Resumable {
  /** Counts from 1. */
  readonly id = ++tasks
  readonly name: string
  /** @internal When it was scheduled, and where, if that is recorded. */
  readonly created = performance.now()
  /** @internal */
  readonly site: Site | undefined
  /** @internal */
  readonly home: TaskScheduler
  #f: TaskFunction<unknown[], R> | undefined
  #args: unknown[]
  #reads: ReadBuffer<unknown>[] | undefined
  #writes: WriteBuffer<unknown>[] | undefined
  #coroutine: Coroutine<R> | undefined
  #state: State = State.Ready
  #suspension: Suspension<unknown> | undefined
  #cancelled: { reason: unknown; isTold: boolean } | undefined
  #failure: { error: unknown } | undefined
  #value: R | undefined
  #isObserved = false
  #settle: { resolve: (value: R) => void; reject: (error: unknown) => void } | undefined
  #promise: Promise<R> | undefined
  #waiting: Resumable[] | undefined

  /** @internal */
  constructor(
    scheduler: TaskScheduler,
    f: TaskFunction<unknown[], R>,
    args: unknown[],
    { name, signal }: ScheduleOptions,
  ) {
    this.home = scheduler
    this.#f = f
    this.#args = args
    this.name = name ?? f.name
    this.site = creationSite(scheduler.runtime < 0)
    for (const arg of args) {
      if (arg instanceof ReadBuffer || arg instanceof WriteBuffer) arg.check()
    }
    for (const arg of args) {
      if (arg instanceof ReadBuffer) {
        arg.adopt(this)
        this.#reads ??= []
        this.#reads.push(arg)
      } else if (arg instanceof WriteBuffer) {
        arg.adopt(this)
        this.#writes ??= []
        this.#writes.push(arg)
      }
    }
    if (signal !== undefined) this.obey(signal)
  }

  // biome-ignore lint/suspicious/noThenProperty: a task is awaited like a promise
  then<A = R, B = never>(
    onValue?: ((value: R) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#isObserved = true
    this.#promise ??= new Promise<R>((resolve, reject) => {
      this.#settle = { resolve, reject }
      if (this.isEnded) this.answer()
      else {
        post.hold()
        kickAll()
        this.whenEnded({ resume: post.unhold })
      }
    })
    return this.#promise.then(onValue, onError)
  }

  /**
   * Ends the task at its next suspension, or before it begins: `reason` is thrown there, or a
   * {@link TaskCancelled}; what it was to write fails with `TaskCancelled`. Too late is fine.
   */
  cancel(reason?: unknown): void {
    this.cancelNow(reason ?? new TaskCancelled(`${this.describe()} was cancelled`))
  }

  /** @internal */
  get isEnded(): boolean {
    return this.#state === State.Ended
  }

  /** @internal For reports. */
  get state(): string {
    return STATES[this.#state] ?? ''
  }

  /** @internal What it waits for, for reports. */
  get waitsFor(): string | undefined {
    if (this.#state === State.Elsewhere) return 'its promise'
    return this.#state === State.Waiting ? this.#suspension?.describe() : undefined
  }

  /** @internal The epochs that it may read, for reports. */
  reading(): Epoch[] {
    return (this.#reads ?? []).map((buffer) => buffer.epoch)
  }

  /** @internal Those that it may write. */
  writing(): Epoch[] {
    return (this.#writes ?? []).map((buffer) => buffer.epoch)
  }

  /** @internal What came of it; throws if that was a failure. Once it has ended. */
  outcome(): R {
    this.#isObserved = true
    if (this.#failure !== undefined) throw this.#failure.error
    return this.#value as R
  }

  /** @internal Resumes `who` once it has ended. */
  whenEnded(who: Resumable): void {
    this.#isObserved = true
    this.#waiting ??= []
    this.#waiting.push(who)
  }

  /** @internal */
  get isReady(): boolean {
    return this.#state === State.Ready
  }

  /** @internal */
  run(): void {
    if (this.#state !== State.Ready) return
    this.#state = State.Running
    if (this.#coroutine !== undefined) this.step(this.#coroutine)
    else this.begin()
  }

  /** @internal What it waited for is there. */
  resume(): void {
    if (this.#state !== State.Waiting) return
    this.#state = State.Ready
    this.home.enqueue(this)
  }

  /** @internal */
  need(): Need {
    switch (this.#state) {
      case State.Ready:
        return { kind: 'job', job: this }
      case State.Waiting:
        return (this.#suspension as Suspension<unknown>).need()
      case State.Ending: {
        const writes = this.#writes?.find((buffer) => !buffer.isIdle)
        return writes?.need() ?? { kind: 'nothing', why: 'it has ended' }
      }
      case State.Running:
        return { kind: 'nothing', why: `${this.describe()} is running, and waits for itself` }
      default:
        return { kind: 'nothing', why: `only the event loop can resume ${this.describe()}` }
    }
  }

  /** @internal */
  describe(): string {
    return this.name === '' ? `task ${this.id}` : `task ${this.id} '${this.name}'`
  }

  /** @internal Its scheduler ends. */
  stop(why: string): void {
    const reason = new TaskCancelled(`${this.describe()} was cancelled: ${why}`)
    this.cancelNow(reason)
    // What catches that and goes on is not waited for.
    for (let i = 0; i < 2 && this.isReady; ++i) this.run()
    if (this.#state < State.Ending) this.fail(reason)
    if (this.#state === State.Ending) this.ended()
  }

  private begin(): void {
    const f = this.#f as TaskFunction<unknown[], R>
    const args = this.#args
    this.#f = undefined
    this.#args = []
    if (this.#cancelled !== undefined) {
      this.fail(this.#cancelled.reason)
      return
    }
    let made: Coroutine<R> | PromiseLike<R> | R
    try {
      made = isAsync(f) ? runWith(this.home, () => f(...args)) : f(...args)
    } catch (error) {
      this.fail(error)
      return
    }
    if (isCoroutine<R>(made)) {
      this.#coroutine = made
      this.step(made)
    } else if (isThenable<R>(made)) {
      this.#state = State.Elsewhere
      made.then(
        (value) => this.#state === State.Elsewhere && this.succeed(value),
        (error) => this.#state === State.Elsewhere && this.fail(error),
      )
    } else {
      this.succeed(made as R)
    }
  }

  private step(coroutine: Coroutine<R>): void {
    this.#suspension = undefined
    let step: IteratorResult<Suspension<unknown>, R>
    try {
      step = this.advance(coroutine)
      while (!step.done) {
        if (this.#cancelled?.isTold === false) {
          step = this.advance(coroutine)
        } else if (!(step.value instanceof Suspension)) {
          step = coroutine.throw(
            invalidType('what a task yields', 'a Suspension: use yield*', step.value),
          )
        } else if (step.value.isOver) {
          step = coroutine.next()
        } else {
          this.#suspension = step.value
          this.#state = State.Waiting
          step.value.suspend(this)
          return
        }
      }
    } catch (error) {
      this.fail(error)
      return
    }
    this.succeed(step.value)
  }

  /** The next step: a cancelled task gets the reason, and the second time no choice. */
  private advance(coroutine: Coroutine<R>): IteratorResult<Suspension<unknown>, R> {
    if (this.#cancelled === undefined) return coroutine.next()
    // A lone suspension, which a plain function has returned, can only be dropped.
    if (this.#cancelled.isTold) return coroutine.return?.(undefined as R) ?? LEFT
    this.#cancelled.isTold = true
    return coroutine.throw(this.#cancelled.reason)
  }

  private cancelNow(reason: unknown): void {
    if (this.#state >= State.Ending || this.#cancelled !== undefined) return
    this.#cancelled = { reason, isTold: false }
    if (this.#state === State.Waiting) {
      this.resume()
    } else if (this.#state === State.Elsewhere || this.#f !== undefined) {
      this.#f = undefined
      this.#args = []
      this.fail(reason)
    }
  }

  private obey(signal: AbortSignal): void {
    if (signal.aborted) {
      this.#cancelled = { reason: signal.reason, isTold: false }
      return
    }
    const abort = () => this.cancelNow(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    this.#waiting = [{ resume: () => signal.removeEventListener('abort', abort) }]
  }

  private succeed(value: R): void {
    if (this.#cancelled !== undefined) {
      this.fail(this.#cancelled.reason)
      return
    }
    this.#value = value
    for (const buffer of this.#writes ?? []) {
      const missed = buffer.missed()?.failure
      if (missed !== undefined) {
        this.fail(missed.thrown)
        return
      }
    }
    this.end()
  }

  private fail(error: unknown): void {
    this.#failure = { error }
    const cancelled = this.#cancelled
    const spoilt =
      cancelled !== undefined && error === cancelled.reason && !(error instanceof TaskCancelled)
        ? new TaskCancelled(`${this.describe()} was cancelled`, { cause: error })
        : error
    for (const buffer of this.#writes ?? []) buffer.abort(spoilt)
    this.end()
  }

  /** Releases what it has, and waits for what it has asked its write buffers to do. */
  private end(): void {
    this.#state = State.Ending
    this.#coroutine = undefined
    this.#suspension = undefined
    for (const buffer of this.#reads ?? []) buffer.release()
    for (const buffer of this.#writes ?? []) {
      buffer.release()
      if (!buffer.isIdle) buffer.whenIdle({ resume: () => this.retry() })
    }
    this.retry()
  }

  private retry(): void {
    if (this.#state !== State.Ending || this.#writes?.some((buffer) => !buffer.isIdle)) return
    for (const buffer of this.#writes ?? []) {
      const missed = buffer.missed()?.failure
      if (missed !== undefined) this.#failure ??= { error: missed.thrown }
    }
    this.ended()
  }

  private ended(): void {
    this.#state = State.Ended
    this.answer()
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const who of waiting ?? []) who.resume()
    this.home.ended(this as Task<unknown>)
  }

  private answer(): void {
    const failure = this.#failure
    if (failure === undefined) {
      this.#settle?.resolve(this.#value as R)
    } else if (this.#settle !== undefined) {
      this.#settle.reject(failure.error)
    } else if (this.#writes === undefined && this.#cancelled === undefined) {
      // Nobody has it: the engine reports it, unless somebody awaits the task in this turn.
      if (this.#isObserved) return
      if (this.home.lost === undefined) this.#promise = Promise.reject(failure.error)
      else this.home.lost(failure.error)
    }
  }
}
