/**
 * A frame that is on its way: whom to tell how it ends, and what gives it up.
 */

import type { Need } from './epoch.js'
import { AbortError, TaskCancelled } from './errors.js'
import { clock } from './frame-clock.js'
import { onAbort } from './frame-signal.js'
import type { FrameStats } from './frame-stats.js'
import { Operation } from './operation.js'
import * as post from './post.js'
import type { TaskScheduler } from './task-scheduler.js'

/** What a frame is asked for with. */
export interface FrameRequest {
  readonly time: number | undefined
  readonly signal: AbortSignal | undefined
  /** When it should begin, by `clock()`, and the next; and how many were left out before. */
  readonly due?: number
  readonly nextDue?: number
  readonly skipped?: number
}

interface FlightOf {
  readonly name: string
  readonly request: FrameRequest
  readonly resolve: (stats: FrameStats) => void
  readonly reject: (error: unknown) => void
  /** Its end in a trace. */
  readonly traced: (() => void) | undefined
  /** Has it end soon. */
  readonly stop: () => void
  /** The scheduler is gone: it will not end. */
  readonly cancel: (error: Error) => void
}

/** It counts among what is outstanding in its scheduler, and keeps the process alive. */
export class Flight extends Operation {
  readonly #of: FlightOf
  readonly #began: number
  readonly #unwatch: (() => void) | undefined
  #land: () => void = () => {}
  /** Resolves when it is over, however. */
  readonly over = new Promise<void>((resolve) => {
    this.#land = resolve
  })
  #isOver = false
  isStopped = false

  constructor(scheduler: TaskScheduler, of: FlightOf) {
    super(scheduler, of.name, [])
    this.#of = of
    this.#began = clock()
    post.hold()
    const { signal } = of.request
    this.#unwatch =
      signal &&
      onAbort(signal, () => {
        this.isStopped = true
        of.stop()
      })
  }

  succeed(stats: FrameStats): void {
    if (this.#end()) this.#of.resolve(stats)
  }

  fail(error: unknown): void {
    const { signal } = this.#of.request
    const why = this.isStopped ? new AbortError(signal?.reason) : error
    if (this.#end()) this.#of.reject(why)
  }

  /** What a loop tells of it. */
  lateness(end: number): { isLate: boolean; delay: number; skipped: number } {
    const { due = this.#began, nextDue = Number.POSITIVE_INFINITY, skipped = 0 } = this.#of.request
    return { isLate: end > nextDue, delay: Math.max(0, this.#began - due), skipped }
  }

  override get isReady(): boolean {
    return false
  }

  override need(): Need {
    return { kind: 'nothing', why: 'its nodes run' }
  }

  override describe(): string {
    return this.name
  }

  override cancel(): void {
    this.#of.cancel(new TaskCancelled('the scheduler was disposed before the frame was over'))
    this.fail(new TaskCancelled('the scheduler was disposed before the frame was over'))
  }

  #end(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#of.traced?.()
    post.unhold()
    this.#unwatch?.()
    this.home.ended(this)
    this.#land()
    return true
  }
}
