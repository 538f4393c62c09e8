/**
 * Nodes of a frame graph that are functions of this thread: called in their turn, and done when
 * what they give has come.
 */

import { TimeoutError } from './errors.js'
import type { CompiledNode } from './frame-compile.js'
import { type FrameQueue, fenceAfter, type GpuDevice, isThenable, whenLost } from './frame-fence.js'
import type { FrameInfo, Resolve } from './frame-node.js'
import { FrameResource, FrameScalar } from './frame-storage.js'
import type { FramesHost } from './frames.js'
import { TimeLimit } from './turn.js'

/** How a turn ends: with what the function has given, or with what went wrong. */
export interface NodeCallEnd {
  done(value: unknown): void
  failed(error: unknown): void
  /** It is done when the descriptor can be read; somebody else sees to that. */
  fence(descriptor: number): void
  /** All that it does was handed to somebody else; the call is not over. */
  submitted?(): void
}

/** One call of a node's function, until it is over. */
export class NodeCall {
  readonly #of: CompiledNode
  readonly #trace: FramesHost['trace']
  readonly #end: NodeCallEnd
  #limit: TimeLimit | undefined
  /** What is to be undone when it is over. */
  readonly #undo: (() => void)[] = []
  #isOver = false

  constructor(of: CompiledNode, trace: FramesHost['trace'], end: NodeCallEnd) {
    this.#of = of
    this.#trace = trace
    this.#end = end
  }

  /** Calls the function. What it throws is how it ends. */
  start(f: FrameInfo, r: Resolve): void {
    const { node } = this.#of
    const { device } = node.options
    let given: unknown
    let isLater = false
    let isSubmitted = false
    const traced = this.#trace(this.#of, f.index)
    try {
      given = call(this.#of, f, r)
      if (node.kind === 'gpu') {
        isSubmitted = !isThenable(given)
        given = fenceAfter(given, this.#queue)
        if (device !== undefined) this.#watch(device)
      }
      isLater = isThenable(given)
    } catch (error) {
      this.fail(error)
      return
    } finally {
      traced?.()
    }
    if (this.#isOver) {
      // The function has given its own frame up, or the device is lost: nobody is to hear of it.
      if (isLater) Promise.resolve(given).catch(() => {})
      return
    }
    if (node.kind === 'gpu' && typeof given === 'number') {
      this.#startLimit()
      this.#end.fence(given)
      return
    }
    if (!isLater) {
      this.#done(given)
      return
    }
    this.#startLimit()
    if (isSubmitted) this.#end.submitted?.()
    this.#wait(given as PromiseLike<unknown>, node.kind === 'gpu' && !isSubmitted)
  }

  /** `isFunction`: of what an `async` function submits to a queue, that tells more. */
  #wait(given: PromiseLike<unknown>, isFunction: boolean): void {
    const { kind } = this.#of.node
    const isFence = kind === 'gpu' || kind === 'graph'
    const come = (value: unknown) => {
      if (isFunction && this.#queue !== undefined && !this.#isOver) this.#submitted()
      else this.#done(isFence ? undefined : value)
    }
    try {
      given.then(come, (error) => this.fail(error))
    } catch (error) {
      this.fail(error)
    }
  }

  #submitted(): void {
    try {
      const fence = fenceAfter(undefined, this.#queue) as PromiseLike<unknown>
      this.#end.submitted?.()
      this.#wait(fence, false)
    } catch (error) {
      this.fail(error)
    }
  }

  get #queue(): FrameQueue | undefined {
    const { queue, device } = this.#of.node.options
    return queue ?? device?.queue
  }

  /** It is done when the descriptor can be read, which nobody else sees to. */
  await({ readable }: FramesHost, descriptor: number): void {
    const controller = new AbortController()
    this.#whenOver(() => controller.abort())
    readable(descriptor, controller.signal).then(
      () => this.#done(undefined),
      (error) => this.fail(error),
    )
  }

  /** It is over, whatever comes of it. Again is fine. */
  fail(error: unknown): void {
    if (this.close()) this.#end.failed(error)
  }

  /** Nobody waits for it. True: it was not over. */
  close(): boolean {
    if (this.#isOver) return false
    this.#isOver = true
    this.#limit?.end()
    for (const undo of this.#undo) undo()
    return true
  }

  #done(value: unknown): void {
    if (this.close()) this.#end.done(value)
  }

  /** It fails when the device is lost. */
  #watch(device: GpuDevice): void {
    this.#whenOver(whenLost(device, (error) => this.fail(error)))
  }

  #whenOver(undo: () => void): void {
    if (this.#isOver) undo()
    else this.#undo.push(undo)
  }

  #startLimit(): void {
    const { timeout, name } = this.#of.node
    if (timeout === 0) return
    const late = () => this.fail(new TimeoutError(`'${name}' was not done in ${timeout} ms`))
    this.#limit = new TimeLimit(timeout, late)
  }
}

function call({ node }: CompiledNode, f: FrameInfo, r: Resolve): unknown {
  const { options } = node
  switch (node.kind) {
    case 'run':
    case 'io':
    case 'flow':
    case 'gpu':
      return options[node.kind]?.(f, r)
    case 'graph':
      return options.graph?.run({ time: f.time })
    default:
      throw new Error(`no function: ${node.kind}`)
  }
}

/** What a function has given takes the place of what its node writes, if that is one thing. */
export function putResult(of: CompiledNode, slot: number, value: unknown): void {
  const [to] = of.writes
  if (value === undefined || of.writes.length !== 1) return
  if (to instanceof FrameResource || to instanceof FrameScalar) to.put(slot, value)
}
