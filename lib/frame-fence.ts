/**
 * What tells that a GPU, or another engine, is done.
 */
import { Completion } from './completion.js'
import { FrameError, invalidType } from './errors.js'

/** As WebGPU's `GPUQueue`. */
export interface FrameQueue {
  onSubmittedWorkDone(): PromiseLike<unknown>
}

/** As WebGPU's `GPUDevice`. */
export interface GpuDevice {
  readonly queue: FrameQueue
  readonly lost: PromiseLike<{ readonly reason?: string; readonly message: string }>
}

/**
 * A descriptor that becomes readable, such as a sync file or an exported fence, which stays open
 * meanwhile; a {@link Completion}; or anything that can be awaited.
 */
export type FrameFence = number | { readonly fd: number } | Completion | PromiseLike<unknown>

/** The descriptor of a fence, or what to await. */
export function fenceOf(fence: unknown): number | PromiseLike<unknown> {
  if (fence instanceof Completion) return fence.done
  if (isThenable(fence)) return fence
  const fd = typeof fence === 'object' && fence !== null ? (fence as { fd?: unknown }).fd : fence
  if (typeof fd === 'number' && Number.isInteger(fd) && fd >= 0 && fd < 2 ** 31) return fd
  throw invalidType('fence', 'a descriptor, a completion or a promise', fence)
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as { then?: unknown }).then === 'function'
  )
}

/**
 * Who tells that the GPU is done with what was submitted last.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if nobody does
 */
export function fenceAfter(
  given: unknown,
  queue: FrameQueue | undefined,
  device: GpuDevice | undefined,
): number | PromiseLike<unknown> {
  const fence =
    given === undefined || given === null
      ? (queue ?? device?.queue)?.onSubmittedWorkDone()
      : fenceOf(given)
  if (fence === undefined) {
    throw invalidType('gpu', 'to give a fence, or a node with a queue or a device', given)
  }
  if (device === undefined || typeof fence === 'number') return fence
  return unlessLost(device, fence)
}

/** What waits for a device that may be lost. */
class DeviceLoss {
  readonly #waiting = new Set<(error: unknown) => void>()
  #error: unknown
  #isLost = false

  constructor(device: GpuDevice) {
    device.lost.then(
      ({ reason, message }) => {
        const why = `the GPU device was lost (${reason ?? 'unknown'}): ${message}`
        this.#lose(new FrameError(why))
      },
      (error) => this.#lose(error),
    )
  }

  /** Tells why, when it is lost, until the function that it returns was called. */
  watch(reject: (error: unknown) => void): () => void {
    if (this.#isLost) reject(this.#error)
    else this.#waiting.add(reject)
    return () => this.#waiting.delete(reject)
  }

  #lose(error: unknown): void {
    this.#error = error
    this.#isLost = true
    for (const reject of this.#waiting) reject(error)
    this.#waiting.clear()
  }
}

/** One for each: a promise that stays keeps all that was ever asked of it. */
const losses = new WeakMap<GpuDevice, DeviceLoss>()

function unlessLost(device: GpuDevice, fence: PromiseLike<unknown>): Promise<unknown> {
  const loss = losses.get(device) ?? new DeviceLoss(device)
  losses.set(device, loss)
  return new Promise((resolve, reject) => {
    const unwatch = loss.watch(reject)
    fence.then(
      (value) => {
        unwatch()
        resolve(value)
      },
      (error) => {
        unwatch()
        reject(error)
      },
    )
  })
}
