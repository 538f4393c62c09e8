/**
 * Calls of kernels as a pool of workers has them: any arguments in, any result out, with time-outs,
 * progress, and somebody who watches.
 */
import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'

import { ArmedResult } from './armed-result.js'
import type { Async } from './async.js'
import type { CallSlot } from './call-slot.js'
import { type Epoch, State } from './epoch.js'
import { invalidType, invalidValue, QueueFullError, TimeoutError } from './errors.js'
import type { Kernel } from './kernel.js'
import {
  checkCallOptions,
  checkFunction,
  checkKernel,
  clone,
  type KernelCallOptions,
} from './kernel-arguments.js'
import { nameOf } from './kernel-form.js'
import { type Attendant, type KernelHome, request, requestOf } from './kernel-requests.js'
import { ARGUMENTS_MAX } from './kernel-templates.js'
import { KernelMode } from './layout.js'
import { native } from './native.js'
import { checkArray, checkMilliseconds } from './options.js'
import * as post from './post.js'
import { Loan } from './shared-loans.js'
import { TimeLimit } from './turn.js'

/** How a kernel is called. */
export interface TaskCallOptions extends KernelCallOptions {
  /** Buffers among the arguments that this thread gives away: they are detached here. */
  transfer?: readonly ArrayBuffer[] | undefined
  /**
   * Milliseconds that the kernel may run, from the moment when it begins. Then the call fails with
   * a {@link TimeoutError}, and the kernel is asked to stop by `t.signal`; nobody kills it.
   */
  timeout?: number | undefined
  /** Called with what the kernel gives to `t.progress()`. */
  onProgress?: ((value: unknown) => void) | undefined
}

/** What the channels `heddle.call.queued`, `.started` and `.settled` are told. */
export interface CallEvent {
  /** The same for all three. */
  readonly id: number
  /** The kernel's name. */
  readonly kernel: string
  /** What it has failed with. Of `.settled` only. */
  readonly error?: unknown
}

const queued = channel('heddle.call.queued')
const started = channel('heddle.call.started')
const settled = channel('heddle.call.settled')

/**
 * See `KernelScheduler.call`.
 *
 * @throws QueueFullError with code `ERR_HEDDLE_QUEUE_FULL` where `queueMax` calls wait already
 */
export function callKernel<R>(
  home: KernelHome,
  kernel: Kernel,
  args: readonly unknown[],
  options: TaskCallOptions | undefined,
): Async<R> {
  const of = checkKernel(kernel)
  const values = checkArray('args', args)
  const how = checkCallOptions(options)
  checkQueue(home)
  const transfer = checkTransfer(options?.transfer)
  const isPlain = values.length <= ARGUMENTS_MAX && values.every((v) => typeof v === 'number')
  const loan = isPlain ? undefined : new Loan(home.isolates)
  const bytes = loan === undefined ? undefined : clone('args', values, loan)
  const numbers = isPlain ? (values as number[]) : []
  for (const buffer of transfer) structuredClone(buffer, { transfer: [buffer] })
  const attendant = attend(of.kernel, home, options)
  const { progress = 0, started = 0 } = attendant ?? {}
  const mode = KernelMode.Call
  const asked = requestOf(of, how, mode, numbers, bytes, progress, started, true, loan)
  return request<R>(home, asked, attendant)
}

function checkQueue(home: KernelHome): void {
  if (home.queueMax === Number.POSITIVE_INFINITY) return
  const waiting = native.scriptsWaiting(home.open())
  if (waiting >= home.queueMax) throw new QueueFullError(home.queueMax)
}

function checkTransfer(transfer: readonly ArrayBuffer[] | undefined): ArrayBuffer[] {
  if (transfer === undefined) return []
  const buffers = checkArray('options.transfer', transfer)
  for (const [i, buffer] of buffers.entries()) {
    const name = `options.transfer[${i}]`
    if (!(buffer instanceof ArrayBuffer)) throw invalidType(name, 'an ArrayBuffer', buffer)
    const isTwice = buffers.indexOf(buffer) !== i
    if (isTwice || isDetached(buffer)) {
      throw invalidValue(name, 'a buffer that is there, and listed once', buffer)
    }
  }
  return buffers
}

function isDetached(buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false
  try {
    new Uint8Array(buffer)
    return false
  } catch {
    return true
  }
}

/** Undefined: nobody wants to know anything. */
function attend(kernel: number, home: KernelHome, options: TaskCallOptions | undefined) {
  const tell = checkFunction('options.onProgress', options?.onProgress)
  const timeout = options?.timeout
  const isWatched = queued.hasSubscribers || started.hasSubscribers || settled.hasSubscribers
  if (tell === undefined && timeout === undefined && !isWatched) return undefined
  const limit = timeout === undefined ? undefined : checkMilliseconds(timeout, 'options.timeout')
  return new CallAttendant(kernel, home, limit, tell)
}

let calls = 0

/** Watches over one call. */
class CallAttendant implements Attendant {
  readonly #event: CallEvent
  readonly #home: KernelHome
  readonly #timeout: number | undefined
  readonly #stopListening: (() => void) | undefined
  /** The token of what the kernel tells; 0: nobody listens. */
  readonly progress: number = 0
  /** The token of its beginning; 0: nobody wants to know. */
  readonly started: number = 0
  #slot: CallSlot | undefined
  #limit: TimeLimit | undefined
  #hasTimedOut = false
  #hasBegun = false

  constructor(
    kernel: number,
    home: KernelHome,
    timeout: number | undefined,
    tell: ((value: unknown) => void) | undefined,
  ) {
    this.#event = { id: ++calls, kernel: nameOf(kernel) }
    this.#home = home
    this.#timeout = timeout
    if (tell !== undefined) {
      this.progress = post.announce({ receive: () => false })
      this.#stopListening = home.isolates.listen(this.progress, AsyncResource.bind(tell))
    }
    if (timeout !== undefined || started.hasSubscribers) {
      this.started = post.announce({
        receive: () => {
          this.begins()
          return true
        },
      })
    }
  }

  reason(): Error | undefined {
    if (!this.#hasTimedOut) return undefined
    return new TimeoutError(
      `the kernel '${this.#event.kernel}' ran longer than ${this.#timeout} ms`,
    )
  }

  begun(slot: CallSlot | undefined): void {
    this.#slot = slot
    queued.publish(this.#event)
  }

  arrived(epoch: Epoch): void {
    if (this.progress !== 0) {
      this.#home.isolates.hear()
      this.#stopListening?.()
      post.forget(this.progress)
    }
    if (this.started !== 0) post.forget(this.started)
    // The end was looked at before the beginning was told.
    const isOwed = this.started !== 0 && !this.#hasBegun
    if (isOwed && epoch instanceof ArmedResult && epoch.hasBegun) started.publish(this.#event)
    this.#limit?.end()
    if (!settled.hasSubscribers) return
    const failure = epoch.state === State.Value ? {} : { error: epoch.value }
    settled.publish({ ...this.#event, ...failure })
  }

  begins(): void {
    this.#hasBegun = true
    started.publish(this.#event)
    if (this.#timeout === undefined) return
    const late = () => {
      this.#hasTimedOut = true
      if (this.#slot !== undefined) native.cancel(this.#slot.handle)
    }
    this.#limit = new TimeLimit(this.#timeout, late).unref()
  }
}
