/**
 * Frames as graphs: what is to be done in each, in which order, on which cores, again and again.
 */
import { DisposedError, FrameGraphError, invalidType, withCode } from './errors.js'
import { compile } from './frame-compile.js'
import { frameToDot } from './frame-dot.js'
import { type FrameFence, fenceOf, isThenable } from './frame-fence.js'
import type { FrameRequest } from './frame-flight.js'
import { type FrameLoopOptions, loopOf } from './frame-loop.js'
import { FrameNode, type FrameNodeOptions } from './frame-node.js'
import { freeAll } from './frame-retire.js'
import { FrameRunner } from './frame-runner.js'
import type { FrameStats, FrameSummary } from './frame-stats.js'
import { FrameInput, FrameResource, FrameScalar, type FrameStorage } from './frame-storage.js'
import { checkSignal } from './operate.js'
import type { Widen } from './operators.js'
import { checkInteger } from './options.js'
import { TaskScheduler } from './task-scheduler.js'

/** How a {@link FrameGraph} is made. */
export interface FrameGraphOptions {
  /** How many frames may be on their way at a time, each with resources of its own: 1 to 16. */
  readonly framesInFlight?: number | undefined
  /** For messages. */
  readonly name?: string | undefined
}

/** How one frame is run. */
export interface FrameRunOptions {
  /** Its {@link FrameInfo.time}, in milliseconds; else that since the first frame. */
  readonly time?: number | undefined
  /** Gives it up: what has not begun does not begin, and it fails with an {@link AbortError}. */
  readonly signal?: AbortSignal | undefined
}

const SLOTS_MAX = 16

/**
 * What a frame does, as a graph: kernels on all cores, scalars, functions of this thread, I/O and
 * GPU work, in the order that what they read and write, or `after`, says. It is compiled when it is
 * first run. A frame that fails leaves the graph as it was.
 *
 * @example
 * ```ts
 * import { FrameGraph, kernel, Scheduler, shared } from 'heddle'
 *
 * using scheduler = new Scheduler(2)
 * const frame = new FrameGraph(scheduler)
 * const scale = frame.input('scale', 2)
 * const squares = frame.resource('squares', () => shared(Float64Array, 1000))
 * const square = kernel((_, i: number, b: { out: Float64Array; by: number }) => {
 *   b.out[i] = b.by * i * i
 * })
 * frame.node('square', {
 *   dispatch: [square, 1000, { out: squares, by: scale }],
 *   reads: [scale],
 *   writes: [squares],
 * })
 * frame.node('show', { run: (f, r) => console.log(f.index, r(squares)[10]), reads: [squares] })
 * await frame.run() // 0 200
 * scale.set(3)
 * await frame.run() // 1 300
 * ```
 */
export class FrameGraph implements Disposable, AsyncDisposable {
  readonly name: string
  readonly framesInFlight: number
  readonly #scheduler: TaskScheduler
  readonly #nodes: FrameNode[] = []
  readonly #storages: FrameStorage[] = []
  readonly #nodeNames = new Set<string>()
  readonly #storageNames = new Set<string>()
  readonly #runner: FrameRunner
  #isCompiled = false
  #isCompiling = false

  /**
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   */
  constructor(scheduler: TaskScheduler, options: FrameGraphOptions = {}) {
    if (!(scheduler instanceof TaskScheduler)) {
      throw invalidType('scheduler', 'a Scheduler or a DebugScheduler', scheduler)
    }
    if (typeof options !== 'object' || options === null) {
      throw invalidType('options', 'an object', options)
    }
    scheduler.check()
    const { framesInFlight = 2, name = 'frame' } = options
    if (typeof name !== 'string') throw invalidType('options.name', 'a string', name)
    this.name = name
    this.framesInFlight = checkInteger('options.framesInFlight', framesInFlight, 1, SLOTS_MAX)
    this.#scheduler = scheduler
    this.#runner = new FrameRunner(scheduler, name, this.framesInFlight)
  }

  /**
   * A value that changes between frames, by `set`. A frame sees the one that there was when it
   * started.
   */
  input<T>(name: string, initial: T): FrameInput<Widen<T>> {
    return this.#add(new FrameInput<T>(this, this.#checkName(name), initial)) as never
  }

  /**
   * What nodes write and others read: `make` makes one for each frame in flight, and more where
   * background nodes hold on to some.
   */
  resource<T>(name: string, make: (slot: number) => T): FrameResource<T> {
    if (typeof make !== 'function') throw invalidType('make', 'a function', make)
    return this.#add(new FrameResource<T>(this, this.#checkName(name), make))
  }

  /**
   * A number, bigint, boolean or {@link Complex} that nodes compute: each frame begins with
   * `initial`.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is none of those
   */
  scalar<T>(name: string, initial: T): FrameScalar<Widen<T>> {
    return this.#add(new FrameScalar<T>(this, this.#checkName(name), initial)) as never
  }

  /**
   * Adds a node.
   *
   * @throws TypeError, RangeError with a `code` for other options
   * @throws Error with code `ERR_INVALID_STATE` while frames are in flight
   * @throws FrameGraphError with code `ERR_HEDDLE_FRAME_GRAPH` for a graph that runs this one
   */
  node(name: string, options: FrameNodeOptions): FrameNode {
    this.#checkName(name)
    const node = new FrameNode(this, name, options)
    const { graph } = node.options
    if ((graph as unknown) === this) {
      throw invalidType('options.graph', 'another graph than its own', this)
    }
    if (graph instanceof FrameGraph && graph.#runs(this)) {
      throw new FrameGraphError(`'${name}' runs '${graph.name}', which runs '${this.name}'`)
    }
    this.#change(name, this.#nodeNames)
    this.#nodes.push(node)
    return node
  }

  /**
   * Puts the nodes in order; {@link run} does it, too, after a change.
   *
   * @throws FrameGraphError with code `ERR_HEDDLE_FRAME_GRAPH` for a cycle, for what the graph does
   *   not have, and for two writers of one resource without an order
   */
  compile(): this {
    this.#check()
    if (this.#isCompiled) return this
    this.#checkCompiling(this.name)
    this.#isCompiling = true
    try {
      const compiled = compile(this, this.#nodes, this.#storages, this.framesInFlight)
      this.#check() // What it has called may have disposed of it.
      this.#runner.setUp(compiled)
      this.#isCompiled = true
    } finally {
      this.#isCompiling = false
    }
    return this
  }

  /**
   * Runs one frame, when there is a place for it among those in flight.
   *
   * @throws what {@link compile} throws; SchedulerClosedError, DisposedError. The promise fails
   *   with a {@link FrameError} if a node does.
   */
  run(options: FrameRunOptions = {}): Promise<FrameStats> {
    if (typeof options !== 'object' || options === null) {
      throw invalidType('options', 'an object', options)
    }
    const { time } = options
    if (time !== undefined && typeof time !== 'number') {
      throw invalidType('options.time', 'a number', time)
    }
    const signal = checkSignal(options)
    this.compile()
    return this.#runner.request({ time, signal })
  }

  /**
   * Runs frames one after the other: at a rate, or else as fast as they go. Each that has ended is
   * given to the loop's body, which delays none of them; one that breaks off waits for those in
   * flight.
   *
   * @throws TypeError, RangeError for a rate that is none. The loop fails with the first frame that
   *   does, and with an {@link AbortError} when the signal says so
   */
  loop(options: FrameLoopOptions = {}): AsyncGenerator<FrameStats, void, void> {
    this.compile()
    const runner = this.#runner
    const request = async (frame: FrameRequest) => {
      this.compile() // It may have been changed since.
      return runner.request(frame)
    }
    const sleep = (milliseconds: number) => runner.sleep(milliseconds)
    return loopOf({ request, sleep, slots: this.framesInFlight }, options)
  }

  /**
   * Frees something when the frames that may use it are over, and the GPU is done with it: calls
   * its `destroy`, `close` or `[Symbol.dispose]`, or itself if it is a function. Of a resource of
   * the graph these are the ones that there are now: frames that start have new ones, or the one
   * that a background node is writing. Background nodes that run are waited for, too; for a
   * resource, those that read or write it.
   *
   * @returns when it was freed
   */
  async retire(what: unknown, fence?: FrameFence): Promise<void> {
    const waited = fence === undefined ? undefined : fenceOf(fence)
    const landed = this.#runner.landed(what)
    const freed = what instanceof FrameResource ? what.renew() : [what]
    await landed
    const io = this.#scheduler.io
    const readable = typeof waited === 'number' ? io.poll(waited, 'in') : waited
    if (isThenable(readable)) await Promise.resolve(readable).catch(() => {})
    freeAll(freed)
  }

  /** What its frames and their nodes have taken so far, in milliseconds. */
  stats(): { frames: FrameSummary; nodes: Record<string, FrameSummary> } {
    this.compile()
    return this.#runner.summary()
  }

  /** The graph for Graphviz, compiled. */
  toDot(): string {
    this.compile()
    return frameToDot(this.name, this.#runner.nodes)
  }

  /** Gives up what is in flight. Twice is fine. */
  [Symbol.dispose](): void {
    this.#runner.close(new DisposedError('frame graph'))
  }

  /** Waits for what is in flight, and takes nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#runner.finished()
    this[Symbol.dispose]()
  }

  // --- Before it runs.

  #check(): void {
    this.#scheduler.check()
    if (this.#runner.isClosed) throw new DisposedError('frame graph')
  }

  /** Whether its frames run frames of that graph. */
  #runs(graph: FrameGraph): boolean {
    const known = new Set<FrameGraph>([this])
    for (const each of known) {
      if (each === graph) return true
      for (const { options } of each.#nodes) {
        if (options.graph instanceof FrameGraph) known.add(options.graph)
      }
    }
    return false
  }

  #checkCompiling(name: string): void {
    if (!this.#isCompiling) return
    const message = `'${name}' cannot change while '${this.name}' is compiled`
    throw withCode(new Error(message), 'ERR_INVALID_STATE')
  }

  #checkName(name: string): string {
    if (typeof name !== 'string') throw invalidType('name', 'a string', name)
    return name
  }

  #add<S extends FrameStorage>(storage: S): S {
    this.#change(storage.name, this.#storageNames)
    this.#storages.push(storage)
    return storage
  }

  /** Something is added: what was compiled is out of date. */
  #change(name: string, names: Set<string>): void {
    this.#check()
    this.#checkCompiling(name)
    if (this.#runner.isBusy) {
      const message = `'${name}' cannot be added while frames of '${this.name}' are in flight`
      throw withCode(new Error(message), 'ERR_INVALID_STATE')
    }
    if (names.has(name)) {
      const message = `'${this.name}' has something called '${name}' already`
      throw withCode(new Error(message), 'ERR_INVALID_STATE')
    }
    names.add(name)
    this.#isCompiled = false
  }
}
