/**
 * What is outstanding of a frame graph while no frame of it is in flight.
 */
import type { Need } from './epoch.js'
import { TaskCancelled } from './errors.js'
import { Operation } from './operation.js'
import * as post from './post.js'
import type { TaskScheduler } from './task-scheduler.js'

/** It counts among what is outstanding in its scheduler, and keeps the process alive. */
export class FrameHold extends Operation {
  readonly #cancelled: (error: Error) => void
  #isOver = false

  /** `cancelled` is called if the scheduler is disposed before. */
  constructor(scheduler: TaskScheduler, name: string, cancelled: (error: Error) => void) {
    super(scheduler, name, [])
    this.#cancelled = cancelled
    post.hold()
  }

  /** Again is fine. */
  release(): void {
    if (this.#isOver) return
    this.#isOver = true
    post.unhold()
    this.home.ended(this)
  }

  override get isReady(): boolean {
    return false
  }

  override need(): Need {
    return { kind: 'nothing', why: 'its graph waits' }
  }

  override describe(): string {
    return this.name
  }

  override cancel(): void {
    this.release()
    this.#cancelled(new TaskCancelled('the scheduler was disposed before the frame began'))
  }
}
