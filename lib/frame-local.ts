/**
 * Frames on a scheduler that steps on this thread: one node after the other, in topological order.
 */
import type { Background } from './frame-background.js'
import { NodeCall, putResult } from './frame-call.js'
import { clock } from './frame-clock.js'
import type { Compiled, CompiledNode, Info } from './frame-compile.js'
import { DispatchOf } from './frame-dispatch.js'
import type { Resolve } from './frame-node.js'
import { FrameInput, FrameScalar } from './frame-storage.js'
import type { Frames, FramesHost } from './frames.js'
import type { KernelScheduler } from './kernel-scheduler.js'
import { CommandCode } from './layout.js'
import { evaluate } from './stream.js'
import { isUnary, type Value } from './types.js'

const LANES = ['frame', 'normal', 'background'] as const

export class LocalFrames implements Frames {
  readonly active: Uint8Array
  readonly #scheduler: KernelScheduler
  readonly #compiled: Compiled
  readonly #host: FramesHost
  readonly #dispatches = new Map<CompiledNode, DispatchOf>()
  readonly #registers: Value[][]
  #kept: Value[] = []
  #last: Promise<void> = Promise.resolve()
  readonly #times: Float64Array[]
  readonly #turns = new Map<number, NodeCall>()
  readonly #isStopped: boolean[] = []
  /** Those that are to begin when the ones before are over. */
  readonly #isToCome: boolean[] = []
  #isDropped = false

  constructor(scheduler: KernelScheduler, compiled: Compiled, slots: number, host: FramesHost) {
    this.#scheduler = scheduler
    this.#compiled = compiled
    this.#host = host
    const { nodes, registers, storages } = compiled
    this.active = new Uint8Array(nodes.length)
    this.#registers = Array.from({ length: slots }, () => [])
    this.#times = Array.from({ length: slots }, () => new Float64Array(2 * nodes.length + 2))
    for (const of of nodes) {
      if (of.node.kind === 'dispatch') this.#dispatches.set(of, new DispatchOf(of))
    }
    for (const storage of storages) {
      const register = registers.find(storage)
      if (register === undefined || !(storage instanceof FrameScalar)) continue
      storage.storeIn({
        get: (slot) => this.#registers[slot]?.[register] ?? storage.initial,
        last: () => this.#kept[register] ?? storage.initial,
        set: (slot, value) => {
          ;(this.#registers[slot] as Value[])[register] = value as Value
        },
      })
    }
  }

  start(slot: number): void {
    this.#isStopped[slot] = false
    const { registers, storages } = this.#compiled
    const mine = this.#registers[slot] as Value[]
    for (const [i, { value }] of registers.initial.entries()) mine[i] = value
    for (const storage of storages) {
      const register = registers.find(storage)
      if (register !== undefined && storage instanceof FrameInput) {
        mine[register] = storage.at(slot) as Value
      }
    }
    const times = this.#times[slot] as Float64Array
    times.fill(0)
    times[times.length - 2] = clock()
    const active = this.active.slice()
    this.#isToCome[slot] = true
    const { index } = this.#host.infos[slot] as Info
    // One after the other, and not at once: others are to have their turns, too.
    this.#last = this.#last.then(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      const isThere = this.#isToCome[slot] && this.#host.infos[slot]?.index === index
      if (isThere) await this.#run(slot, active)
    })
  }

  keep(slot: number): void {
    this.#kept = (this.#registers[slot] as Value[]).slice()
  }

  stop(slot: number): void {
    this.#isStopped[slot] = true
    if (this.#isToCome[slot]) queueMicrotask(() => this.#isToCome[slot] && this.#end(slot))
    this.#turns.get(slot)?.fail(new Error('the frame was stopped'))
  }

  times(slot: number, to: Float64Array): void {
    to.set(this.#times[slot] as Float64Array)
  }

  drop(): void {
    this.#isDropped = true
    for (const turn of this.#turns.values()) turn.close()
  }

  async #run(slot: number, active: Uint8Array): Promise<void> {
    let failed: CompiledNode | undefined
    let why: unknown
    this.#isToCome[slot] = false
    for (const of of this.#compiled.nodes) {
      if (this.#isDropped) return
      const background = this.#host.backgrounds.get(of.at)
      if (active[of.at] === 0 || failed !== undefined || this.#isStopped[slot]) continue
      const times = this.#times[slot] as Float64Array
      times[2 * of.at] = clock()
      if (background !== undefined) {
        this.#runBackground(of, background)
        continue
      }
      try {
        await this.#runNode(slot, of)
      } catch (error) {
        failed = of
        why = error
      }
      times[2 * of.at + 1] = clock()
    }
    this.#end(slot, failed, why)
  }

  #end(slot: number, failed?: CompiledNode, why?: unknown): void {
    if (this.#isDropped) return
    this.#isToCome[slot] = false
    const times = this.#times[slot] as Float64Array
    times[times.length - 1] = clock()
    this.#host.ended(slot, failed, why)
  }

  async #runNode(slot: number, of: CompiledNode): Promise<void> {
    const info = this.#host.infos[slot] as Info
    const resolve = of.resolve[slot] as Resolve
    if (of.node.kind === 'compute') {
      this.#compute(slot, of)
    } else if (of.node.kind === 'dispatch') {
      await this.#dispatch(of, info, resolve)
    } else {
      const value = await new Promise((done, failed) => {
        const turn = this.#newCall(of, done, failed)
        this.#turns.set(slot, turn)
        turn.start(info, resolve)
      })
      this.#turns.delete(slot)
      putResult(of, slot, value)
    }
  }

  #runBackground(of: CompiledNode, background: Background): void {
    if (!background.isRunning) return
    const done = (value: unknown) => {
      if (this.#isDropped) return
      background.done(value)
      this.#host.over()
    }
    const failed = (error: unknown) => {
      if (this.#isDropped) return
      background.failed(error)
      this.#host.over()
    }
    if (of.node.kind === 'dispatch') {
      this.#dispatch(of, background.info as Info, background.resolve).then(
        () => done(undefined),
        failed,
      )
      return
    }
    background.call(this.#newCall(of, done, failed))
  }

  #newCall(of: CompiledNode, done: (value: unknown) => void, failed: (error: unknown) => void) {
    const fence = (descriptor: number) => turn.await(this.#host, descriptor)
    const turn = new NodeCall(of, this.#host.trace, { done, failed, fence })
    return turn
  }

  async #dispatch(of: CompiledNode, info: Info, resolve: Resolve): Promise<void> {
    const dispatch = this.#dispatches.get(of) as DispatchOf
    const kernel = of.node.options.dispatch?.[0] as never
    const lane = LANES[of.node.lane] as 'frame'
    const bindings = dispatch.bindings(info, resolve)
    const size = dispatch.size(info, resolve)
    // At once: a dispose may run it before an await has asked for its failure.
    await this.#scheduler.dispatch(kernel, size, bindings, { lane }).get()
  }

  #compute(slot: number, of: CompiledNode): void {
    const registers = this.#registers[slot] as Value[]
    for (const [code, , left, right, result] of of.steps) {
      const l = registers[left] as Value
      if (code === CommandCode.Constant) registers[result] = l
      else if (isUnary(code)) registers[result] = evaluate(code, l)
      else registers[result] = evaluate(code, l, registers[right])
    }
  }
}
