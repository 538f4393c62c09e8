/**
 * The isolates of a scheduler, as the thread sees them that has started them.
 */
import { join } from 'node:path'
import { MessageChannel, type ResourceLimits, type Worker } from 'node:worker_threads'

import { HeddleError, KernelError } from './errors.js'
import type { IsolateData } from './isolate.js'
import { nameOf } from './kernel-form.js'
import { native } from './native.js'
import * as post from './post.js'
import { Numbers, SharedPort } from './shared-port.js'
import type { SharedBuffers } from './shared-views.js'
import { startThread } from './thread.js'

/** Deaths before anything was run, one after the other: then no more are started. */
const FAILED_STARTS_MAX = 3

/** Memory that is gone is looked at that often, until nobody needs it. */
const FORGET_MS = 100

/** A claim is to the seat with its remainder. */
const SEATS_MAX = 1024

/** Between two looks while this thread blocks. */
const SLICE_MS = 10

/** Kernels that look whether they are cancelled have so long to end. */
const STOP_MS = 200

/** What it ran has failed, and says so. */
const OUT_OF_MEMORY = 'ERR_WORKER_OUT_OF_MEMORY'

/** Memory that this thread has sent to isolates. */
const numbers = new Numbers((number) => {
  forgotten.push(number)
  forgetLater()
})
/** What the program has no more, but jobs on their way may name. */
let forgotten: number[] = []
/** The same of before, which goes when the jobs that had begun by then are over. */
let leaving: number[] = []
let isForgetting = false
const everyone = new Set<Isolate>()

interface Isolate {
  readonly owner: Isolates
  readonly claim: number
  readonly worker: Worker
  readonly port: SharedPort
  isSeated: boolean
}

export class Isolates implements SharedBuffers {
  readonly #runtime: () => number
  readonly #key: number
  readonly #name: string
  readonly #limits: ResourceLimits | undefined
  readonly #isolates = new Set<Isolate>()
  readonly #sent = new Map<number, WeakRef<SharedArrayBuffer>>()
  #waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  #failedStarts = 0
  #roundsLeft = 0
  /** What isolates have sent that have ended since: a result may not have been read. */
  readonly #late = new Map<number, SharedArrayBuffer>()
  readonly #listeners = new Map<number, (value: unknown) => void>()
  readonly #hear = (token: number, value: unknown) => this.#listeners.get(token)?.(value)
  #isClosing = false

  /** `runtime` gives 0 once the scheduler is disposed. */
  constructor(
    runtime: () => number,
    key: number,
    { name, limits }: { name: string; limits: ResourceLimits | undefined },
  ) {
    this.#runtime = runtime
    this.#key = key
    this.#name = name
    this.#limits = limits
  }

  /** Starts one for each seat that has none. */
  start(): void {
    if (this.#failedStarts >= FAILED_STARTS_MAX) throw noIsolates()
    for (;;) {
      const claim = native.claimSeat(this.#runtime())
      if (claim === 0) return
      try {
        this.#startFor(claim)
      } catch (error) {
        // No thread may be started, or there are too many: the next call says so, too.
        native.unclaimSeat(this.#runtime(), claim)
        throw error
      }
    }
  }

  /** Starts them, and resolves when each sits in its seat. */
  async ready(): Promise<void> {
    this.start()
    if (this.#areSeated()) return
    post.hold()
    try {
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }))
    } finally {
      post.unhold()
    }
  }

  numberOf(buffer: SharedArrayBuffer): number {
    this.start()
    if (native.claimedSeats(this.#runtime()) > this.#isolates.size) {
      throw new HeddleError(
        'ERR_HEDDLE_NOT_SHARED',
        'only the thread that has started the isolates can give them shared memory',
      )
    }
    const number = numbers.of(buffer)
    if (!this.#sent.has(number)) this.#sent.set(number, new WeakRef(buffer))
    for (const { port } of this.#isolates) port.send(number, buffer)
    return number
  }

  bufferOf(number: number): SharedArrayBuffer {
    for (const { port } of this.#isolates) {
      const buffer = attempt(() => port.bufferOf(number))
      if (buffer !== undefined) return buffer
    }
    const late = this.#late.get(number)
    if (late !== undefined) return late
    throw new KernelError('shared memory was sent that has gone')
  }

  /** Calls `listener` with what kernels tell with this token, until what it returns is called. */
  listen(token: number, listener: (value: unknown) => void): () => void {
    this.#listeners.set(token, listener)
    return () => this.#listeners.delete(token)
  }

  /** Begins to wait for the jobs that have begun so far. */
  startRounds(): void {
    this.#roundsLeft = 2
  }

  /** Whether they are over. It is to be asked again and again. */
  areRoundsOver(): boolean {
    const runtime = this.#runtime()
    if (runtime <= 0) return true
    while (this.#roundsLeft > 0 && native.nextScriptRound(runtime) !== 0) this.#roundsLeft -= 1
    return this.#roundsLeft === 0
  }

  /** Bindings with these keys are not asked for any more. */
  forgetKept(keys: readonly number[]): void {
    for (const { port } of this.#isolates) port.tell(0, keys)
  }

  /** Takes at once what kernels have told so far. */
  hear(): void {
    for (const { port } of this.#isolates) port.drain()
  }

  /**
   * Waits until what was asked of them is done, at most so long. Blocks.
   */
  finish(runtime: number, milliseconds: number): void {
    const end = performance.now() + milliseconds
    while (this.#isolates.size > 0 && native.scriptsLeft(runtime) > 0) {
      const left = end - performance.now()
      if (left <= 0) return
      native.waitDrained(runtime, Math.min(SLICE_MS, left))
    }
  }

  /**
   * Closes the runtime, which ends them. Kernels that do not stop when they are asked to are ended
   * with their isolates: their names. Blocks.
   */
  close(runtime: number): string[] {
    this.#isClosing = true
    if (this.#isolates.size === 0) {
      native.close(runtime)
      return []
    }
    if (native.closeWithin(runtime, STOP_MS) !== 0) return []
    const stuck = native.runningKernels(runtime).map(nameOf)
    for (const { worker } of this.#isolates) void worker.terminate()
    while (native.closeWithin(runtime, STOP_MS) === 0);
    return stuck
  }

  #startFor(claim: number): void {
    const { port1, port2 } = new MessageChannel()
    const data: IsolateData = { key: this.#key, claim, port: port2 }
    const worker = startThread(join(__dirname, 'isolate.js'), {
      name: `${this.#name}/${claim % SEATS_MAX}`,
      workerData: data,
      transferList: [port2],
      ...(this.#limits === undefined ? {} : { resourceLimits: this.#limits }),
    })
    const isolate: Isolate = {
      owner: this,
      claim,
      worker,
      port: new SharedPort(port1, numbers, this.#hear),
      isSeated: false,
    }
    this.#isolates.add(isolate)
    everyone.add(isolate)
    for (const [number, weak] of this.#sent) {
      const buffer = weak.deref()
      if (buffer === undefined) this.#sent.delete(number)
      else isolate.port.send(number, buffer)
    }
    worker.on('message', () => this.#seated(isolate))
    worker.on('error', (error) => this.#failed(error))
    worker.on('exit', () => this.#exited(isolate))
    worker.unref()
  }

  #areSeated(): boolean {
    for (const { isSeated } of this.#isolates) if (!isSeated) return false
    return true
  }

  #seated(isolate: Isolate): void {
    isolate.isSeated = true
    this.#failedStarts = 0
    if (!this.#areSeated()) return
    for (const { resolve } of this.#waiting.splice(0)) resolve()
  }

  /** Whoever waits for what it ran is told natively, as it ends: but only that it has ended. */
  #failed(error: unknown): void {
    if (this.#isClosing || (error as { code?: unknown })?.code === OUT_OF_MEMORY) return
    const { message, stack } = error instanceof Error ? error : new Error(String(error))
    process.emitWarning(`An isolate of '${this.#name}' has ended, as nobody caught: ${message}`, {
      type: 'HeddleWarning',
      ...(stack === undefined ? {} : { detail: stack }),
    })
  }

  #exited(isolate: Isolate): void {
    this.#isolates.delete(isolate)
    everyone.delete(isolate)
    isolate.port.drain()
    for (const [number, buffer] of isolate.port.received) this.#late.set(number, buffer)
    isolate.port.close()
    const runtime = this.#runtime()
    if (runtime <= 0 || this.#isClosing) {
      this.#giveUp(new HeddleError('ERR_HEDDLE_CLOSED', 'the scheduler was disposed'))
      return
    }
    native.unclaimSeat(runtime, isolate.claim)
    if (!isolate.isSeated) this.#failedStarts += 1
    if (this.#failedStarts < FAILED_STARTS_MAX) this.start()
    else this.#giveUp(noIsolates())
  }

  #giveUp(error: Error): void {
    const runtime = this.#runtime()
    if (runtime > 0) native.failWaiting(runtime)
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }
}

/** Tells the isolates once no job is left that had begun: until then it may name the memory. */
function forgetLater(): void {
  if (isForgetting) return
  isForgetting = true
  setTimeout(forget, FORGET_MS).unref()
}

function forget(): void {
  isForgetting = false
  const owners = new Set([...everyone].map(({ owner }) => owner))
  if ([...owners].every((owner) => owner.areRoundsOver())) {
    for (const number of leaving) for (const { port } of everyone) port.forget(number)
    leaving = forgotten
    forgotten = []
    for (const owner of owners) owner.startRounds()
  }
  if (leaving.length + forgotten.length > 0) forgetLater()
}

function noIsolates(): KernelError {
  return new KernelError('no isolate can be started: each has died at once')
}

function attempt<T>(f: () => T): T | undefined {
  try {
    return f()
  } catch {
    return undefined
  }
}
