/**
 * The event loop's next turn, and how much is done at once in one.
 */

/** As `setImmediate` was when this was loaded: tests replace it to stop time, but not ours. */
export const afterTurn: (call: () => void) => unknown = setImmediate

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
