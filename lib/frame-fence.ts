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
): number | PromiseLike<unknown> {
  const fence =
    given === undefined || given === null ? queue?.onSubmittedWorkDone() : fenceOf(given)
  if (fence !== undefined) return fence
  throw invalidType('gpu', 'to give a fence, or a node with a queue or a device', given)
}

/** Those who are told that a device is lost. */
interface Watch {
  loss: { readonly error: unknown } | undefined
  readonly waiting: Set<(error: unknown) => void>
}

/** One for each device: its promise, which may stay for good, keeps whatever waits for it. */
const watches = new WeakMap<GpuDevice, Watch>()

/** Tells when the device is lost, at once if it was before, until what this returns is called. */
export function whenLost(device: GpuDevice, told: (error: unknown) => void): () => void {
  const watch = watches.get(device) ?? begin(device)
  watch.waiting.add(told)
  if (watch.loss !== undefined) told(watch.loss.error)
  return () => watch.waiting.delete(told)
}

function begin(device: GpuDevice): Watch {
  const watch: Watch = { loss: undefined, waiting: new Set() }
  watches.set(device, watch)
  const lose = (error: unknown) => {
    watch.loss = { error }
    for (const told of [...watch.waiting]) told(error)
  }
  device.lost.then(({ reason = 'unknown', message }) => {
    lose(new FrameError(`the GPU device was lost (${reason}): ${message}`))
  }, lose)
  return watch
}
