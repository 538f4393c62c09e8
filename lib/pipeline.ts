/**
 * Pipelines: each input goes through all stages, several inputs at once, and what comes out is in
 * the order of the inputs.
 */

import { whenAborted } from './abort.js'
import { checkCount } from './algorithm-arguments.js'
import { AbortError, invalidType, invalidValue } from './errors.js'
import { Kernel } from './kernel.js'
import { checkCallOptions, type KernelCallOptions } from './kernel-arguments.js'
import { checkArray } from './options.js'
import type { TaskScheduler } from './task-scheduler.js'

/** How a pipeline runs. */
export interface PipelineOptions extends KernelCallOptions {
  /**
   * How many inputs may be taken whose outputs were not taken: so many run at once, at most.
   * Default: 16.
   */
  buffer?: number | undefined
}

/** What a pipeline takes. */
export type PipelineSource<T> = AsyncIterable<T> | Iterable<T>

/** Takes inputs, and gives the outputs in their order. */
export type Pipeline<I, O> = (source: PipelineSource<I>) => AsyncGenerator<O, void, undefined>

const BUFFER = 16

export function pipeline(
  scheduler: TaskScheduler,
  stages: readonly Kernel[],
  options: PipelineOptions | undefined,
): Pipeline<unknown, unknown> {
  const kernels = checkArray('stages', stages)
  if (kernels.length === 0) throw invalidValue('stages', 'at least one kernel', stages)
  for (const [i, stage] of kernels.entries()) {
    if (Kernel.numberOf(stage) !== undefined) continue
    throw invalidType(`stages[${i}]`, 'a kernel, as kernel() makes them', stage)
  }
  checkCallOptions(options)
  const { buffer = BUFFER, signal, lane } = options ?? {}
  checkCount('options.buffer', buffer, 2 ** 20)
  return (source) => {
    const inputs = iteratorOf(source)
    return new Flow(scheduler, kernels, { signal, lane }, buffer).run(inputs)
  }
}

type Inputs = AsyncIterator<unknown> | Iterator<unknown>

/** One source's way through the stages. */
class Flow {
  readonly #scheduler: TaskScheduler
  readonly #stages: readonly Kernel[]
  readonly #buffer: number
  readonly #options: KernelCallOptions
  /** Ends what is under way. */
  readonly #controller = new AbortController()
  /** Outputs in the order of the inputs, oldest first. */
  readonly #outputs: Promise<unknown>[] = []
  /** Rejects when the program's signal says so. */
  readonly #givenUp: Promise<never> | undefined
  #isOver = false

  constructor(
    scheduler: TaskScheduler,
    stages: readonly Kernel[],
    { signal, lane }: KernelCallOptions,
    buffer: number,
  ) {
    this.#scheduler = scheduler
    this.#stages = stages
    this.#buffer = buffer
    const own = this.#controller.signal
    this.#options = { lane, signal: own }
    if (signal !== undefined) this.#givenUp = rejection(signal, own)
  }

  async *run(inputs: Inputs): AsyncGenerator<unknown, void, undefined> {
    let pull: Promise<void> | undefined
    try {
      for (;;) {
        if (pull === undefined && !this.#isOver && this.#outputs.length < this.#buffer) {
          pull = this.#pull(inputs).finally(() => {
            pull = undefined
          })
        }
        const [oldest] = this.#outputs
        if (oldest === undefined && pull === undefined) return
        const isOut = await firstOf(oldest, pull, this.#givenUp)
        if (!isOut) continue
        this.#outputs.shift()
        yield await oldest
      }
    } finally {
      this.#controller.abort()
      if (!this.#isOver) await close(inputs, pull !== undefined)
    }
  }

  /** Takes an input, if there is one. What the source throws is an output like any other. */
  async #pull(inputs: Inputs): Promise<void> {
    try {
      const { done, value } = await inputs.next()
      if (done === true) this.#isOver = true
      else if (!this.#controller.signal.aborted) this.#add(this.#process(value))
    } catch (error) {
      this.#isOver = true
      this.#add(Promise.reject(error))
    }
  }

  #add(output: Promise<unknown>): void {
    output.catch(() => {}) // Whoever takes it sees it, and nobody else needs to.
    this.#outputs.push(output)
  }

  async #process(input: unknown): Promise<unknown> {
    let value = input
    for (const stage of this.#stages) {
      value = await this.#scheduler.call(stage, [value], this.#options)
    }
    return value
  }
}

/** True: the output is there, whatever it is. False: an input was taken, or none was left. */
async function firstOf(
  output: Promise<unknown> | undefined,
  pull: Promise<void> | undefined,
  givenUp: Promise<never> | undefined,
): Promise<boolean> {
  const isOut = output?.then(
    () => true,
    () => true,
  )
  const isIn = pull?.then(() => false)
  return Promise.race([givenUp, isOut, isIn].filter((one) => one !== undefined))
}

/** Rejects when `signal` is aborted, unless `end` was before. */
function rejection(signal: AbortSignal, end: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const abort = () => reject(new AbortError(signal.reason))
    if (signal.aborted) abort()
    else end.addEventListener('abort', whenAborted(signal, abort))
  })
  promise.catch(() => {}) // As above.
  return promise
}

/** One that is being asked for an input can be told, but not waited for: it may have none. */
async function close(inputs: Inputs, isAsked: boolean): Promise<void> {
  const closed = Promise.resolve(inputs.return?.())
  if (isAsked) closed.catch(() => {})
  else await closed
}

function iteratorOf(source: unknown): Inputs {
  const iterable = source as Partial<AsyncIterable<unknown> & Iterable<unknown>> | null | undefined
  const inputs = iterable?.[Symbol.asyncIterator]?.() ?? iterable?.[Symbol.iterator]?.()
  if (inputs === undefined) throw invalidType('source', 'an iterable', source)
  return inputs
}
