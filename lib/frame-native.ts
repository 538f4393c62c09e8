/**
 * Frames on a scheduler with workers: native code counts predecessors and begins kernels, and tells
 * this thread when it is the turn of a function.
 */
import { DisposedError, FrameError, SchedulerClosedError } from './errors.js'
import type { Background } from './frame-background.js'
import { NodeCall } from './frame-call.js'
import { FrameCalls } from './frame-calls.js'
import type { Compiled, CompiledNode, Info } from './frame-compile.js'
import { DispatchOf, Script } from './frame-dispatch.js'
import { FrameInput, FrameScalar, type ScalarStore } from './frame-storage.js'
import { planWords, WideValues } from './frame-words.js'
import type { Frames, FramesHost } from './frames.js'
import type { KernelHome } from './kernel-requests.js'
import { AGAIN_VALUES, FrameEvent, FrameStart, type Type } from './layout.js'
import { native } from './native.js'
import * as post from './post.js'
import { throwFailure } from './records.js'
import { TurnBudget } from './turn.js'
import type { Value } from './types.js'

/** A node that failed in a slot, and why, where this thread knows. */
interface Failure {
  readonly node: CompiledNode
  readonly error: unknown
}

/** A frame's own share, in nodes that are scalars: some 5 us. */
const FRAME_COST = 500

/** Frames that are over when they have started: some 300 us of them. */
const framesInTurn = new TurnBudget(30_000)

/** Of graphs that nobody has any more; frames in flight keep theirs. */
const forgotten = new FinalizationRegistry<Forgotten>(({ graph, token, keys, isolates }) => {
  post.forget(token)
  native.frameDrop(graph)
  isolates?.deref()?.forgetKept(keys)
})

/** What is left of one. */
interface Forgotten {
  readonly graph: number
  readonly token: number
  /** Of its bindings. */
  readonly keys: number[]
  readonly isolates: WeakRef<KernelHome['isolates']> | undefined
}

export class NativeFrames implements Frames {
  readonly active: Uint8Array
  readonly #graph: number
  readonly #nodes: readonly CompiledNode[]
  readonly #host: FramesHost
  readonly #isolates: KernelHome['isolates'] | undefined
  readonly #words: Float64Array
  readonly #token: number
  readonly #inputs: readonly (readonly [FrameInput, number])[]
  readonly #scalars = new Map<FrameScalar, ScalarStore<Value>>()
  /** What a frame's registers begin with. */
  readonly #initial: WideValues
  /** By slot, those that are bound as the frame starts. */
  readonly #early: readonly (readonly Script[])[]
  readonly #scripts = new Map<number, Script>()
  readonly #earlyAt: readonly number[]
  readonly #calls: FrameCalls
  readonly #failures: (Failure | undefined)[]
  readonly #wide: WideValues
  #isDropped = false
  /** Functions of the program are called that many deep, after which this goes on. */
  #depth = 0

  constructor(home: KernelHome, compiled: Compiled, slots: number, host: FramesHost) {
    const { nodes } = compiled
    this.#nodes = nodes
    this.#host = host
    this.active = new Uint8Array(nodes.length)
    this.#words = new Float64Array(AGAIN_VALUES + 2 * nodes.length + 2)
    this.#wide = new WideValues(this.#words.subarray(0, 2))
    this.#token = NativeFrames.#announce(new WeakRef(this))
    const runtime = home.open()
    const kernels = nodes.filter(({ node }) => node.kind === 'dispatch')
    if (kernels.length > 0) {
      this.#isolates = home.isolates
      home.isolates.start()
    }
    const plan = planWords(compiled)
    this.#graph = native.frameMake(
      runtime,
      this.#token,
      slots,
      plan.nodes,
      plan.lists,
      plan.roots,
      plan.steps,
      plan.registers.doubles,
      this.#words,
      this.active,
    )
    this.#initial = plan.registers
    this.#inputs = this.#storeScalars(compiled)
    this.#calls = new FrameCalls(nodes, {
      infos: host.infos,
      trace: host.trace,
      finish: (slot, { at }) => native.frameFinish(this.#graph, slot, at, 0),
      fail: (slot, of, error) => this.#fail(slot, of, error),
      fence: (slot, { at }, fd) => native.frameFence(this.#graph, slot, at, fd),
    })
    this.#failures = Array.from({ length: slots }, () => undefined)
    this.#makeScripts(kernels, slots)
    this.#remember()
    const early = kernels.filter(({ node, isLate }) => !node.isBackground && !isLate)
    this.#earlyAt = early.map(({ at }) => at)
    this.#early = host.infos.map((_, slot) => early.map(({ at }) => this.#script(slot, at)))
  }

  /** Away from the constructor, whose other closures keep `this`. */
  static #announce(weak: WeakRef<NativeFrames>): number {
    return post.announce({
      receive: () => {
        const frames = weak.deref()
        if (frames !== undefined) frames.#calling(() => frames.#takeEvents())
        return false
      },
    })
  }

  start(slot: number): void {
    this.#calling(() => this.#start(slot))
  }

  #start(slot: number): void {
    this.#isolates?.start()
    const { infos, backgrounds } = this.#host
    const info = infos[slot] as Info
    if (!this.#initial.isEmpty) this.#beginRegisters(slot)
    const early = this.#early[slot] as readonly Script[]
    for (let i = 0; i < early.length; ++i) {
      const at = this.#earlyAt[i] as number
      if (this.active[at] === 0) continue
      const { node, resolve } = this.#nodes[at] as CompiledNode
      try {
        if (!(early[i] as Script).bind(info, resolve[slot] as never)) this.active[at] = 0
      } catch (error) {
        throw FrameError.of(node.name, info.index, error)
      }
    }
    for (const [at, background] of backgrounds) {
      if (this.active[at] !== 0) this.#beginBackground(at, background)
    }
    if (this.#host.isOver(slot)) throw new Error('the frame was given up')
    this.#failures[slot] = undefined
    this.#calls.begin(slot, this.active)
    const mayEndHere = Number(!framesInTurn.isSpent)
    const started = native.frameStart(this.#graph, slot, mayEndHere)
    if (started === FrameStart.Shut) throw new SchedulerClosedError('')
    if (started === FrameStart.Goes) return
    framesInTurn.spend(FRAME_COST + this.#nodes.length)
    this.#ended(slot)
  }

  keep(slot: number): void {
    if (!this.#initial.isEmpty) native.frameKeep(this.#graph, slot)
  }

  stop(slot: number): void {
    if (this.#isDropped) return
    native.frameStop(this.#graph, slot)
    this.#calls.stop(slot)
  }

  times(slot: number, to: Float64Array): void {
    native.frameTimes(this.#graph, slot)
    to.set(this.#words.subarray(0, to.length))
  }

  drop(): void {
    if (this.#isDropped) return
    this.#isDropped = true
    this.#calls.drop()
    this.#keepScalars()
    post.forget(this.#token)
    forgotten.unregister(this)
    if (this.#depth === 0) this.#free()
  }

  /** A graph that is dropped in the middle is there until the end. */
  #calling(f: () => void): void {
    this.#depth += 1
    try {
      f()
    } finally {
      this.#depth -= 1
      if (this.#isDropped && this.#depth === 0) this.#free()
    }
  }

  #free(): void {
    const keys = this.#keys()
    native.frameDrop(this.#graph)
    if (keys.length > 0) this.#isolates?.forgetKept(keys)
  }

  #keys(): number[] {
    return [...this.#scripts.values()].map(({ key }) => key)
  }

  #remember(): void {
    const isolates = this.#isolates && new WeakRef(this.#isolates)
    const left = { graph: this.#graph, token: this.#token, keys: this.#keys(), isolates }
    forgotten.register(this, left, this)
  }

  #script(slot: number, at: number): Script {
    return this.#scripts.get((slot + 1) * this.#nodes.length + at) as Script
  }

  #makeScripts(kernels: readonly CompiledNode[], slots: number): void {
    const isolates = () => {
      if (this.#isDropped) throw new DisposedError('frame graph')
      return this.#isolates as KernelHome['isolates']
    }
    for (const of of kernels) {
      const dispatch = new DispatchOf(of)
      const from = of.node.isBackground ? -1 : 0
      for (let slot = from; slot < (of.node.isBackground ? 0 : slots); ++slot) {
        const script = new Script(this.#graph, slot, of, dispatch, isolates, this.#words)
        this.#scripts.set((slot + 1) * this.#nodes.length + of.at, script)
      }
    }
  }

  #beginBackground(at: number, background: Background): void {
    const { node, isLate } = background.of
    if (isLate || node.kind !== 'dispatch') return
    try {
      if (this.#bindBackground(background)) return
      background.done(undefined)
    } catch (error) {
      background.failed(error)
    }
    this.active[at] = 0
  }

  #bindBackground(background: Background): boolean {
    return this.#script(-1, background.of.at).bind(background.info, background.resolve)
  }

  // --- Scalars.

  #storeScalars({ storages, registers }: Compiled): (readonly [FrameInput, number])[] {
    const inputs: [FrameInput, number][] = []
    for (const storage of storages) {
      const register = registers.find(storage)
      if (register === undefined) continue
      if (storage instanceof FrameInput) inputs.push([storage, register])
      if (storage instanceof FrameScalar) {
        const store = this.#storeOf(register, storage.type)
        this.#scalars.set(storage, store)
        storage.storeIn(store as ScalarStore<unknown>)
      }
    }
    return inputs
  }

  #storeOf(register: number, type: Type): ScalarStore<Value> {
    return {
      get: (slot) => {
        native.frameGetRegister(this.#graph, slot, register)
        return this.#wide.read(0, type)
      },
      set: (slot, value) => {
        this.#wide.write(0, type, value)
        native.frameSetRegister(this.#graph, slot, register)
      },
      last: () => {
        native.frameGetRegister(this.#graph, -1, register)
        return this.#wide.read(0, type)
      },
    }
  }

  /** What they are last is all that is left of them. */
  #keepScalars(): void {
    for (const [scalar, store] of this.#scalars) {
      const last = store.last()
      scalar.storeIn({ get: () => last, set: () => {}, last: () => last })
    }
  }

  #beginRegisters(slot: number): void {
    for (const [input, register] of this.#inputs) {
      this.#initial.write(register, input.type as Type, input.at(slot) as Value)
    }
    native.frameReset(this.#graph, slot)
  }

  // --- What native code tells.

  #takeEvents(): void {
    while (!this.#isDropped && native.frameTake(this.#graph) !== 0) {
      const what = this.#words[0] as FrameEvent
      const slot = this.#words[1] as number
      const at = this.#words[2] as number
      if (what === FrameEvent.Turn) this.#turn(slot, at)
      else if (what === FrameEvent.Over) this.#over(at)
      else this.#ended(slot)
    }
  }

  #turn(slot: number, at: number): void {
    const of = this.#nodes[at] as CompiledNode
    const background = this.#host.backgrounds.get(at)
    if (background !== undefined) this.#backgroundTurn(of, background)
    else if (of.node.kind === 'dispatch') this.#bindLate(slot, of)
    else this.#calls.come(slot, of)
  }

  #bindLate(slot: number, of: CompiledNode): void {
    try {
      const { infos } = this.#host
      const isThere = this.#script(slot, of.at).bind(infos[slot] as Info, of.resolve[slot] as never)
      if (this.#isDropped) return
      if (isThere) native.frameGo(this.#graph, slot, of.at)
      else native.frameFinish(this.#graph, slot, of.at, 0)
    } catch (error) {
      this.#fail(slot, of, error)
    }
  }

  #fail(slot: number, node: CompiledNode, error: unknown): void {
    // A fence may have come in the meantime: then there is nothing to fail.
    const isOver = native.frameFinish(this.#graph, slot, node.at, 1) === 0
    native.frameGiveUp(this.#graph, slot, node.at)
    if (!isOver) this.#failures[slot] ??= { node, error }
  }

  #ended(slot: number): void {
    this.#calls.end(slot)
    const at = native.frameFailed(this.#graph, slot)
    const failure = this.#failures[slot]
    if (failure !== undefined) this.#host.ended(slot, failure.node, failure.error)
    else if (at >= 0) this.#host.ended(slot, this.#nodes[at], failureIn(0))
    else this.#host.ended(slot, undefined, undefined)
  }

  // --- Background nodes.

  #backgroundTurn(of: CompiledNode, background: Background): void {
    if (!background.isRunning) return
    const end = {
      done: (value: unknown) => {
        background.done(value)
        this.#host.over()
      },
      failed: (error: unknown) => {
        background.failed(error)
        this.#host.over()
      },
    }
    if (of.node.kind === 'dispatch') {
      try {
        const isThere = this.#bindBackground(background)
        if (this.#isDropped) return
        if (isThere) native.frameGo(this.#graph, -1, of.at)
        else end.done(undefined)
      } catch (error) {
        if (!this.#isDropped) end.failed(error)
      }
      return
    }
    const turn = new NodeCall(of, this.#host.trace, {
      ...end,
      // A frame does not wait for it, and so native code does not.
      fence: (descriptor) => turn.await(this.#host, descriptor),
    })
    background.call(turn)
  }

  #over(at: number): void {
    const background = this.#host.backgrounds.get(at) as Background
    const hasFailed = native.frameDetachedFailed(this.#graph, at) !== 0
    if (hasFailed) background.failed(failureIn(0))
    else background.done(undefined)
    this.#host.over()
  }
}

/** The failure that a record describes, if it does. */
function failureIn(record: number): unknown {
  try {
    throwFailure(record)
  } catch (error) {
    return error
  }
  return undefined
}
