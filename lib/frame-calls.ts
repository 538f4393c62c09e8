/**
 * The nodes of a frame graph that are functions of this thread: each is called in the order of the
 * frames, whichever frame comes to it first.
 */

import { NodeCall, putResult } from './frame-call.js'
import type { CompiledNode, Info } from './frame-compile.js'
import type { FramesHost } from './frames.js'

/** Whom the ends of calls are told. */
export interface CallsHost extends Pick<FramesHost, 'infos' | 'trace'> {
  finish(slot: number, of: CompiledNode): void
  fail(slot: number, of: CompiledNode, error: unknown): void
  /** It is finished when the descriptor can be read, by somebody else. */
  fence(slot: number, of: CompiledNode, descriptor: number): void
}

/** Why functions fail that are not waited for; whoever has stopped the frame says more. */
const STOPPED = new Error('the frame was stopped')

export class FrameCalls {
  readonly #host: CallsHost
  readonly #nodes: readonly CompiledNode[]
  /** Calls that are not over, by slot. */
  readonly #turns: readonly Set<NodeCall>[]
  /** By slot and position: 1 while a call is to come, or runs. */
  readonly #open: readonly Uint8Array[]
  /** Slots that have come to a node before an earlier frame has, by position. */
  readonly #ahead = new Map<number, number[]>()
  readonly #isStopped: boolean[] = []
  #isDropped = false

  constructor(nodes: readonly CompiledNode[], host: CallsHost) {
    this.#host = host
    this.#nodes = nodes.filter(({ node }) => {
      return node.kind !== 'dispatch' && node.kind !== 'compute' && !node.isBackground
    })
    this.#turns = host.infos.map(() => new Set<NodeCall>())
    this.#open = host.infos.map(() => new Uint8Array(nodes.length))
    for (const { at } of this.#nodes) this.#ahead.set(at, [])
  }

  /** A frame starts, in which those nodes run that are not 0. */
  begin(slot: number, active: Uint8Array): void {
    this.#isStopped[slot] = false
    const open = this.#open[slot] as Uint8Array
    for (const { at } of this.#nodes) open[at] = active[at] as number
  }

  /** It is the node's turn in the frame: it is called once it is over in earlier frames. */
  come(slot: number, of: CompiledNode): void {
    if (this.#isNext(slot, of.at)) this.#call(slot, of)
    else this.#aheadAt(of.at).push(slot)
  }

  /** Those of the frame are not waited for any more. */
  stop(slot: number): void {
    this.#isStopped[slot] = true
    for (const turn of [...(this.#turns[slot] as Set<NodeCall>)]) turn.fail(STOPPED)
    for (const of of this.#nodes) {
      const waiting = this.#aheadAt(of.at)
      const i = waiting.indexOf(slot)
      if (i < 0) continue
      waiting.splice(i, 1)
      this.#host.fail(slot, of, STOPPED)
    }
  }

  /** The frame is over: what was not called in it will not be. */
  end(slot: number): void {
    for (const turn of this.#turns[slot] as Set<NodeCall>) turn.close()
    this.#turns[slot]?.clear()
    const open = this.#open[slot] as Uint8Array
    for (const of of this.#nodes) if (open[of.at] !== 0) this.#next(slot, of)
  }

  drop(): void {
    this.#isDropped = true
    for (const turns of this.#turns) for (const turn of turns) turn.close()
  }

  #call(slot: number, of: CompiledNode): void {
    const turns = this.#turns[slot] as Set<NodeCall>
    const turn = new NodeCall(of, this.#host.trace, {
      done: (value) => {
        turns.delete(turn)
        try {
          putResult(of, slot, value)
          this.#host.finish(slot, of)
        } catch (error) {
          this.#host.fail(slot, of, error)
        }
        this.#next(slot, of)
      },
      failed: (error) => {
        turns.delete(turn)
        this.#host.fail(slot, of, error)
        this.#next(slot, of)
      },
      // The next frame's may submit behind it.
      submitted: () => this.#next(slot, of),
      fence: (descriptor) => {
        this.#host.fence(slot, of, descriptor)
        this.#next(slot, of)
      },
    })
    turns.add(turn)
    if (this.#isStopped[slot]) turn.fail(STOPPED)
    else turn.start(this.#host.infos[slot] as Info, of.resolve[slot] as never)
  }

  /** No earlier frame has that call still to come, or running. */
  #isNext(slot: number, at: number): boolean {
    const { infos } = this.#host
    const index = (infos[slot] as Info).index
    for (let other = 0; other < infos.length; ++other) {
      if (this.#open[other]?.[at] !== 0 && (infos[other] as Info).index < index) return false
    }
    return true
  }

  /** Another frame's call of the same node may begin. */
  #next(slot: number, of: CompiledNode): void {
    ;(this.#open[slot] as Uint8Array)[of.at] = 0
    const waiting = this.#aheadAt(of.at)
    const next = waiting.find((each) => this.#isNext(each, of.at))
    if (next === undefined) return
    waiting.splice(waiting.indexOf(next), 1)
    queueMicrotask(() => this.#isDropped || this.#call(next, of))
  }

  #aheadAt(at: number): number[] {
    return this.#ahead.get(at) as number[]
  }
}
