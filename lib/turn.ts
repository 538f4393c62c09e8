/**
 * The event loop's next turn, how much is done at once in one, and limits of time.
 */

/** As `setImmediate` was when this was loaded: tests replace it to stop time, but not ours. */
export const afterTurn: (call: () => void) => unknown = setImmediate

/** A limit of time: what has come while this thread was held up is told before it is too late. */
export class TimeLimit {
  readonly #timer: NodeJS.Timeout
  #isOver = false

  /** `late` is called after so many milliseconds, unless `end` was. */
  constructor(milliseconds: number, late: () => void) {
    const unlessOver = () => {
      if (!this.#isOver) late()
    }
    this.#timer = setTimeout(() => afterTurn(unlessOver), milliseconds)
  }

  /** It does not keep the process alive. */
  unref(): this {
    this.#timer.unref()
    return this
  }

  /** There is no limit any more. */
  end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
  }
}

/**
 * What may be there at once in one turn: who awaits one such thing after another would keep all
 * others from the event loop.
 */
export class TurnBudget {
  readonly #limit: number
  readonly #next: () => void
  #taken = 0

  /** `next` is called as the next turn begins, if this was used in the one before. */
  constructor(limit: number, next: () => void = () => {}) {
    this.#limit = limit
    this.#next = () => {
      this.#taken = 0
      next()
    }
  }

  /** An amount of at least 1 was there. */
  spend(amount: number): void {
    if (this.#taken === 0) afterTurn(this.#next)
    this.#taken += amount
  }

  /** Too much was there in this turn. */
  get isSpent(): boolean {
    return this.#taken > this.#limit
  }
}
