/**
 * When a loop of a kernel looks at the clock: see `native/include/heddle/pace.h`. A step is one
 * index, or what takes at most about 64 µs, going by the last: with the 16 of native code square
 * roots take 4 % more.
 */

const STEP_MS_MIN = 0.016
const STEP_MS_MAX = 0.064
const STEP_MAX = 2 ** 30

export class Pace {
  /** So many indices are run without a look at thieves. */
  step = 1
  #isRunning = false
  #last = 0
  #seen = 0

  /** Small again: what comes may be heavy. */
  restart(): void {
    this.step = 1
    this.#isRunning = false
    this.#seen = 0
  }

  begin(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#last = performance.now()
  }

  /** How many indices were run since the last look at the clock, if this is one; else 0. */
  end(count: number): number {
    this.#seen += count
    const seen = this.#seen
    if (2 * seen < this.step) return 0
    const now = performance.now()
    const spent = now - this.#last
    if (spent < STEP_MS_MIN) this.step = Math.min(STEP_MAX, 2 * this.step)
    else if (spent > STEP_MS_MAX) {
      this.step = Math.max(1, Math.floor((seen * STEP_MS_MAX) / 2 / spent))
    }
    this.#last = now
    this.#seen = 0
    return seen
  }

  /** Something else has run in the meantime: that time does not count. */
  pause(): void {
    this.#isRunning = false
  }
}
