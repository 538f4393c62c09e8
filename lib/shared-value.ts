/**
 * A value that several threads share: the same timeline, in native memory, for all of them.
 *
 * The order of versions is that of the calls, whichever threads they come from.
 */
import { toBytes } from './clone.js'
import { Epoch, State } from './epoch.js'
import { DisposedError, NotAttachedError, SchedulerClosedError } from './errors.js'
import { checkHandle, isJoined, type SchedulerHandle, type ValueHandle } from './handle.js'
import type { CommandCode } from './layout.js'
import { native } from './native.js'
import { compute, computeRight, epochOf, type Now, nothing } from './operate.js'
import { Mode } from './operation.js'
import { numberAt } from './records.js'
import { currentScheduler } from './scope.js'
import { epochOfVersion, type SharedEpoch } from './shared-epoch.js'
import * as stream from './stream.js'

const collected = new FinalizationRegistry<number>((key) => native.dropValue(key))

export class SharedValue {
  readonly handle: ValueHandle<never>
  readonly #key: number

  private constructor(key: number, scheduler: SchedulerHandle) {
    this.#key = key
    this.handle = Object.freeze({ heddle: 'value', key, scheduler })
    collected.register(this, key)
  }

  /**
   * A new one, of the current scheduler, whose first version is `now`.
   *
   * @throws HeddleError with code `ERR_HEDDLE_NOT_SHARED` if that is a DebugScheduler
   */
  static of(now: Now): SharedValue {
    const scheduler = currentScheduler()
    const { handle } = scheduler
    const key = native.shareValue(scheduler.runtime)
    if (key === 0) throw new SchedulerClosedError(scheduler.name)
    const shared = new SharedValue(key, handle)
    if (now instanceof Epoch && now.isBlank) now.follow(shared.now())
    else shared.#begin(epochOf(now))
    return shared
  }

  /**
   * A new one, of the current scheduler, whose first version follows an epoch of this thread's; or
   * has none.
   */
  static following(epoch: Epoch | undefined): SharedValue {
    const scheduler = currentScheduler()
    const { handle } = scheduler
    const key = native.shareValue(scheduler.runtime)
    if (key === 0) throw new SchedulerClosedError(scheduler.name)
    const shared = new SharedValue(key, handle)
    if (epoch !== undefined) shared.next().epoch.follow(epoch)
    return shared
  }

  /** The one with that handle. Throws as `Async.attach`. */
  static attach(handle: unknown): SharedValue {
    const { key, scheduler } = checkHandle<ValueHandle<unknown>>(handle, 'value')
    const { key: home, name } = checkHandle<SchedulerHandle>(scheduler, 'scheduler')
    if (!isJoined(home)) throw new NotAttachedError(name)
    if (native.attachValue(key) === 0) throw new DisposedError()
    return new SharedValue(key, scheduler)
  }

  /** Its newest version. */
  now(): SharedEpoch {
    return epochOfVersion(native.versionNow(this.#key, 0))
  }

  /** The same, for somebody who will acquire it. */
  read(): SharedEpoch {
    const epoch = epochOfVersion(native.versionNow(this.#key, 1))
    epoch.prepay()
    return epoch
  }

  /**
   * The version to be written next, and the one before, if there is any.
   *
   * @throws SchedulerClosedError with code `ERR_HEDDLE_CLOSED` if its scheduler was disposed
   */
  next(): { epoch: SharedEpoch; previous: SharedEpoch | undefined } {
    const version = native.versionNext(this.#key)
    if (version === 0) throw new SchedulerClosedError(this.handle.scheduler.name)
    const before = numberAt(0)
    const previous = before === 0 ? undefined : epochOfVersion(before)
    const epoch = epochOfVersion(version)
    epoch.own()
    return { epoch, previous }
  }

  /** @throws TypeError with code `ERR_INVALID_ARG_VALUE` if it is there, and cannot be cloned */
  set(value: Now): void {
    if (
      value instanceof Epoch &&
      value.isSettled &&
      value.state === State.Value &&
      !value.native()
    ) {
      toBytes('value', value.value)
    }
    this.next().epoch.follow(epochOf(value))
  }

  /** Moves the value out. */
  take(): Now {
    const { epoch, previous } = this.next()
    const taken = previous === undefined ? nothing() : new Epoch()
    if (previous !== undefined) taken.follow(previous)
    epoch.abandon()
    return taken
  }

  /** The next version is what the operator makes of this one and a plain value. */
  assignRight(op: CommandCode, value: unknown): void {
    const { direct } = currentScheduler()
    if (direct !== 0 && typeof value !== 'object') {
      if (stream.assign(this.#key, direct, op, value)) return
    }
    this.#assign((left) => computeRight(op, left, value, Mode.Assign))
  }

  /** The same with another `Async`. */
  assign(op: CommandCode, value: Now): void {
    this.#assign((left) => compute(op, left, value, Mode.Assign))
  }

  #assign(how: (left: Now) => Now): void {
    const { epoch, previous } = this.next()
    try {
      epoch.follow(epochOf(how(previous ?? nothing())))
    } catch (error) {
      if (previous === undefined) epoch.abandon()
      else epoch.follow(previous)
      throw error
    }
  }

  /** `now` has readers of this thread, perhaps: the second version waits for them. */
  #begin(now: Epoch): void {
    const { epoch } = this.next()
    epoch.follow(now)
    if (now.isFree || now.next !== undefined) return
    epoch.acquire()
    now.precede({ turn: () => now.isFree && epoch.released() })
  }
}
