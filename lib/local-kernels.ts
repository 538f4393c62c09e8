/**
 * Kernels on this thread: what a `DebugScheduler` has instead of isolates.
 *
 * Each request is a job of its queue, so a seed decides when it runs, and it runs to its end. Its
 * forks go to a task stack as on an isolate, and as nobody steals from it, every join runs what was
 * forked last. Arguments and results are clones all the same.
 */
import { whenAborted } from './abort.js'
import { Async } from './async.js'
import { thrownFromBytes, thrownToBytes } from './clone.js'
import { all, promise, sleep } from './coroutines.js'
import { Epoch, type State } from './epoch.js'
import { AbortError, KernelError, TaskCancelled } from './errors.js'
import type { Kernel } from './kernel.js'
import { checkKernel } from './kernel-arguments.js'
import { cloneFrom, cloneTo } from './kernel-clone.js'
import { nameOf } from './kernel-form.js'
import type { Attendant, Finish, KernelHome, KernelsHere, Request } from './kernel-requests.js'
import type { TaskContext } from './kernel-tasks.js'
import { KernelMode } from './layout.js'
import { LocalBuffers } from './local-buffers.js'
import { LocalMachine } from './local-machine.js'
import { LocalModules } from './local-modules.js'
import { Operation } from './operation.js'
import { ReadBuffer } from './read-buffer.js'
import type { TaskScheduler } from './task-scheduler.js'
import { afterTurn } from './turn.js'
import { WriteBuffer } from './write-buffer.js'

export class LocalKernels implements KernelHome, KernelsHere {
  readonly isolates = new LocalBuffers()
  readonly queueMax = Number.POSITIVE_INFINITY
  readonly here = this
  readonly #scheduler: TaskScheduler
  readonly #modules = new LocalModules()
  /** A kernel of a module may block, and have others run on top of it: one for each level. */
  readonly #machines: LocalMachine[] = []
  #depth = 0
  /** In this turn of the event loop. */
  readonly #failed: KernelResult[] = []

  constructor(scheduler: TaskScheduler) {
    this.#scheduler = scheduler
  }

  open(): number {
    this.#scheduler.check()
    return this.#scheduler.runtime
  }

  run(asked: Request, attendant: Attendant | undefined, finish: Finish): Epoch {
    const { kernel, module, bytes, signal } = asked
    const given = bytes === undefined ? undefined : cloneFrom(exactly(bytes), this.isolates)
    this.isolates.clear()
    if (signal?.aborted) return failed(new AbortError(signal.reason), attendant)
    const needed = module === undefined ? [] : [this.#modules.load(module)]
    const job: KernelJob = new KernelJob(this.#scheduler, nameOf(kernel), needed, () => {
      attendant?.begins?.()
      if (asked.mode === KernelMode.Call && this.#isGenerator(kernel)) {
        return this.#runLater(asked, (given ?? asked.numbers) as unknown[], finish)
      }
      return finish(this.#perform(asked, given, job.result))
    })
    if (signal !== undefined) job.giveUpBy(signal)
    attendant?.begun(undefined)
    const { result } = job.start()
    if (attendant !== undefined) result.whenSettled(attendant)
    return result
  }

  taskOf(kernel: Kernel) {
    const of = checkKernel(kernel)
    const self = this
    return function* (...args: unknown[]): Generator {
      if (of.module !== undefined) {
        yield* Async.inside<void>(self.#modules.load(of.module)).read()
      }
      return yield* self.#runTask(of.kernel, args)
    }
  }

  #isGenerator(kernel: number): boolean {
    try {
      return this.#machine(0).load(kernel).isGenerator
    } catch {
      return false // What is wrong with it is told when it runs.
    }
  }

  /** A call of what waits is a task: what its value will be. */
  #runLater({ kernel, signal }: Request, args: readonly unknown[], finish: Finish): Later {
    const run = () => this.#runTask(kernel, args)
    const into = new WriteBuffer<unknown>(new Epoch(), undefined)
    function* task(w: WriteBuffer<unknown>): Generator {
      try {
        w.set(finish(yield* run()))
      } catch (error) {
        throw signal?.aborted ? new AbortError(signal.reason) : error
      }
    }
    this.#scheduler.scheduleWith({ name: nameOf(kernel), signal }, task, into)
    return new Later(into.epoch)
  }

  *#runTask(kernel: number, args: readonly unknown[]): Generator {
    const { io } = this.#scheduler
    try {
      const { f, uses } = this.#machine(0).load(kernel)
      const context: TaskContext = { sleep, promise, all, io, uses }
      const result: unknown = f(context, ...args.map(isolated))
      return isolated(isCoroutine(result) ? yield* result : result)
    } catch (error) {
      throw errorOf(kernel, error)
    }
  }

  /** Failures that nobody has seen so far are told as those of tasks are. */
  reportLost(): void {
    for (const result of this.#failed.splice(0)) {
      if (result.isSeen) continue
      const error = result.reason()
      if (this.#scheduler.lost === undefined) void Promise.reject(error)
      else this.#scheduler.lost(error)
    }
  }

  #perform(asked: Request, given: unknown, into: KernelResult): unknown {
    const machine = this.#machine(this.#depth)
    const { kernel, mode, progress, signal } = asked
    const tell = (value: unknown) => this.isolates.tell(progress, isolated(value))
    this.#depth += 1
    try {
      const isCall = mode === KernelMode.Call
      const result = machine.run(asked, given, isCall && progress !== 0 ? tell : () => {})
      return isCall ? isolated(result) : result
    } catch (error) {
      if (signal?.aborted) throw new AbortError(signal.reason)
      if (this.#failed.push(into) === 1) afterTurn(() => this.reportLost())
      throw errorOf(kernel, error)
    } finally {
      this.#depth -= 1
    }
  }

  #machine(level: number): LocalMachine {
    this.#machines[level] ??= new LocalMachine(this.#modules)
    return this.#machines[level] as LocalMachine
  }
}

/** It knows whether anybody was told of a failure. */
class KernelResult extends Epoch {
  isSeen = false
  signal: AbortSignal | undefined

  protected override end(state: State, value: unknown): void {
    // A task that is ended before it has begun is cancelled, as any other.
    const { signal } = this
    const isAborted = signal?.aborted && value instanceof TaskCancelled
    super.end(state, isAborted ? new AbortError(signal.reason) : value)
  }

  override reason(): unknown {
    this.isSeen = true
    return super.reason()
  }

  override announce(): void {
    this.isSeen = true
    super.announce()
  }
}

/** In place of a value that comes later. */
class Later {
  readonly epoch: Epoch

  constructor(epoch: Epoch) {
    this.epoch = epoch
  }
}

/** Runs a kernel once its module is there. */
class KernelJob extends Operation {
  override readonly result = new KernelResult()
  readonly #f: () => unknown

  constructor(scheduler: TaskScheduler, name: string, needed: readonly Epoch[], f: () => unknown) {
    super(scheduler, name, needed)
    this.result.source = this
    this.#f = f
  }

  override describe(): string {
    return `kernel '${this.name}'`
  }

  giveUpBy(signal: AbortSignal): void {
    this.result.signal = signal
    const forget = whenAborted(signal, () => this.giveUp(new AbortError(signal.reason)))
    this.result.whenSettled({ arrived: forget })
  }

  protected override compute(_: TaskScheduler, _needed: readonly Epoch[], result: Epoch): void {
    const value = this.#f()
    const { signal } = this.result
    // It may have given itself up, which was too late to stop it.
    if (signal?.aborted) throw new AbortError(signal.reason)
    if (value instanceof Later) result.follow(value.epoch)
    else result.settle(value)
  }
}

function failed(error: Error, attendant: Attendant | undefined): Epoch {
  const epoch = new Epoch()
  epoch.fail(error)
  attendant?.arrived(epoch)
  return epoch
}

/** A clone, as another thread would have it. Buffers are for this thread here. */
function isolated(value: unknown): unknown {
  if (typeof value === 'number' || value === undefined) return value
  if (value instanceof ReadBuffer || value instanceof WriteBuffer) return value
  const buffers = new LocalBuffers()
  return cloneFrom(exactly(cloneTo(value, buffers)), buffers)
}

function errorOf(kernel: number, thrown: unknown): KernelError {
  return KernelError.of(nameOf(kernel), thrownFromBytes(exactly(thrownToBytes(thrown))))
}

/** The buffer of what alone is in it, or of a copy. */
function exactly(bytes: Uint8Array): ArrayBuffer {
  const { buffer, byteLength } = bytes
  return (buffer.byteLength === byteLength ? buffer : bytes.slice().buffer) as ArrayBuffer
}

function isCoroutine(value: unknown): value is Generator {
  return Object.prototype.toString.call(value) === '[object Generator]'
}
