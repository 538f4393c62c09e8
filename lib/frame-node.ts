/**
 * The nodes of a frame graph: what the program says of them, checked.
 */

import type { Async } from './async.js'
import { invalidType, invalidValue, withCode } from './errors.js'
import type { FrameFence, FrameQueue, GpuDevice } from './frame-fence.js'
import type { FrameGraph } from './frame-graph.js'
import { type FrameInput, type FrameScalar, FrameStorage } from './frame-storage.js'
import type { Kernel } from './kernel.js'
import { checkFunction, checkKernel, checkSize } from './kernel-arguments.js'
import { checkArray, checkMilliseconds, checkOneOf } from './options.js'

/** The frame that a node runs in. It is good while the frame is in flight. */
export interface FrameInfo {
  /** Counts from 0. */
  readonly index: number
  /** In milliseconds: of {@link FrameGraph.loop} when it is due, since the loop began. */
  readonly time: number
  /** How much later that is than the frame before, in milliseconds. */
  readonly delta: number
  /** Which of the frames in flight: below `framesInFlight`. */
  readonly slot: number
}

/** What something that a node has declared is in its frame. */
export type Resolve = <T>(storage: FrameStorage<T>) => T

/** The same for {@link FrameNodeOptions.compute}: what has the operators of an `Async`. */
export type ResolveScalar = <T>(storage: FrameScalar<T> | FrameInput<T>) => Async<T>

/** How many indices: as `scheduler.dispatch` has it. */
export type FrameSize = number | readonly number[]

/** A kernel, its indices, its bindings: each of the latter may be a function of the frame. */
export type FrameDispatch = readonly [
  // biome-ignore lint/suspicious/noExplicitAny: the kernel decides what it is called with
  kernel: Kernel<any>,
  size: FrameSize | ((f: FrameInfo, r: Resolve) => FrameSize),
  bindings?: object | ((f: FrameInfo, r: Resolve) => object),
]

/** What a node does, which is one of the first seven, and when. */
export interface FrameNodeOptions {
  /**
   * Runs a kernel on all cores: its size and its bindings as for `scheduler.dispatch`. Inputs,
   * resources and scalars among the properties of the bindings stand for what they are in the
   * frame. Functions are called as the frame starts, unless something before the node runs on this
   * thread, computes scalars, or writes what a function for the size may read: then when it is the
   * node's turn. See {@link FrameNodeOptions.late}.
   */
  readonly dispatch?: FrameDispatch | undefined
  /**
   * An expression of scalars and inputs, written as one of `Async` values is: called once, when the
   * graph is compiled, and computed natively in each frame. It goes to the scalar that the node
   * `writes`; what it reads need not be declared.
   *
   * @example `{ compute: (r) => r(sun).mul(2).add(r(sky)), writes: [light] }`
   */
  readonly compute?: ((r: ResolveScalar) => unknown) | undefined
  /** A function on this thread. The node is done when what it returns has come. */
  readonly run?: ((f: FrameInfo, r: Resolve) => unknown) | undefined
  /** The same, for what `scheduler.io` begins. */
  readonly io?: ((f: FrameInfo, r: Resolve) => unknown) | undefined
  /** The same, for an `Async` that dataflow makes. */
  readonly flow?: ((f: FrameInfo, r: Resolve) => unknown) | undefined
  /**
   * Submits to a GPU. The node is done when the GPU is: when `queue` or `device` says so, or the
   * fence that the function gives.
   */
  // biome-ignore lint/suspicious/noConfusingVoidType: functions without a result are welcome
  readonly gpu?: ((f: FrameInfo, r: Resolve) => FrameFence | void) | undefined
  /** Runs a frame of another graph. */
  readonly graph?: FrameGraph | undefined

  /** What it reads. It comes after whoever writes that, unless those come after it. */
  readonly reads?: readonly (FrameStorage | string)[] | undefined
  /** What it writes: one resource or scalar becomes what a function gives, unless undefined. */
  readonly writes?: readonly (FrameStorage | string)[] | undefined
  /**
   * Nodes that it comes after. After a background node: it runs in those frames only which start
   * first after that one was done.
   */
  readonly after?: readonly (FrameNode | string)[] | undefined
  /** Whether it runs in a frame, asked as that starts. Nobody waits for one that does not. */
  readonly when?: ((f: FrameInfo) => boolean) | undefined
  /** Until it has been done once, and not again. */
  readonly once?: boolean | undefined
  /**
   * Who goes first, `'frame'` if it is not given. A `'background'` node starts in one frame, which
   * does not wait for it; what it writes is there from the first frame on that starts after it is
   * done.
   */
  readonly lane?: 'frame' | 'normal' | 'background' | undefined
  /**
   * What a background node does in a frame while it still runs: `'skip'`, the default, nothing;
   * `'wait'`: that frame starts when it is done.
   */
  readonly overlap?: 'skip' | 'wait' | undefined
  /** Of a background node: what to do with its failure. Else the next frame fails with it. */
  readonly onError?: ((error: Error) => void) | undefined
  /** Of a function: fails when it is not done in so many milliseconds. Of `gpu`: default 10,000. */
  readonly timeout?: number | undefined
  /** Whether functions of a dispatch are called when it is its turn; false: as the frame starts. */
  readonly late?: boolean | undefined
  /** Who tells when what was submitted is done. */
  readonly queue?: FrameQueue | undefined
  /** Whose `queue` tells; when it is lost, the node fails. */
  readonly device?: GpuDevice | undefined
}

/** How a node is run. */
export const KINDS = ['dispatch', 'compute', 'run', 'io', 'flow', 'gpu', 'graph'] as const
export type NodeKind = (typeof KINDS)[number]

const LANES = ['frame', 'normal', 'background'] as const
const OVERLAPS = ['skip', 'wait'] as const
const GPU_TIMEOUT_MS = 10_000

/** A node of a {@link FrameGraph}. */
export class FrameNode {
  readonly name: string
  readonly kind: NodeKind
  /** @internal */
  readonly graph: object
  /** @internal */
  readonly options: FrameNodeOptions
  /** @internal 0: frame. */
  readonly lane: number
  /** @internal 0: none. */
  readonly timeout: number

  /** @internal Throws what {@link FrameGraph.node} does. */
  constructor(graph: object, name: string, options: FrameNodeOptions) {
    this.graph = graph
    this.name = name
    if (typeof options !== 'object' || options === null) {
      throw invalidType('options', 'an object', options)
    }
    const given: { -readonly [K in keyof FrameNodeOptions]: FrameNodeOptions[K] } = { ...options }
    this.options = given
    const kinds = KINDS.filter((kind) => this.options[kind] !== undefined)
    if (kinds.length !== 1) {
      const names = KINDS.map((kind) => `'${kind}'`).join(', ')
      const given = kinds.length === 0 ? 'none of them' : kinds.join(' and ')
      const message = `options of '${name}' must have one of ${names}, got ${given}`
      throw withCode(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
    }
    this.kind = kinds[0] as NodeKind
    this.lane = checkOneOf('options.lane', LANES, this.options.lane ?? 'frame')
    checkOneOf('options.overlap', OVERLAPS, this.options.overlap ?? 'skip')
    const { timeout = this.kind === 'gpu' ? GPU_TIMEOUT_MS : 0 } = this.options
    this.timeout = checkMilliseconds(timeout, 'options.timeout')
    for (const option of ['when', 'onError'] as const) {
      checkFunction(`options.${option}`, this.options[option])
    }
    for (const option of ['reads', 'writes', 'after'] as const) {
      const list = checkArray<unknown>(`options.${option}`, given[option] ?? [])
      given[option] = list as never // What becomes of theirs later does not matter.
      for (const [i, each] of list.entries()) checkLink(option, `options.${option}[${i}]`, each)
    }
    this.#checkKind(given)
  }

  /** @internal The frame does not wait for it. */
  get isBackground(): boolean {
    return this.lane === 2
  }

  #checkKind(options: { -readonly [K in keyof FrameNodeOptions]: FrameNodeOptions[K] }): void {
    const { kind } = this
    if (kind === 'dispatch') {
      const given: readonly unknown[] = checkArray('options.dispatch', options.dispatch as never)
      options.dispatch = given as never
      checkKernel(given[0])
      if (typeof given[1] !== 'function') checkSize(given[1] as FrameSize)
      const bindings = given[2]
      if (bindings !== undefined && (typeof bindings !== 'object' || bindings === null)) {
        checkFunction('options.dispatch[2]', bindings)
      }
    } else if (kind === 'graph') {
      const inner = options.graph as unknown
      if (typeof (inner as { run?: unknown })?.run !== 'function') {
        throw invalidType('options.graph', 'a FrameGraph', inner)
      }
    } else {
      checkFunction(`options.${kind}`, options[kind])
    }
    if (kind === 'compute' && this.isBackground) {
      throw invalidValue('options.lane', 'another than background for scalars', 'background')
    }
  }
}

function checkLink(option: string, name: string, each: unknown): void {
  if (typeof each === 'string') return
  if (option === 'after') {
    if (!(each instanceof FrameNode)) throw invalidType(name, 'a node, or the name of one', each)
  } else if (!(each instanceof FrameStorage)) {
    throw invalidType(name, 'an input, a resource or a scalar, or the name of one', each)
  }
}
