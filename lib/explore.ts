/**
 * Running a program in many orders.
 */
import { DebugScheduler } from './debug-scheduler.js'
import { invalidType, outOfRange } from './errors.js'
import { runWith } from './scope.js'

export interface ExploreOptions {
  /** Which orders: so many, from seed 0 on, or these. Default: 100. */
  seeds?: number | readonly number[] | undefined
}

/** The first order in which the program failed. */
export interface Failure {
  /** `new DebugScheduler({ seed })` runs it the same way again. */
  seed: number
  /** What was thrown. */
  error: unknown
  /** What had run by then, in order. */
  trace: readonly string[]
}

export interface Exploration {
  /** How many orders were run. */
  runs: number
  /** Undefined: none failed. */
  failure: Failure | undefined
}

/**
 * Runs `program` on one `DebugScheduler` after the other, each with another order, until it throws.
 * The scheduler is the current one, and runs out before a program counts as passed; a task that is
 * then stuck is a failure, too, as is one whose error reaches nobody.
 *
 * The program must do the same each time: make its values itself, and use no clock and no
 * `Math.random`. If it returns a promise, so does this.
 *
 * @example
 * ```ts
 * const { failure } = explore(
 *   () => {
 *     const a = new Async(1)
 *     for (let i = 0; i < 3; ++i) a.addAssign(i)
 *     if (a.getWait() !== 4) throw new Error('an assignment was lost')
 *   },
 *   { seeds: 1000 },
 * )
 * if (failure) console.log(`seed ${failure.seed}`, failure.error, failure.trace)
 * ```
 *
 * @throws TypeError or RangeError if `program` is no function, or `seeds` are none
 */
export function explore<R>(
  program: (scheduler: DebugScheduler) => R,
  options: ExploreOptions = {},
): R extends PromiseLike<unknown> ? Promise<Exploration> : Exploration {
  if (typeof program !== 'function') throw invalidType('program', 'a function', program)
  const seeds = checkSeeds(options)
  type Result = R extends PromiseLike<unknown> ? Promise<Exploration> : Exploration
  for (let i = 0; i < seeds.length; ++i) {
    const run = new Run(seeds[i] as number)
    const outcome = run.start(program)
    if (outcome instanceof Promise) return rest(program, seeds, i, run, outcome) as Result
    const failure = run.end()
    if (failure !== undefined) return { runs: i + 1, failure } as Result
  }
  return { runs: seeds.length, failure: undefined } as Result
}

/** The same, from a program on that turned out to be asynchronous. */
async function rest<R>(
  program: (scheduler: DebugScheduler) => R,
  seeds: readonly number[],
  first: number,
  begun: Run,
  outcome: Promise<void>,
): Promise<Exploration> {
  let [run, pending]: [Run, Promise<void> | undefined] = [begun, outcome]
  for (let i = first; ; ) {
    await pending
    const failure = run.end()
    if (failure !== undefined) return { runs: i + 1, failure }
    if (++i === seeds.length) return { runs: i, failure: undefined }
    run = new Run(seeds[i] as number)
    pending = run.start(program)
  }
}

/** One order. */
class Run {
  readonly #seed: number
  readonly #scheduler: DebugScheduler
  #failure: Failure | undefined

  constructor(seed: number) {
    this.#seed = seed
    this.#scheduler = new DebugScheduler({ seed })
    this.#scheduler.lost = (error) => this.#fail(error)
  }

  start(program: (scheduler: DebugScheduler) => unknown): Promise<void> | undefined {
    try {
      const made = runWith(this.#scheduler, () => program(this.#scheduler)) as unknown
      if (typeof (made as PromiseLike<unknown> | undefined)?.then !== 'function') return undefined
      return Promise.resolve(made as PromiseLike<unknown>).then(
        () => {},
        (error) => this.#fail(error),
      )
    } catch (error) {
      this.#fail(error)
      return undefined
    }
  }

  end(): Failure | undefined {
    if (this.#failure === undefined && this.#scheduler.runAll() > 0) {
      this.#fail(new Error(`tasks are stuck:\n${this.#scheduler.dump()}`))
    }
    this.#scheduler[Symbol.dispose]()
    return this.#failure
  }

  #fail(error: unknown): void {
    this.#failure ??= { seed: this.#seed, error, trace: this.#scheduler.history }
  }
}

function checkSeeds(options: ExploreOptions): readonly number[] {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options)
  }
  const { seeds = 100 } = options
  if (Array.isArray(seeds)) return seeds
  if (typeof seeds !== 'number') throw invalidType('options.seeds', 'a number or an array', seeds)
  if (!Number.isInteger(seeds) || seeds < 1) {
    throw outOfRange('options.seeds', 'a positive integer', seeds)
  }
  return Array.from({ length: seeds }, (_, i) => i)
}
