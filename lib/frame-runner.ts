/**
 * A compiled frame graph's frames: which wait for a place, which are on their way, and what runs in
 * each of them.
 */
import { AbortError, FrameError } from './errors.js'
import { Background } from './frame-background.js'
import { type Compiled, type CompiledNode, Info } from './frame-compile.js'
import { Flight, type FrameRequest } from './frame-flight.js'
import { FrameHold } from './frame-hold.js'
import { LocalFrames } from './frame-local.js'
import type { Loopable } from './frame-loop.js'
import { NativeFrames } from './frame-native.js'
import type { FrameNode } from './frame-node.js'
import { onAbort } from './frame-signal.js'
import { FrameStats, type FrameSummary, FrameTimes } from './frame-stats.js'
import { FrameResource } from './frame-storage.js'
import type { Frames, FramesHost } from './frames.js'
import { checkKernel } from './kernel-arguments.js'
import { loadKernelModule } from './kernel-calls.js'
import type { TaskScheduler } from './task-scheduler.js'

/** A frame that has no place yet. */
interface Waiting {
  readonly request: FrameRequest
  readonly resolve: (stats: FrameStats) => void
  readonly reject: (error: unknown) => void
  /** Its signal is not listened to any more. */
  unwatch: (() => void) | undefined
}

/** Nothing else may hold a graph that is awaited: who awaits is held by what will tell him. */
const underWay = new Set<FrameRunner>()

export class FrameRunner implements Loopable {
  readonly slots: number
  readonly #scheduler: TaskScheduler
  readonly #name: string
  readonly #infos: readonly Info[]
  readonly #flights: (Flight | undefined)[]
  readonly #free: number[]
  readonly #waiting: Waiting[] = []
  /** Those that are not over. */
  readonly #asked = new Set<Promise<FrameStats>>()
  #compiled: Compiled | undefined
  #frames: Frames | undefined
  #times: FrameTimes | undefined
  #backgrounds = new Map<number, Background>()
  /** Nodes that run in some frames only. */
  #conditional: readonly CompiledNode[] = []
  /** Nodes that are to run once, by the frame in which they did, or do. */
  readonly #once = new Map<FrameNode, number>()
  /** Nodes that come after a background node that is done. */
  readonly #due = new Set<FrameNode>()
  /** Those that were, by the frame that has taken them. */
  readonly #taken = new Map<FrameNode, number>()
  #index = 0
  #begin = Number.NaN
  #lastTime: number | undefined
  #isPrepared = false
  #hold: FrameHold | undefined
  #isPumping = false
  isClosed = false
  /** Why it is closed. */
  #why: Error | undefined

  constructor(scheduler: TaskScheduler, name: string, slots: number) {
    this.#scheduler = scheduler
    this.#name = name
    this.slots = slots
    this.#infos = Array.from({ length: slots }, (_, slot) => new Info(slot))
    this.#flights = this.#infos.map(() => undefined)
    this.#free = this.#infos.map(({ slot }) => slot)
  }

  /** What it runs from here on, while it is not busy. */
  setUp(compiled: Compiled): void {
    this.#frames?.drop()
    const { nodes } = compiled
    const background = nodes.filter(({ node }) => node.isBackground)
    this.#backgrounds = new Map(background.map((of) => [of.at, new Background(of)]))
    this.#conditional = nodes.filter(({ node, joins }) => {
      return node.isBackground || joins.length > 0 || node.options.once || node.options.when
    })
    const host: FramesHost = {
      infos: this.#infos,
      backgrounds: this.#backgrounds,
      ended: (slot, node, error) => this.#ended(slot, node, error),
      over: () => this.#pump(),
      trace: ({ node }, index) => {
        return this.#scheduler.traceSpan(node.name, `'${node.name}' of frame ${index}`, false)
      },
      isOver: (slot) => this.#isOver(slot),
      readable: (descriptor, signal) => this.#scheduler.io.poll(descriptor, 'in', { signal }),
    }
    const { kernels } = this.#scheduler
    this.#frames =
      kernels.here === undefined
        ? new NativeFrames(kernels, compiled, this.slots, host)
        : new LocalFrames(this.#scheduler, compiled, this.slots, host)
    this.#times = new FrameTimes(nodes)
    this.#compiled = compiled
    this.#isPrepared = false
  }

  get nodes(): readonly CompiledNode[] {
    return (this.#compiled as Compiled).nodes
  }

  /** Something is on its way. */
  get isBusy(): boolean {
    for (const background of this.#backgrounds.values()) if (!background.isIdle) return true
    return this.#waiting.length > 0 || this.#isFlying
  }

  get #isFlying(): boolean {
    return this.#flights.some((flight) => flight !== undefined)
  }

  /** Something will come to an end by itself. */
  get #isUnderWay(): boolean {
    if (this.isClosed) return false
    for (const background of this.#backgrounds.values()) if (background.isRunning) return true
    return this.#waiting.length > 0 || this.#isFlying
  }

  /**
   * Resolves when the frames that are in flight now are over, and background nodes, too: of a
   * resource, those that read or write it.
   */
  async landed(what: unknown): Promise<void> {
    const users = [...this.#backgrounds.values()].filter(({ isRunning, of }) => {
      const uses = [...of.reads, ...of.writes]
      return isRunning && (!(what instanceof FrameResource) || uses.includes(what))
    })
    const flights = this.#flights.map((flight) => flight?.over)
    await Promise.all([...flights, ...users.map((each) => each.whenOver())])
  }

  /** Resolves when all frames that were asked for are over, and background nodes are, too. */
  async finished(): Promise<void> {
    if (this.isClosed) return
    const hold = this.#newHold('is disposed of')
    try {
      await Promise.allSettled(this.#asked)
      const running = [...this.#backgrounds.values()].filter((each) => each.isRunning)
      if (!this.isClosed) await Promise.all(running.map((each) => each.whenOver()))
    } finally {
      hold.release()
    }
  }

  #newHold(why: string): FrameHold {
    const name = `'${this.#name}', which ${why}`
    return new FrameHold(this.#scheduler, name, (error) => this.close(error))
  }

  summary(): { frames: FrameSummary; nodes: Record<string, FrameSummary> } {
    return (this.#times as FrameTimes).summary()
  }

  /** Modules of kernels are loaded before frames wait for them. Undefined: there are none. */
  #prepare(): Promise<unknown> | undefined {
    const home = this.#scheduler.kernels
    const modules = new Map<number, number>()
    for (const { node } of this.nodes) {
      if (node.options.dispatch === undefined) continue
      const { kernel, module } = checkKernel(node.options.dispatch[0])
      if (module !== undefined) modules.set(module, kernel)
    }
    const loads = [...modules].map(([module, kernel]) => loadKernelModule(home, kernel, module))
    return loads.length === 0 ? undefined : Promise.all(loads)
  }

  /** A frame, when there is a place for it. */
  request(request: FrameRequest): Promise<FrameStats> {
    if (this.isClosed) return Promise.reject(this.#why)
    const { signal } = request
    if (signal?.aborted) return Promise.reject(new AbortError(signal.reason))
    const frame = new Promise<FrameStats>((resolve, reject) => {
      const waiting: Waiting = { request, resolve, reject, unwatch: undefined }
      waiting.unwatch = signal && onAbort(signal, () => this.#giveUp(waiting))
      this.#waiting.push(waiting)
    })
    this.#asked.add(frame)
    const forget = () => this.#asked.delete(frame)
    frame.then(forget, forget)
    this.#pump()
    return frame
  }

  #giveUp(waiting: Waiting): void {
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1)
    waiting.unwatch?.()
    waiting.reject(new AbortError(waiting.request.signal?.reason))
  }

  #rejectWaiting(error: unknown): void {
    for (const { reject, unwatch } of this.#waiting.splice(0)) {
      unwatch?.()
      reject(error)
    }
  }

  /** Starts frames that wait, as far as there are places: not in the middle of another's start. */
  #pump(): void {
    if (this.#isPumping) return
    this.#isPumping = true
    try {
      this.#startAll()
    } finally {
      this.#isPumping = false
      this.#keep(this.#isUnderWay)
    }
  }

  #keep(isUnderWay: boolean): void {
    for (const set of [underWay, this.#scheduler.graphs]) {
      if (isUnderWay) set.add(this)
      else set.delete(this)
    }
  }

  #startAll(): void {
    while (this.#waiting.length > 0 && this.#free.length > 0 && this.#hold === undefined) {
      const running = [...this.#backgrounds.values()].filter((each) => {
        return each.isRunning && each.of.node.options.overlap === 'wait'
      })
      const preparation = this.#isPrepared ? undefined : this.#prepare()
      this.#isPrepared ||= preparation === undefined
      if (preparation !== undefined) this.#holdUp(preparation, true)
      else if (running.length > 0) this.#holdUp(Promise.all(running.map((b) => b.whenOver())))
      else this.#start()
    }
  }

  #holdUp(reason: Promise<unknown>, isPreparation = false): void {
    const hold = this.#newHold('waits for modules or background nodes')
    this.#hold = hold
    const goOn = () => {
      hold.release()
      this.#hold = undefined
      this.#pump()
    }
    reason.then(
      () => {
        this.#isPrepared ||= isPreparation
        goOn()
      },
      (error) => {
        this.#rejectWaiting(error)
        goOn()
      },
    )
  }

  #start(): void {
    const { request, resolve, reject, unwatch } = this.#waiting.shift() as Waiting
    unwatch?.()
    const slot = this.#free.shift() as number
    const info = this.#nextInfo(slot, request)
    const flight = new Flight(this.#scheduler, {
      name: `frame ${info.index} of '${this.#name}'`,
      request,
      resolve,
      reject,
      traced: this.#scheduler.traceSpan(`${this.#name} ${info.index}`, `frame ${info.index}`, true),
      stop: () => this.#frames?.stop(slot),
      cancel: (error) => this.close(error),
    })
    this.#flights[slot] = flight
    try {
      this.#activate(slot, info)
      if (this.#isOver(slot)) throw new Error('the frame was given up')
      this.#frames?.start(slot)
    } catch (error) {
      this.#withdraw(info.index)
      this.#land(slot)
      flight.fail(error)
    }
  }

  /** What it has called as it started has given it up. */
  #isOver(slot: number): boolean {
    return this.#flights[slot]?.isStopped ?? true
  }

  #nextInfo(slot: number, request: FrameRequest): Info {
    const info = this.#infos[slot] as Info
    const now = performance.now()
    if (Number.isNaN(this.#begin)) this.#begin = now
    const before = this.#lastTime
    info.index = this.#index++
    info.time = request.time ?? now - this.#begin
    info.delta = before === undefined ? 0 : info.time - before
    this.#lastTime = info.time
    return info
  }

  /** Says which nodes run in a frame, and gives them what they read and write. */
  #activate(slot: number, info: Info): void {
    const { changing } = this.#compiled as Compiled
    const { active } = this.#frames as Frames
    for (const [at, background] of this.#backgrounds) {
      if (background.hasFailed) this.#once.delete(background.of.node)
      if (!background.join()) continue
      for (const { node, joins } of this.#conditional) if (joins.includes(at)) this.#due.add(node)
    }
    for (const storage of changing) storage.begin(slot)
    active.fill(1)
    for (const of of this.#conditional) {
      if (this.#runs(of, info)) this.#backgrounds.get(of.at)?.begin(info)
      else active[of.at] = 0
    }
  }

  #runs({ node, at, joins }: CompiledNode, info: Info): boolean {
    if (joins.length > 0) {
      if (!this.#due.delete(node)) return false
      this.#taken.set(node, info.index)
    }
    const { when, once } = node.options
    if (once && this.#once.has(node)) return false
    if (this.#backgrounds.get(at)?.isIdle === false) return false
    try {
      if (when !== undefined && !when(info)) return false
    } catch (error) {
      throw FrameError.of(node.name, info.index, error)
    }
    if (once) this.#once.set(node, info.index)
    return true
  }

  #ended(slot: number, failed: CompiledNode | undefined, error: unknown): void {
    const flight = this.#flights[slot]
    const info = this.#infos[slot] as Info
    const frames = this.#frames
    if (flight === undefined || frames === undefined) return
    const times = this.#times as FrameTimes
    frames.times(slot, times.next())
    const at = times.add()
    if (failed !== undefined || flight.isStopped) {
      const { name } = failed?.node ?? { name: '' }
      this.#withdraw(info.index, failed?.node, times.raw(at))
      this.#land(slot)
      flight.fail(failed === undefined ? error : FrameError.of(name, info.index, error))
    } else {
      frames.keep(slot)
      this.#land(slot)
      flight.succeed(new FrameStats(times, at, info, flight.lateness(times.endAt(at))))
    }
    this.#pump()
  }

  /** What a frame has begun with and not done may be done again. No times: it has not begun. */
  #withdraw(index: number, failed?: FrameNode, times?: Float64Array): void {
    for (const { node, at } of this.#conditional) {
      const background = this.#backgrounds.get(at)
      const time = times?.[2 * at + (background === undefined ? 1 : 0)] ?? 0
      if (time !== 0 && node !== failed) continue
      if (background?.isRunning && background.info.index === index) background.withdraw()
      if (this.#once.get(node) === index) this.#once.delete(node)
      if (this.#taken.get(node) === index) this.#due.add(node)
    }
  }

  #land(slot: number): void {
    this.#flights[slot] = undefined
    this.#free.push(slot)
  }

  async sleep(milliseconds: number): Promise<void> {
    if (this.#scheduler.kernels.here === undefined) {
      await this.#scheduler.io.timeout(milliseconds)
    } else {
      await new Promise((resolve) => setTimeout(resolve, milliseconds))
    }
  }

  /** Nothing more is run, and what is in flight fails. */
  close(error: Error): void {
    if (this.isClosed) return
    this.isClosed = true
    this.#why = error
    this.#frames?.drop()
    for (const [slot, flight] of this.#flights.entries()) {
      if (flight === undefined) continue
      this.#flights[slot] = undefined
      flight.fail(error)
    }
    for (const background of this.#backgrounds.values()) background.close()
    this.#rejectWaiting(error)
    this.#keep(false)
  }
}
