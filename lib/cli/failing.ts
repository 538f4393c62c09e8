/**
 * Takes errors from where nobody could catch them to where somebody waits.
 */
export class Failing {
  /** Rejects with the first error. Never resolves. */
  readonly promise: Promise<never>
  readonly #reject: (reason: unknown) => void

  constructor() {
    let reject: (reason: unknown) => void = () => {}
    this.promise = new Promise((_, rejectPromise) => {
      reject = rejectPromise
    })
    // That nobody waits at the moment is no reason to end the process.
    this.promise.catch(() => {})
    this.#reject = reject
  }

  fail(reason: unknown): void {
    this.#reject(reason)
  }

  /** Calls a function that may throw. */
  catch(use: () => void): void {
    try {
      use()
    } catch (error) {
      this.#reject(error)
    }
  }
}
