/**
 * What a call comes to that can be given up, or that somebody attends. That of a kernel fails
 * loudly: if nobody was told, that is told as of promises. Native code does so for all others.
 */
import { Epoch, State, type Waiter } from './epoch.js'
import { KernelError, TimeoutError } from './errors.js'
import type { Slot } from './slot.js'
import { afterTurn } from './turn.js'

export class ArmedResult extends Epoch {
  /** Somebody has begun with it, whether or not that was told. Once it is settled. */
  hasBegun = false
  readonly #isReported: boolean
  #isSeen = false

  constructor(slot: Slot, isReported: boolean) {
    super()
    this.slot = slot
    this.#isReported = isReported
  }

  /** Tells one of ours, who tells nobody. */
  attend(waiter: Waiter): void {
    if (!super.subscribe(waiter)) waiter.arrived(this)
  }

  override subscribe(waiter: Waiter): boolean {
    this.#isSeen = true
    return super.subscribe(waiter)
  }

  override reason(): unknown {
    this.#isSeen = true
    return super.reason()
  }

  protected override end(state: State, value: unknown): void {
    super.end(state, value)
    if (!this.#isReported || this.#isSeen || state !== State.Failed) return
    // Who gives it up himself, or disposes the scheduler, knows.
    if (value instanceof KernelError || value instanceof TimeoutError) {
      afterTurn(() => this.#report())
    }
  }

  #report(): void {
    if (!this.#isSeen) void Promise.reject(this.value)
  }
}
