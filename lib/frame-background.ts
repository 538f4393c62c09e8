/**
 * Background nodes: what one reads and writes while frames come and go, and how it joins them.
 */

import { FrameError } from './errors.js'
import type { NodeCall } from './frame-call.js'
import type { CompiledNode, Info } from './frame-compile.js'
import type { FrameInfo, Resolve } from './frame-node.js'
import { FrameResource, type FrameStorage } from './frame-storage.js'

/** One background node of a graph, between its runs and in them. */
export class Background {
  readonly of: CompiledNode
  readonly #writes: readonly FrameResource[]
  /** What it sees: as of the frame in which it began. */
  readonly #seen = new Map<FrameStorage, unknown>()
  #info: FrameInfo | undefined
  #state: 'idle' | 'running' | 'over' = 'idle'
  #error: unknown
  #hasFailed = false
  #waiting: (() => void)[] = []
  #turn: NodeCall | undefined

  constructor(of: CompiledNode) {
    this.of = of
    this.#writes = of.writes as readonly FrameResource[]
  }

  get isIdle(): boolean {
    return this.#state === 'idle'
  }

  /** It is over, and has failed. */
  get hasFailed(): boolean {
    return this.#state === 'over' && this.#hasFailed
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  /** The frame in which it began; good until it is over. */
  get info(): FrameInfo {
    return this.#info as FrameInfo
  }

  readonly resolve: Resolve = <T>(storage: FrameStorage<T>): T => {
    if (this.#writes.includes(storage as never)) return storage.at(-1)
    if (this.#seen.has(storage)) return this.#seen.get(storage) as T
    const name = (storage as { name?: unknown } | undefined)?.name ?? storage
    throw new FrameError(`'${this.of.node.name}' uses '${String(name)}', which it does not declare`)
  }

  /** It may begin in the frame in the slot. */
  begin({ index, time, delta, slot }: Info): void {
    this.#state = 'running'
    this.#hasFailed = false
    this.#info = { index, time, delta, slot }
    for (const storage of this.of.reads) {
      const isResource = storage instanceof FrameResource
      this.#seen.set(storage, isResource ? storage.pin(slot) : storage.at(slot))
    }
    for (const resource of this.#writes) resource.beginWrite()
  }

  /** Its function is about to be called. */
  call(turn: NodeCall): void {
    this.#turn = turn
    turn.start(this.info, this.resolve)
  }

  /** Nobody waits for it any more. */
  close(): void {
    this.#turn?.close()
    this.#become('idle')
  }

  /** Its turn did not come: the frame was over before. */
  withdraw(): void {
    this.#release()
    this.#become('idle')
  }

  /** It is done; what it has given takes the place of its one resource. */
  done(value: unknown): void {
    if (value !== undefined && this.#writes.length === 1) this.#writes[0]?.put(-1, value)
    this.#release()
    this.#become('over')
  }

  failed(error: unknown): void {
    this.#hasFailed = true
    this.#error = error
    this.#release()
    this.#become('over')
  }

  /**
   * A frame starts: what is done is seen from here on. True: it has just come.
   *
   * @throws FrameError if it has failed, and nobody takes its errors
   */
  join(): boolean {
    if (this.#state !== 'over') return false
    this.#state = 'idle'
    const { node } = this.of
    if (!this.#hasFailed) {
      for (const resource of this.#writes) resource.publish()
      return true
    }
    const error = FrameError.of(node.name, this.info.index, this.#error)
    if (node.options.onError === undefined) throw error
    try {
      node.options.onError(error)
    } catch (thrown) {
      throw FrameError.of(node.name, this.info.index, thrown)
    }
    return false
  }

  /** Resolves when it does not run. */
  whenOver(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  #release(): void {
    for (const [storage, value] of this.#seen) {
      if (storage instanceof FrameResource) storage.unpin(value)
    }
    this.#seen.clear()
  }

  #become(state: 'idle' | 'over'): void {
    this.#state = state
    this.#turn = undefined
    for (const resolve of this.#waiting.splice(0)) resolve()
  }
}
