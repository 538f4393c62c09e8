/**
 * Versions of values that several threads share, as this thread sees them.
 *
 * The version itself is native memory: who writes it, who reads it, what it has come to. Here it is
 * an epoch like others. One that this thread writes is settled here first, and then there; one that
 * another thread writes is looked up, or news of it comes as a record.
 */
import { ArraySlot } from './array-slot.js'
import { fromBytes, thrownFromBytes, thrownToBytes, toBytes } from './clone.js'
import { Epoch, type Need, type Source, State, type Successor, type Waiter } from './epoch.js'
import { Moment, Outcome, Type } from './layout.js'
import { native } from './native.js'
import { slotOf } from './native-value.js'
import * as post from './post.js'
import { readRecord } from './records.js'
import type { Slot } from './slot.js'
import * as stream from './stream.js'

/** The epochs of versions that this thread knows, by their numbers. */
const known = new Map<number, WeakRef<SharedEpoch>>()
const collected = new FinalizationRegistry<{ version: number; ref: WeakRef<SharedEpoch> }>(
  ({ version, ref }) => {
    // Else there is a younger one, which the number belongs to now.
    if (known.get(version) !== ref) return
    known.delete(version)
    native.versionForget(version)
  },
)

// What this thread learns by its event loop, and looks for while it blocks for another thread.

/** Versions of its own that native code computes: they are published then. */
const computing = new Set<SharedEpoch>()
/** Those of which something here waits for news. */
const watched = new Set<SharedEpoch>()
/** Milliseconds after which they are looked at again by who blocks. */
const LOOK_MS = 1

/** The epoch of a version. */
export function epochOfVersion(version: number): SharedEpoch {
  const epoch = known.get(version)?.deref()
  if (epoch !== undefined) return epoch
  const made = new SharedEpoch(version)
  const ref = new WeakRef(made)
  known.set(version, ref)
  collected.register(made, { version, ref })
  return made
}

export class SharedEpoch extends Epoch {
  readonly version: number
  /** This thread writes it. */
  #isOwn = false
  /** Rights to read that native code has counted already. */
  #prepaid = 0
  readonly #isWatched = [false, false]

  constructor(version: number) {
    super()
    this.version = version
    this.source = new Elsewhere(this, Moment.Settled)
  }

  /** This thread writes it. */
  own(): void {
    this.#isOwn = true
    this.source = undefined
  }

  /** A right to read was taken with it. */
  prepay(): void {
    this.#prepaid += 1
  }

  /** Whether somebody may still ask for the right to write it is decided natively. */
  override get isBlank(): boolean {
    return false
  }

  override get isSettled(): boolean {
    this.look()
    return super.isSettled
  }

  override native(): Slot | undefined {
    this.look()
    return super.native()
  }

  override get isFree(): boolean {
    return this.isSettled && native.versionIs(this.version, Moment.Free) !== 0
  }

  override acquire(): void {
    super.acquire()
    if (this.#prepaid > 0) this.#prepaid -= 1
    else native.versionHold(this.version)
  }

  override released(): void {
    native.versionRelease(this.version)
    super.released()
  }

  override needFree(): Need {
    return this.readers > 0 ? super.needFree() : { kind: 'elsewhere', where: this.#free }
  }

  override subscribe(waiter: Waiter): boolean {
    const isTaken = super.subscribe(waiter)
    if (isTaken && !this.#isOwn) this.#watch(Moment.Settled)
    return isTaken
  }

  override precede(next: Successor): void {
    super.precede(next)
    this.#watch(Moment.Free)
  }

  override become(slot: Slot): void {
    super.become(slot)
    // Nobody here may be waiting for it, but others are.
    if (this.state === State.Open && this.expect()) computing.add(this)
  }

  protected override end(state: State, value: unknown): void {
    computing.delete(this)
    try {
      if (this.#isOwn) this.#publish(state, value)
    } finally {
      super.end(state, value)
    }
  }

  /** Settles it if it has come. */
  look(): void {
    if (this.#isOwn || this.state !== State.Open) return
    const outcome = native.versionLook(this.version) as Outcome
    if (outcome !== Outcome.Open) this.#come(outcome)
  }

  /** The next writer's turn, if it is. */
  moveOn(): void {
    void this.isSettled
    this.next?.turn()
  }

  get #free(): Elsewhere {
    return new Elsewhere(this, Moment.Free)
  }

  #watch(moment: Moment): void {
    if (this.#isWatched[moment]) return
    this.#isWatched[moment] = true
    const token = post.announce({
      receive: () => {
        this.#isWatched[moment] = false
        if (!this.#isWatched.includes(true)) watched.delete(this)
        this.moveOn()
        return true
      },
    })
    if (native.versionWatch(this.version, moment, token) !== 0) {
      watched.add(this)
      return
    }
    post.forget(token)
    this.#isWatched[moment] = false
    this.moveOn()
  }

  #come(outcome: Outcome): void {
    try {
      this.#read(outcome)
    } catch (error) {
      this.fail(error)
    }
  }

  #read(outcome: Outcome): void {
    switch (outcome) {
      case Outcome.Scalar:
      case Outcome.Fault:
        this.settle(readRecord(0))
        return
      case Outcome.Array: {
        const [kind, ...shape] = native.versionMeta(this.version)
        const slot = stream.arraySlot(kind as number, Object.freeze(shape))
        native.versionArray(this.version, slot.handle)
        this.slot = slot
        this.settle(slot.elements())
        return
      }
      case Outcome.Clone:
        this.settle(fromBytes(native.versionBytes(this.version)))
        return
      case Outcome.Thrown:
        this.fail(thrownFromBytes(native.versionBytes(this.version)))
        return
      default:
        this.abandon()
    }
  }

  #publish(state: State, value: unknown): void {
    const { version } = this
    if (state === State.Abandoned) native.versionAbandon(version)
    else if (state === State.Value) this.#publishValue(value)
    else native.versionSettleBytes(version, thrownToBytes(value), true)
  }

  #publishValue(value: unknown): void {
    const { version } = this
    const slot = this.#slotFor(value)
    if (slot !== undefined) {
      stream.flush()
      const meta = slot instanceof ArraySlot ? Float64Array.of(slot.kind, ...slot.shape) : undefined
      native.versionSettle(version, slot.handle, meta)
      return
    }
    try {
      native.versionSettleBytes(version, toBytes('value', value), false)
    } catch (error) {
      native.versionSettleBytes(version, thrownToBytes(error), true)
    }
  }

  /** The contents of a file are an array to others; what else comes of a file is cloned. */
  #slotFor(value: unknown): Slot | undefined {
    if (this.slot === undefined) this.slot = slotOf(value)
    if (this.slot?.type !== Type.Bytes) return this.slot
    return slotOf(value)
  }
}

/** Another thread that will write a version, or reads it. */
class Elsewhere implements Source {
  readonly #epoch: SharedEpoch
  readonly #moment: Moment

  constructor(epoch: SharedEpoch, moment: Moment) {
    this.#epoch = epoch
    this.#moment = moment
  }

  need(): Need {
    return { kind: 'elsewhere', where: this }
  }

  /** Waits at most so long. */
  wait(most: number): void {
    for (const epoch of [...computing, ...watched]) epoch.moveOn()
    const isAlone = computing.size === 0 && watched.size <= 1
    const milliseconds = isAlone ? most : Math.min(most, LOOK_MS)
    if (native.versionWait(this.#epoch.version, this.#moment, milliseconds) === 0) return
    this.#epoch.moveOn()
  }

  describe(): string {
    return 'another thread'
  }
}
