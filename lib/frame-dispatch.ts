/**
 * Nodes of a frame graph that are kernels: what they are called with, frame after frame.
 */
import type { CompiledNode } from './frame-compile.js'
import type { FrameInfo, FrameSize, Resolve } from './frame-node.js'
import { FrameStorage } from './frame-storage.js'
import { type Bindings, LastBindings } from './kept-bindings.js'
import { checkBindings, checkKernel, checkSize } from './kernel-arguments.js'
import { rangeOf } from './kernel-calls.js'
import { nameOf } from './kernel-form.js'
import type { KernelIsolates } from './kernel-requests.js'
import { SCRIPT } from './layout.js'
import { native } from './native.js'

/** What the size and the bindings of a dispatch are in a frame. */
export class DispatchOf {
  readonly #size: FrameSize | ((f: FrameInfo, r: Resolve) => FrameSize)
  readonly #bindings: object | undefined
  readonly #links: readonly (readonly [string, FrameStorage])[]
  readonly #isFunction: boolean

  constructor({ node }: CompiledNode) {
    const [, size, bindings] = node.options.dispatch as readonly [unknown, never, never]
    this.#size = size
    this.#bindings = bindings
    this.#isFunction = typeof bindings === 'function'
    const entries: [string, unknown][] = this.#isFunction ? [] : Object.entries(bindings ?? {})
    this.#links = entries.filter((entry): entry is [string, FrameStorage] => {
      return entry[1] instanceof FrameStorage
    })
  }

  size(f: FrameInfo, r: Resolve): FrameSize {
    return typeof this.#size === 'function' ? this.#size(f, r) : this.#size
  }

  bindings(f: FrameInfo, r: Resolve): object | undefined {
    if (this.#isFunction) return (this.#bindings as unknown as (...a: unknown[]) => object)(f, r)
    if (this.#links.length === 0) return this.#bindings
    const bound: Bindings = { ...this.#bindings }
    for (const [name, storage] of this.#links) bound[name] = r(storage)
    return bound
  }
}

/** One such node in one slot, as native code has it. */
export class Script {
  readonly #graph: number
  readonly #slot: number
  readonly #of: CompiledNode
  readonly #dispatch: DispatchOf
  readonly #isolates: () => KernelIsolates
  readonly #words: Float64Array
  readonly #last = new LastBindings()
  #sizes: readonly number[] = []
  #isBound = false
  #total = 0

  /** `isolates` throws once the functions that are called here have dropped the graph. */
  constructor(
    graph: number,
    slot: number,
    of: CompiledNode,
    dispatch: DispatchOf,
    isolates: () => KernelIsolates,
    words: Float64Array,
  ) {
    this.#graph = graph
    this.#slot = slot
    this.#of = of
    this.#dispatch = dispatch
    this.#isolates = isolates
    this.#words = words
  }

  /** What isolates call its bindings. */
  get key(): number {
    return native.frameKey(this.#graph, this.#slot, this.#of.at)
  }

  /** Tells native code what differs from the last time. False: there is nothing to run. */
  bind(f: FrameInfo, r: Resolve): boolean {
    this.#resize(this.#dispatch.size(f, r))
    if (this.#total === 0) return false
    this.#rebind(this.#dispatch.bindings(f, r))
    return true
  }

  #resize(size: FrameSize): void {
    if (isSame(this.#sizes, size)) return
    const { sizes, total } = checkSize(size)
    this.#total = total
    this.#sizes = [...sizes]
    const { node } = this.#of
    const { kernel, module } = checkKernel(node.options.dispatch?.[0])
    const words = this.#words
    words[SCRIPT.kernel] = rangeOf(kernel, sizes.length)
    words[SCRIPT.module] = module ?? 0
    words[SCRIPT.lane] = node.lane
    words[SCRIPT.label] = native.label(`${node.name}: ${nameOf(kernel)}`)
    words[SCRIPT.numbers] = 0
    words[SCRIPT.numbers + 1] = total
    for (let i = 0; i + 1 < sizes.length; ++i) words[SCRIPT.numbers + 2 + i] = sizes[i] as number
    words[SCRIPT.count] = 1 + sizes.length
    native.frameScript(this.#graph, this.#slot, this.#of.at)
  }

  #rebind(bindings: object | undefined): void {
    if (bindings === undefined) return
    const bound = bindings as Bindings
    if (!this.#isBound || !this.#last.isAs(bound)) {
      const bytes = checkBindings(this.#isolates(), bound) as Uint8Array
      native.frameBind(this.#graph, this.#slot, this.#of.at, bytes)
      this.#last.keep(bound)
      this.#isBound = true
    }
    const count = this.#last.write(bound, this.#words)
    if (count > 0) native.frameValues(this.#graph, this.#slot, this.#of.at, count)
  }
}

function isSame(last: readonly number[], size: FrameSize): boolean {
  if (typeof size === 'number') return last.length === 1 && last[0] === size
  return last.length > 0 && size?.length === last.length && last.every((n, i) => n === size[i])
}
