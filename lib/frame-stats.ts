/**
 * What frames took: each of them, and all of them by node.
 */
import { withCode } from './errors.js'
import type { CompiledNode } from './frame-compile.js'

/** So many frames' times are kept for whoever asks. */
const FRAMES_KEPT = 64

/** What became of one frame. */
export class FrameStats {
  /** Counts from 0. */
  readonly index: number
  /** As {@link FrameInfo} had it, in milliseconds. */
  readonly time: number
  /** From its start to its end, in milliseconds. */
  readonly duration: number
  /** It ended after the next frame was due. Only {@link FrameGraph.loop} knows. */
  readonly isLate: boolean
  /** How much later it began than it was due, in milliseconds; 0 without a loop. */
  readonly delay: number
  /** Frames that were left out just before it, as it was too late for them. */
  readonly skipped: number
  readonly #times: FrameTimes
  readonly #at: number

  /** @internal */
  constructor(
    times: FrameTimes,
    at: number,
    of: { readonly index: number; readonly time: number },
    loop: { readonly isLate: boolean; readonly delay: number; readonly skipped: number },
  ) {
    this.#times = times
    this.#at = at
    this.index = of.index
    this.time = of.time
    this.duration = times.durationAt(at)
    this.isLate = loop.isLate
    this.delay = loop.delay
    this.skipped = loop.skipped
  }

  /**
   * How long each node took that has run in it, in milliseconds, by name; scalars, which take next
   * to nothing, are not among them. Background nodes are there from their turn on, with 0.
   *
   * @throws Error with code `ERR_INVALID_STATE` when 64 more frames have ended: read it before
   */
  get nodes(): Readonly<Record<string, number>> {
    return this.#times.nodesAt(this.#at)
  }

  /**
   * The names of the nodes that the frame has waited for, in order: each began when the one before
   * was done. Throws as {@link nodes}.
   */
  get criticalPath(): readonly string[] {
    return this.#times.criticalPathAt(this.#at)
  }
}

/** What the runs of a node, or all frames, have come to: milliseconds. */
export interface FrameSummary {
  readonly count: number
  readonly mean: number
  readonly max: number
}

/** The times of a graph's last frames, and their sums. */
export class FrameTimes {
  readonly #nodes: readonly CompiledNode[]
  readonly #kept: Float64Array[] = []
  readonly #timed: readonly CompiledNode[]
  readonly #counts: Float64Array
  readonly #sums: Float64Array
  readonly #most: Float64Array
  #count = 0

  constructor(nodes: readonly CompiledNode[]) {
    this.#nodes = nodes
    this.#timed = nodes.filter(({ node }) => node.kind !== 'compute')
    this.#counts = new Float64Array(nodes.length + 1)
    this.#sums = new Float64Array(nodes.length + 1)
    this.#most = new Float64Array(nodes.length + 1)
  }

  /** Where to write those of a frame that has ended; then {@link add}. */
  next(): Float64Array {
    const at = this.#count % FRAMES_KEPT
    this.#kept[at] ??= new Float64Array(2 * this.#nodes.length + 2)
    return this.#kept[at]
  }

  /** The number of those that were written. */
  add(): number {
    const times = this.next()
    for (const { at } of this.#timed) this.#note(at, times)
    this.#note(this.#nodes.length, times)
    return this.#count++
  }

  durationAt(at: number): number {
    return timeOf(this.#at(at), this.#nodes.length)
  }

  /** When it ended, by `clock()`. */
  endAt(at: number): number {
    return this.#at(at)[2 * this.#nodes.length + 1] as number
  }

  /** Begin and end of each node. */
  raw(at: number): Float64Array {
    return this.#at(at)
  }

  nodesAt(at: number): Record<string, number> {
    const times = this.#at(at)
    const ran = this.#timed.filter(({ at: i }) => times[2 * i] !== 0)
    return recordOf(ran, (i) => Math.max(0, timeOf(times, i)))
  }

  criticalPathAt(at: number): string[] {
    const times = this.#at(at)
    const before = new Map<number, number>()
    let last = -1
    for (const { at: i, node, successors } of this.#nodes) {
      // Scalars take no time: they end when the last one before them does.
      if (node.kind === 'compute' && before.has(i)) {
        times[2 * i + 1] = times[2 * (before.get(i) as number) + 1] as number
      }
      const end = times[2 * i + 1] as number
      if (end === 0) continue
      if (node.kind !== 'compute' && (last < 0 || end > (times[2 * last + 1] as number))) last = i
      for (const to of successors) {
        const known = before.get(to)
        if (known === undefined || end > (times[2 * known + 1] as number)) before.set(to, i)
      }
    }
    const path: string[] = []
    for (let i: number | undefined = last; i !== undefined && i >= 0; i = before.get(i)) {
      path.unshift((this.#nodes[i] as CompiledNode).node.name)
    }
    return path
  }

  /** By name, and of the frames themselves. */
  summary(): { frames: FrameSummary; nodes: Record<string, FrameSummary> } {
    const nodes = recordOf(this.#timed, (at) => this.#summaryOf(at))
    return { frames: this.#summaryOf(this.#nodes.length), nodes }
  }

  #at(at: number): Float64Array {
    if (this.#count - at <= FRAMES_KEPT) return this.#kept[at % FRAMES_KEPT] as Float64Array
    const message = `the times of the last ${FRAMES_KEPT} frames are kept: it is too late for these`
    throw withCode(new Error(message), 'ERR_INVALID_STATE')
  }

  #note(i: number, times: Float64Array): void {
    const end = times[2 * i + 1] as number
    if (end === 0) return
    const spent = end - (times[2 * i] as number)
    this.#counts[i] = (this.#counts[i] as number) + 1
    this.#sums[i] = (this.#sums[i] as number) + spent
    if (spent > (this.#most[i] as number)) this.#most[i] = spent
  }

  #summaryOf(i: number): FrameSummary {
    const count = this.#counts[i] as number
    const mean = count === 0 ? 0 : (this.#sums[i] as number) / count
    return { count, mean, max: this.#most[i] as number }
  }
}

/** By name, whatever the name is: `__proto__` is one, too. */
function recordOf<T>(nodes: readonly CompiledNode[], of: (at: number) => T): Record<string, T> {
  return Object.fromEntries(nodes.map(({ node, at }) => [node.name, of(at)]))
}

function timeOf(times: Float64Array, i: number): number {
  return (times[2 * i + 1] as number) - (times[2 * i] as number)
}
