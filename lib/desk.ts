/**
 * What a writer has written so far, and what it was asked to do when its turn comes.
 */
import {
  describeEpoch,
  type Epoch,
  type Need,
  type Source,
  State,
  type Successor,
} from './epoch.js'
import { BufferReadUninitialized, BufferReleasedError, BufferWriteUninitialized } from './errors.js'
import { CommandCode } from './layout.js'
import { evaluate } from './operation.js'
import { currentScheduler } from './scope.js'
import { type Resumable, Suspension } from './suspension.js'
import type { Job, TaskScheduler } from './task-scheduler.js'

/**
 * What a writer has:
 *
 * | storage   | the epoch's `value` is            | if it is released so                      |
 * | --------- | --------------------------------- | ----------------------------------------- |
 * | Waiting   | not there: it is not its turn     | it waits for its turn first               |
 * | Inherited | what the epoch before has         | the epoch has the same value              |
 * | Empty     | not there                         | the epoch is abandoned                    |
 * | Value     | what was written                  | the epoch has that value                  |
 * | Failed    | the error                         | the epoch has failed                      |
 */
const Storage = { Waiting: 0, Inherited: 1, Empty: 2, Value: 3, Failed: 4 } as const
type Storage = (typeof Storage)[keyof typeof Storage]

/** The state of a write buffer, which outlives it if it is collected. */
export class Desk implements Successor, Source {
  task: Source | undefined = undefined
  isReleased = false
  missed: Act<unknown> | undefined = undefined
  readonly #epoch: Epoch
  #previous: Epoch | undefined
  #storage: Storage = Storage.Waiting
  /** What is not done yet begins at `head`. */
  #queue: Act<unknown>[] | undefined = undefined
  #head = 0
  #waiting: Resumable[] | undefined = undefined

  constructor(epoch: Epoch, previous: Epoch | undefined) {
    this.#epoch = epoch
    this.#previous = previous
    epoch.source = this
    if (previous === undefined) this.#storage = Storage.Empty
    else if (previous.isFree) this.begin(previous)
    else previous.precede(this)
  }

  /** Runs `what` now, or when its turn comes: after what was asked before. */
  act<T>(what: (desk: Desk) => T, isForeign = false): Act<T> {
    this.check()
    const act = new Act<T>(this, what, isForeign ? currentScheduler() : undefined)
    const isFirst = this.isIdle
    this.#queue ??= []
    this.#queue.push(act)
    // Not idle meanwhile: what it asks of this buffer comes after it.
    if (isFirst) this.go(true)
    return act
  }

  check(): void {
    if (this.isReleased) throw new BufferReleasedError('write')
  }

  get isIdle(): boolean {
    return this.isTurn && this.#queue === undefined
  }

  whenIdle(who: Resumable): void {
    this.#waiting ??= []
    this.#waiting.push(who)
  }

  release(): void {
    if (this.isReleased) return
    this.isReleased = true
    if (this.isIdle) this.close()
  }

  turn(): void {
    const previous = this.#previous
    if (previous === undefined || !previous.isFree) return
    this.begin(previous)
    this.go()
  }

  // What acts do, once it is our turn.

  write<V>(value: V): V {
    this.#storage = Storage.Value
    this.#epoch.value = value
    return value
  }

  spoil(error: unknown): void {
    this.#storage = Storage.Failed
    this.#epoch.value = error
  }

  read(): unknown {
    if (this.#storage === Storage.Failed) throw this.#epoch.value
    if (this.#storage === Storage.Empty) throw new BufferReadUninitialized()
    return this.#epoch.value
  }

  /** The value, to be changed. */
  change(): unknown {
    if (this.#storage === Storage.Empty) throw new BufferWriteUninitialized()
    return this.read()
  }

  empty(): unknown {
    const value = this.read()
    this.#storage = Storage.Empty
    this.#epoch.value = undefined
    return value
  }

  compute(op: CommandCode, operand: unknown): unknown {
    if (this.#storage === Storage.Empty) {
      if (op === CommandCode.Add) return this.write(operand)
      if (op === CommandCode.Sub)
        return this.write(evaluate(currentScheduler(), CommandCode.Neg, [operand]))
    }
    return this.write(evaluate(currentScheduler(), op, [this.change(), operand]))
  }

  // As a source.

  need(): Need {
    if (!this.isIdle || this.isReleased) return this.needTurn()
    if (this.task !== undefined) return { kind: 'source', source: this.task }
    return { kind: 'nothing', why: 'the program holds the right to write it' }
  }

  needTurn(): Need {
    const previous = this.#previous
    if (previous === undefined || this.isTurn) {
      const first = this.#queue?.[this.#head]
      if (first?.home !== undefined) {
        return { kind: 'job', job: new Turn(first.home, () => this.go(true)) }
      }
      return { kind: 'nothing', why: 'it is its turn' }
    }
    if (!previous.isSettled) return { kind: 'epoch', epoch: previous }
    return previous.needFree()
  }

  describe(): string {
    const name = `value ${this.#epoch.id}`
    if (this.isTurn)
      return this.task === undefined ? `${name}, by the program` : this.task.describe()
    const previous = this.#previous as Epoch
    if (!previous.isSettled) return `${name}, after ${describeEpoch(previous)}`
    const readers = [...(previous.held ?? [])].map((source) => source.describe())
    const who = readers.length > 0 ? readers.join(', ') : 'the program'
    return `${name}, after value ${previous.id}, which ${who} still reads`
  }

  private get isTurn(): boolean {
    return this.#storage !== Storage.Waiting
  }

  private begin(previous: Epoch): void {
    this.#previous = undefined
    previous.next = undefined
    this.#epoch.value = previous.value
    this.#storage =
      previous.state === State.Value
        ? Storage.Inherited
        : previous.state === State.Failed
          ? Storage.Failed
          : Storage.Empty
  }

  /** Does what waits, in order. The program's own functions are left to a job (E2). */
  private go(isJob = false): void {
    for (; this.#head < (this.#queue?.length ?? 0); ++this.#head) {
      const act = this.#queue?.[this.#head] as Act<unknown>
      if (act.home !== undefined && !isJob) {
        act.home.enqueue(new Turn(act.home, () => this.go(true)))
        return
      }
      act.run()
    }
    this.#queue = undefined
    this.#head = 0
    const waiting = this.#waiting
    this.#waiting = undefined
    for (const who of waiting ?? []) who.resume()
    if (this.isReleased) this.close()
  }

  private close(): void {
    const epoch = this.#epoch
    if (epoch.state !== State.Open) return
    if (this.#storage === Storage.Failed) epoch.fail(epoch.value)
    else if (this.#storage === Storage.Empty) epoch.abandon()
    else epoch.settle(epoch.value)
  }
}

/** One thing that a writer was asked to do. */
export class Act<T> extends Suspension<T> {
  /** Where it runs a function of the program's, if it has to wait for its turn. */
  readonly home: TaskScheduler | undefined
  readonly #desk: Desk
  readonly #what: (desk: Desk) => T
  #isDone = false
  #error: { thrown: unknown } | undefined
  #value: T | undefined
  #who: Resumable[] | undefined

  constructor(desk: Desk, what: (desk: Desk) => T, home: TaskScheduler | undefined) {
    super()
    this.#desk = desk
    this.#what = what
    this.home = home
  }

  run(): void {
    try {
      this.#value = this.#what(this.#desk)
    } catch (error) {
      this.#error = { thrown: error }
      this.#desk.spoil(error)
      this.#desk.missed ??= this
    }
    this.#isDone = true
    for (const who of this.#who ?? []) who.resume()
  }

  /** Nobody needs to know of a failure. */
  quiet(): void {
    if (this.#desk.missed === this) this.#desk.missed = undefined
  }

  get failure(): { thrown: unknown } | undefined {
    return this.#error
  }

  get isOver(): boolean {
    return this.#isDone
  }

  outcome(): T {
    if (this.#error === undefined) return this.#value as T
    this.quiet()
    throw this.#error.thrown
  }

  suspend(who: Resumable): void {
    this.#who ??= []
    this.#who.push(who)
  }

  need(): Need {
    return this.#desk.needTurn()
  }

  describe(): string {
    return `writing ${this.#desk.describe()}`
  }
}

/** What was done at once. */
class Done extends Suspension<void> {
  readonly isOver = true

  outcome(): void {}
  suspend(): void {}

  need(): Need {
    return { kind: 'nothing', why: 'it is done' }
  }

  describe(): string {
    return 'nothing'
  }
}

export const done = new Done()

/** What a writer has to do, as a job. */
class Turn implements Job {
  readonly name = 'write'
  readonly home: TaskScheduler
  #go: (() => void) | undefined

  constructor(home: TaskScheduler, go: () => void) {
    this.home = home
    this.#go = go
  }

  get isReady(): boolean {
    return this.#go !== undefined
  }

  describe(): string {
    return 'a write'
  }

  run(): void {
    const go = this.#go
    this.#go = undefined
    go?.()
  }
}
