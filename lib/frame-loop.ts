/**
 * Frames at a rate: when each is due, and what to do when it is too late for one.
 */
import { AbortError, invalidType, outOfRange } from './errors.js'
import { clock } from './frame-clock.js'
import type { FrameRequest } from './frame-flight.js'
import type { FrameStats } from './frame-stats.js'
import { checkSignal } from './operate.js'
import { checkInteger, checkOneOf } from './options.js'

/** How frames follow each other. */
export interface FrameLoopOptions {
  /** Frames in a second: from 0.001 to 100,000. Without it each begins when there is a place. */
  readonly fps?: number | undefined
  /**
   * What becomes of frames whose time has come while there was no place for them: `'skip'`, the
   * default, leaves them out; `'catchUp'` runs them as fast as it can; `'slowDown'` has all that
   * come later.
   */
  readonly late?: 'skip' | 'catchUp' | 'slowDown' | undefined
  /** Ends after so many frames. */
  readonly frames?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a loop needs of its graph. */
export interface Loopable {
  request(request: FrameRequest): Promise<FrameStats>
  sleep(milliseconds: number): Promise<void>
  readonly slots: number
}

const FPS_MIN = 0.001
const FPS_MAX = 100_000
const POLICIES = ['skip', 'catchUp', 'slowDown'] as const

/** What a body has not taken yet; older ones are dropped. */
const KEPT_MAX = 4096

/** At most so long at a time, so that a loop that was ended does not stay. */
const SLEEP_MS_MAX = 1000

/** Throws at the call, and then runs as {@link FrameGraph.loop} says. */
export function loopOf(
  graph: Loopable,
  options: FrameLoopOptions,
): AsyncGenerator<FrameStats, void, void> {
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options)
  }
  const { fps, frames, late = 'skip' } = options
  if (fps !== undefined) {
    if (typeof fps !== 'number') throw invalidType('options.fps', 'a number', fps)
    if (!(fps >= FPS_MIN && fps <= FPS_MAX)) {
      throw outOfRange('options.fps', `from ${FPS_MIN} to ${FPS_MAX}`, fps)
    }
  }
  if (frames !== undefined) checkInteger('options.frames', frames, 0, Number.MAX_SAFE_INTEGER)
  const policy = checkOneOf('options.late', POLICIES, late)
  const signal = checkSignal(options)
  const period = fps === undefined ? 0 : 1000 / fps
  return run(new Loop(graph, period, policy, frames ?? Number.POSITIVE_INFINITY, signal))
}

async function* run(loop: Loop): AsyncGenerator<FrameStats, void, void> {
  loop.start()
  try {
    for (;;) {
      const stats = await loop.next()
      if (stats === undefined) return
      yield stats
    }
  } finally {
    await loop.stop()
  }
}

class Loop {
  readonly #graph: Loopable
  readonly #period: number
  readonly #policy: number
  readonly #frames: number
  readonly #signal: AbortSignal | undefined
  readonly #inFlight = new Set<Promise<unknown>>()
  #ended: FrameStats[] = []
  #wake: () => void = () => {}
  #isOver = false
  #error: unknown
  #hasFailed = false
  #isTold = false
  #driving: Promise<void> = Promise.resolve()

  constructor(
    graph: Loopable,
    period: number,
    policy: number,
    frames: number,
    signal: AbortSignal | undefined,
  ) {
    this.#graph = graph
    this.#period = period
    this.#policy = policy
    this.#frames = frames
    this.#signal = signal
  }

  start(): void {
    this.#driving = this.#drive().catch((error) => this.#fail(error))
  }

  /** The next frame that has ended, or undefined: there are no more. */
  async next(): Promise<FrameStats | undefined> {
    for (;;) {
      const stats = this.#ended.shift()
      if (stats !== undefined) return stats
      if (this.#signal?.aborted) throw new AbortError(this.#signal.reason)
      if (this.#hasFailed) throw this.#tellFailure()
      if (this.#isOver && this.#inFlight.size === 0) return undefined
      await this.#wait()
    }
  }

  /** No more begin, and those that have are waited for. Throws what nobody has heard of. */
  async stop(): Promise<void> {
    this.#isOver = true
    this.#wake()
    await Promise.allSettled(this.#inFlight)
    await this.#driving
    if (this.#hasFailed && !this.#isTold && !this.#signal?.aborted) throw this.#tellFailure()
  }

  #tellFailure(): unknown {
    this.#isTold = true
    return this.#error
  }

  async #drive(): Promise<void> {
    let origin = clock()
    let skipped = 0
    let begun = 0
    for (let n = 0; begun < this.#frames; ++n, ++begun) {
      const due = origin + n * this.#period
      await this.#until(due)
      while (this.#inFlight.size >= this.#graph.slots && !this.#isDone) await this.#oneEnds()
      if (this.#isDone) break
      const behind = this.#period === 0 ? 0 : Math.floor((clock() - due) / this.#period)
      if (behind > 0 && POLICIES[this.#policy] === 'skip') {
        n += behind
        skipped += behind
      } else if (behind > 0 && POLICIES[this.#policy] === 'slowDown') {
        origin = clock() - n * this.#period
      }
      this.#begin(origin, n, skipped)
      skipped = 0
    }
    this.#isOver = true
    this.#wake()
  }

  #begin(origin: number, n: number, skipped: number): void {
    const period = this.#period
    const due = origin + n * period
    const times = period === 0 ? {} : { due, nextDue: due + period }
    const time = period === 0 ? undefined : n * period
    const request = { time, signal: this.#signal, skipped, ...times }
    const frame = this.#graph.request(request).then(
      (stats) => this.#keep(stats),
      (error) => this.#fail(error),
    )
    this.#inFlight.add(frame)
    void frame.then(() => {
      this.#inFlight.delete(frame)
      this.#wake()
    })
  }

  get #isDone(): boolean {
    return this.#isOver || this.#hasFailed || this.#signal?.aborted === true
  }

  async #until(due: number): Promise<void> {
    for (let left = due - clock(); left > 0 && !this.#isDone; left = due - clock()) {
      await this.#graph.sleep(Math.min(left, SLEEP_MS_MAX))
    }
  }

  async #oneEnds(): Promise<void> {
    await Promise.race(this.#inFlight)
  }

  #keep(stats: FrameStats): void {
    if (this.#ended.length === KEPT_MAX) this.#ended.shift()
    this.#ended.push(stats)
  }

  #fail(error: unknown): void {
    if (!this.#hasFailed) this.#error = error
    this.#hasFailed = true
    this.#wake()
  }

  #wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
