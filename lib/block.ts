/**
 * Waiting for a value on a thread that blocks: it runs what the value depends on.
 *
 * From the value the search follows what each thing needs first, down to something that can be
 * done: a job of this thread, a native value to wait for, a time to sleep until. Everything on the
 * path is needed, so one dead end means that the value cannot come. Only what is needed is run, so
 * a task that blocks never finds itself on top of one that waits for it.
 */
import { active } from './active.js'
import { describeEpoch, Epoch, type Need, type Source } from './epoch.js'
import { DeadlockError, invalidType, outOfRange, TimeoutError } from './errors.js'
import { Type } from './layout.js'
import { report } from './report.js'
import * as stream from './stream.js'
import type { TaskScheduler } from './task-scheduler.js'

/** What {@link Async.getWait} may be told. */
export interface WaitOptions {
  /** Milliseconds to wait at most. Default: no limit. */
  timeout?: number | undefined
}

/** A wait comes back to JavaScript that often, where `worker.terminate()` can end it. */
export const SLICE_MS = 50

/** Of a long way, an error shows the end. */
const STEPS_MAX = 20
/** And so many lines of what else waits. */
const LINES_MAX = 100

const nap = new Int32Array(new SharedArrayBuffer(4))

/** When a wait has to end. */
export class Deadline {
  readonly #timeout: number
  readonly #start: number

  constructor(options: WaitOptions | undefined) {
    this.#timeout = checkTimeout(options)
    this.#start = this.#timeout === Number.POSITIVE_INFINITY ? 0 : performance.now()
  }

  /** Milliseconds that are left, but not more than `most`. */
  slice(most: number): number {
    if (this.#start === 0) return most
    return Math.max(0, Math.min(most, this.#timeout - (performance.now() - this.#start)))
  }

  /** @throws TimeoutError with code `ERR_HEDDLE_TIMEOUT` if it has passed */
  check(): void {
    if (this.#start === 0 || performance.now() - this.#start < this.#timeout) return
    throw new TimeoutError(`the value did not come within ${this.#timeout} ms`)
  }
}

/**
 * The value of the epoch.
 *
 * @throws the failure that came instead of it
 * @throws DeadlockError with code `ERR_HEDDLE_DEADLOCK` if it can never come
 * @throws TimeoutError with code `ERR_HEDDLE_TIMEOUT`
 */
export function block(epoch: Epoch, options?: WaitOptions): unknown {
  const deadline = new Deadline(options)
  const search = new Search(epoch)
  while (!epoch.isSettled) {
    // A debugger's order is its own, unless something blocks within one of its jobs.
    if (!stepOne((scheduler) => scheduler.stepsInOrder)) search.advance(deadline)
    if (!epoch.isSettled) deadline.check()
  }
  return epoch.take()
}

/** What to wait for beside computing: nothing, or all that comes without the event loop. */
export const Patience = { Computing: 0, Any: 1 } as const
export type Patience = (typeof Patience)[keyof typeof Patience]

/** Does one thing that `source` needs. False: there is none that it is worth waiting for. */
export function assist(source: Source, patience: Patience): boolean {
  const target = new Epoch()
  target.source = source
  try {
    return new Search(target, patience).advance(new Deadline(undefined))
  } catch (error) {
    if (error instanceof DeadlockError) return false
    throw error
  }
}

/** Runs a job of this thread, of a scheduler that may. False: there is none. */
function stepOne(may: (scheduler: TaskScheduler) => boolean): boolean {
  for (const scheduler of active) if (may(scheduler) && scheduler.step()) return true
  return false
}

/** The way from a value to what can be done for it. */
class Search {
  /** Each is needed by the one before. */
  readonly #path: Epoch[]
  readonly #isOnPath: Set<Epoch>
  readonly #patience: Patience

  constructor(target: Epoch, patience: Patience = Patience.Any) {
    this.#patience = patience
    this.#path = [target]
    this.#isOnPath = new Set(this.#path)
  }

  /** Does one thing that the target needs. False: it would have to wait. */
  advance(deadline: Deadline): boolean {
    for (;;) {
      const epoch = this.#path.at(-1) as Epoch
      if (epoch.isSettled) {
        this.#path.pop()
        this.#isOnPath.delete(epoch)
        if (this.#path.length === 0) return true
        continue
      }
      const via: Source[] = []
      const need = this.#needOf(epoch, via)
      if (need.kind !== 'epoch') {
        return this.#act(epoch, need, via, deadline)
      }
      if (this.#isOnPath.has(need.epoch)) {
        throw this.#deadlock(via, `which is ${describeEpoch(need.epoch)} again`)
      }
      this.#path.push(need.epoch)
      this.#isOnPath.add(need.epoch)
    }
  }

  /** What it needs next, through the tasks and writers in `via`. */
  #needOf(epoch: Epoch, via: Source[]): Exclude<Need, { kind: 'source' }> {
    if (epoch.slot !== undefined) return { kind: 'slot', slot: epoch.slot }
    let source = epoch.source
    while (source !== undefined) {
      if (via.includes(source)) throw this.#deadlock(via, `which is ${source.describe()} again`)
      via.push(source)
      const need: Need = source.need()
      if (need.kind !== 'source') return need
      source = need.source
    }
    return { kind: 'nothing', why: 'nobody has asked for the right to write it' }
  }

  #act(epoch: Epoch, need: Need, via: Source[], deadline: Deadline): boolean {
    switch (need.kind) {
      case 'job':
        need.job.home.performNeeded(need.job)
        return true
      case 'slot':
        if (this.#patience === Patience.Computing && need.slot.type === Type.Bytes) return false
        stream.wait(need.slot, deadline.slice(SLICE_MS))
        return epoch.isSettled || this.#patience === Patience.Any
      case 'elsewhere':
        if (this.#patience === Patience.Computing) return false
        // What the other thread waits for may be anything that is ready here.
        if (stepOne((scheduler) => scheduler.mayStep)) return true
        need.where.wait(deadline.slice(SLICE_MS))
        return true
      case 'time': {
        if (this.#patience === Patience.Computing) return false
        const left = deadline.slice(Math.min(SLICE_MS, need.at - performance.now()))
        if (left > 0) Atomics.wait(nap, 0, 0, left)
        if (performance.now() >= need.at) need.wake()
        return true
      }
      default:
        throw this.#deadlock(via, 'why' in need ? need.why : '')
    }
  }

  #deadlock(via: Source[], why: string): DeadlockError {
    const steps = [
      ...this.#path.slice(-STEPS_MAX).map(describeEpoch),
      ...via.map((source) => source.describe()),
    ]
    const chain = steps.map((step) => `\n  waits for ${step}`).join('')
    const lines = [...active].flatMap((scheduler) => report(scheduler).split('\n'))
    const shown = lines.filter((line) => line !== '').slice(0, LINES_MAX)
    const more = lines.length > LINES_MAX ? ['... and more: see dump()'] : []
    const dump = [...shown, ...more].join('\n')
    return new DeadlockError(`the value can never come:${chain}\n  ${why}\n${dump}`)
  }
}

export function checkTimeout(options: WaitOptions | undefined): number {
  const timeout = checkObject(options)?.timeout
  if (timeout === undefined) return Number.POSITIVE_INFINITY
  if (typeof timeout !== 'number') throw invalidType('options.timeout', 'a number', timeout)
  if (!(timeout >= 0)) throw outOfRange('options.timeout', 'at least 0', timeout)
  return timeout
}

export function checkObject<O extends object>(options: O | undefined): O | undefined {
  if (options === undefined || (typeof options === 'object' && options !== null)) return options
  throw invalidType('options', 'an object', options)
}
