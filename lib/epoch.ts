/**
 * Epochs: one version of a value, from the moment that somebody asks for it.
 *
 * An `Async` names its newest epoch. Operators on values that native code has need none: they are
 * slots, and a new version is a new slot. An epoch is what JavaScript writes or waits for.
 *
 * | state     | meaning                                | left by                    |
 * | --------- | -------------------------------------- | -------------------------- |
 * | Open      | it may still be written                | settle, fail, abandon      |
 * | Value     | `value` may be read                    | nobody                     |
 * | Failed    | `value` is the error                   | nobody                     |
 * | Abandoned | it will never be written               | nobody                     |
 *
 * Rules, cited elsewhere by name:
 *   E1  An epoch is settled once. Who waits for it is told afterwards, one after the other and
 *       never from within one another, so no chain needs a deep stack.
 *   E2  Whoever is told runs no code of the program's: it makes jobs ready, resolves promises.
 *   E3  The next writer has its turn once the epoch is settled and nobody holds a right to read it.
 */
import { BufferReadUninitialized } from './errors.js'
import { Type } from './layout.js'
import { type Loose, lookAfter } from './loose.js'
import { slotOf, type Value } from './native-value.js'
import type { Slot } from './slot.js'
import * as stream from './stream.js'
import type { Job } from './task-scheduler.js'
import * as watches from './watch.js'

export const State = { Open: 0, Value: 1, Failed: 2, Abandoned: 3 } as const
export type State = (typeof State)[keyof typeof State]

/** Somebody who waits for an epoch: a task, an operation, a promise. */
export interface Waiter {
  /** The epoch is settled. Runs nothing of the program's (E2). */
  arrived(epoch: Epoch): void
}

/** Whoever will write an epoch, to find what a blocked thread should run, and for reports. */
export interface Source {
  /** What must come or be done first; see `demand.ts`. */
  need(): Need
  /** For reports: `task 7 'load'`. */
  describe(): string
}

/** Who comes after an epoch in its timeline. */
export interface Successor {
  turn(): void
}

/**
 * What a blocked thread can do for a value: wait for a native one, look at something else first,
 * run a job, wait until a time, wait for another thread, or nothing.
 */
export type Need =
  | { kind: 'slot'; slot: Slot }
  | { kind: 'epoch'; epoch: Epoch }
  | { kind: 'source'; source: Source }
  | { kind: 'job'; job: Job }
  | { kind: 'time'; at: number; wake: () => void }
  | { kind: 'elsewhere'; where: { wait(milliseconds: number): void } }
  | { kind: 'nothing'; why: string }

let epochs = 0

/** More rights to read than that are looked after also where no writer waits for them. */
const LOOSE_MAX = 32

export class Epoch {
  readonly id = ++epochs
  state: State = State.Open
  /** The value, or the error. While a writer is at work: what it has written so far. */
  value: unknown = undefined
  /** The native value that this is, or has become. */
  slot: Slot | undefined = undefined
  /** Undefined: nobody has asked for the right to write it. */
  source: Source | undefined = undefined
  /** How many rights to read it are not released. */
  readers = 0
  /** Those of them that tasks hold, for who wants to know what the next writer waits for. */
  held: Source[] | undefined = undefined
  /** Those that nobody has promised to release; only while no writer comes after. */
  loose: Loose | Loose[] | undefined = undefined
  next: Successor | undefined = undefined
  #waiters: Waiter | Waiter[] | undefined = undefined
  #isWatched = false

  /** One that has its value. */
  static of(value: unknown): Epoch {
    const epoch = new Epoch()
    epoch.state = State.Value
    epoch.value = value
    return epoch
  }

  /** One that is a native value. */
  static ofSlot(slot: Slot): Epoch {
    const epoch = new Epoch()
    epoch.slot = slot
    return epoch
  }

  /** True: nobody has asked for the right to write it, and it has no value. */
  get isBlank(): boolean {
    return this.state === State.Open && this.source === undefined && this.slot === undefined
  }

  /** True once it is settled. Looks at native memory. */
  get isSettled(): boolean {
    if (this.state === State.Open && this.slot !== undefined) this.poll(this.slot)
    return this.state !== State.Open
  }

  /** What it is as a native value, if it is one already. */
  native(): Slot | undefined {
    // What a call about files gives is a value like any other once it is read.
    if (this.slot !== undefined && this.slot.type !== Type.Bytes) return this.slot
    const slot = this.state === State.Value ? slotOf(this.value) : undefined
    if (slot !== undefined) this.slot = slot
    return slot
  }

  /**
   * The value of a settled epoch.
   *
   * @throws what came instead of it
   */
  take(): unknown {
    if (this.state === State.Value) return this.value
    throw this.reason()
  }

  /** Why it has no value. */
  reason(): unknown {
    return this.state === State.Abandoned ? new BufferReadUninitialized() : this.value
  }

  settle(value: unknown): void {
    this.end(State.Value, value)
  }

  fail(error: unknown): void {
    this.end(State.Failed, error)
  }

  abandon(): void {
    this.end(State.Abandoned, undefined)
  }

  /** It will be what the native value is. */
  become(slot: Slot): void {
    this.slot = slot
    this.source = undefined
    // Looks first: news of a native value comes from the event loop, later than a batch may run.
    const isAwaited = this.#waiters !== undefined || this.next !== undefined
    if (isAwaited && !this.isSettled) this.watch(slot)
  }

  /** It will be what the other is, or becomes. */
  follow(other: Epoch): void {
    if (other.slot !== undefined && other.state === State.Open) this.become(other.slot)
    else if (other.isSettled) this.end(other.state, other.value)
    else {
      this.source = new Following(other)
      other.whenSettled({ arrived: (settled) => this.follow(settled) })
    }
  }

  /** False: it is settled already, and the waiter was not taken. */
  subscribe(waiter: Waiter): boolean {
    if (this.isSettled) return false
    if (this.#waiters === undefined) this.#waiters = waiter
    else if (Array.isArray(this.#waiters)) this.#waiters.push(waiter)
    else this.#waiters = [this.#waiters, waiter]
    if (this.slot !== undefined) this.watch(this.slot)
    return true
  }

  /** Tells the waiter once it is settled, which may be at once: native values come at any time. */
  whenSettled(waiter: Waiter): void {
    if (!this.subscribe(waiter)) waiter.arrived(this)
  }

  /** Its value is read when it comes, whether or not anybody asks for it. As `subscribe`. */
  expect(): boolean {
    return this.subscribe(NOBODY)
  }

  /** The waiter is told nothing any more. */
  unsubscribe(waiter: Waiter): void {
    if (this.#waiters === waiter) this.#waiters = undefined
    else if (Array.isArray(this.#waiters)) remove(this.#waiters, waiter)
  }

  /** Tells `next` when it is its turn, which may be at once. */
  precede(next: Successor): void {
    this.next = next
    if (this.loose !== undefined) lookAfter(this)
    if (!this.isSettled && this.slot !== undefined) this.watch(this.slot)
  }

  /** A task holds a right to read. */
  hold(task: Source): void {
    this.held ??= []
    this.held.push(task)
  }

  unhold(task: Source): void {
    if (this.held !== undefined) remove(this.held, task)
  }

  /** A right to read was given to somebody who will release it, or was released. */
  tighten(reader: Loose): void {
    if (this.loose === reader) this.loose = undefined
    else if (Array.isArray(this.loose)) remove(this.loose, reader)
  }

  /** A right to read that only the collector may release. */
  loosen(reader: Loose): void {
    if (this.loose === undefined) this.loose = reader
    else if (Array.isArray(this.loose)) this.loose.push(reader)
    else this.loose = [this.loose, reader]
    if (this.next !== undefined || (Array.isArray(this.loose) && this.loose.length > LOOSE_MAX)) {
      lookAfter(this)
    }
  }

  /** E3. */
  get isFree(): boolean {
    return this.readers === 0 && this.isSettled
  }

  /** A right to read was taken. */
  acquire(): void {
    this.readers += 1
  }

  /** What must be done until nobody reads it. It is settled. */
  needFree(): Need {
    for (const source of this.held ?? []) return { kind: 'source', source }
    return { kind: 'nothing', why: 'the program holds a right to read the version before' }
  }

  /** A right to read was given back. */
  released(): void {
    this.readers -= 1
    if (this.readers === 0 && this.next !== undefined && this.isSettled) this.next.turn()
  }

  protected end(state: State, value: unknown): void {
    this.state = state
    this.value = value
    this.source = undefined
    if (this.#waiters !== undefined || this.next !== undefined) tell(this)
  }

  /** E1: called by `tell` alone. */
  announce(): void {
    const waiters = this.#waiters
    this.#waiters = undefined
    if (Array.isArray(waiters)) for (const waiter of waiters) waiter.arrived(this)
    else waiters?.arrived(this)
    if (this.readers === 0) this.next?.turn()
  }

  private poll(slot: Slot): void {
    if (stream.isReady(slot)) this.fetch(() => stream.take(slot))
  }

  private fetch(take: () => Value): void {
    let value: Value
    try {
      value = take()
    } catch (error) {
      this.fail(error)
      return
    }
    this.settle(value)
  }

  private watch(slot: Slot): void {
    if (this.#isWatched) return
    this.#isWatched = true
    watches.watch(
      slot,
      (value) => this.state === State.Open && this.settle(value),
      (error) => this.state === State.Open && this.fail(error),
    )
  }
}

const NOBODY: Waiter = { arrived() {} }

/** Usually the last one. */
function remove<T>(from: T[], what: T): void {
  const index = from.lastIndexOf(what)
  if (index >= 0) from.splice(index, 1)
}

/** The source of an epoch that will be what another is. */
class Following implements Source {
  readonly #other: Epoch

  constructor(other: Epoch) {
    this.#other = other
  }

  need(): Need {
    return { kind: 'epoch', epoch: this.#other }
  }

  describe(): string {
    return `a copy of value ${this.#other.id}` // No more: copies may go round in a circle.
  }
}

/** For reports. */
export function describeEpoch(epoch: Epoch): string {
  const name = `value ${epoch.id}`
  if (epoch.state !== State.Open || epoch.slot !== undefined) return name
  if (epoch.source === undefined) return `${name}, which nobody will write`
  return `${name}, from ${epoch.source.describe()}`
}

/** E1. */
const settled: Epoch[] = []
let isTelling = false

function tell(epoch: Epoch): void {
  settled.push(epoch)
  if (isTelling) return
  isTelling = true
  try {
    for (let i = 0; i < settled.length; ++i) (settled[i] as Epoch).announce()
  } finally {
    settled.length = 0
    isTelling = false
  }
}
