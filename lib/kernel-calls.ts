/**
 * Kernels on all cores: dispatches, and forks and joins.
 */
import { AsyncResource } from 'node:async_hooks'

import type { Async } from './async.js'
import { type Epoch, State } from './epoch.js'
import type { Kernel } from './kernel.js'
import {
  checkBindings,
  checkCallOptions,
  checkFunction,
  checkKernel,
  checkNumbers,
  checkSize,
  type KernelCallOptions,
} from './kernel-arguments.js'
import { numberOf } from './kernel-form.js'
import { type Attendant, type KernelHome, request, requestOf } from './kernel-requests.js'
import { KernelMode } from './layout.js'
import { checkOneOf } from './options.js'
import * as post from './post.js'
import { numberAt } from './records.js'

/** How a kernel is dispatched. */
export interface DispatchOptions extends KernelCallOptions {
  /** Called now and then with how many indices are done, and how many there are. */
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined
  /** `'large'` for kernels that need much of it. An isolate's is always. */
  stack?: 'normal' | 'large' | undefined
}

/** What is forked first. */
export interface ForkJoinOptions extends KernelCallOptions {
  /** `t.bindings` in every child. */
  bindings?: object | undefined
}

/** See `KernelScheduler.forkJoin`. */
export function forkJoin(
  home: KernelHome,
  kernel: Kernel,
  args: readonly number[],
  options: ForkJoinOptions | undefined,
): Async<number> {
  const of = checkKernel(kernel)
  const numbers = checkNumbers('args', args)
  const bytes = checkBindings(home.isolates, options?.bindings)
  const how = checkCallOptions(options)
  return request<number>(home, requestOf(of, how, KernelMode.Numbers, numbers, bytes))
}

/** See `KernelScheduler.dispatch`. */
export function dispatch(
  home: KernelHome,
  kernel: Kernel,
  size: number | readonly number[],
  bindings: object | undefined,
  options: DispatchOptions | undefined,
): Async<void> {
  const of = checkKernel(kernel)
  const { sizes, total } = checkSize(size)
  const how = checkCallOptions(options)
  checkOneOf('options.stack', STACKS, options?.stack ?? 'normal')
  const tell = checkFunction('options.onProgress', options?.onProgress)
  const loop = { kernel: rangeOf(of.kernel, sizes.length), module: of.module }
  const numbers = sizes.length === 1 ? [0, total] : [0, total, ...sizes.slice(0, -1)]
  const bytes = checkBindings(home.isolates, bindings)
  const mode = KernelMode.Numbers
  const progress = tell === undefined ? undefined : new Progress(tell, total)
  const token = progress?.token ?? 0
  const asked = requestOf(loop, how, mode, numbers, bytes, token, 0, false)
  return request<void>(home, asked, progress)
}

/** Comes once the kernel's module is there, on all isolates. */
export function loadKernelModule(home: KernelHome, of: number, module: number): Async<void> {
  const loop = { kernel: rangeOf(of, 1), module }
  const how = { lane: 0, signal: undefined }
  const asked = requestOf(loop, how, KernelMode.Numbers, [0, 0], undefined, 0, 0, false)
  return request<void>(home, asked)
}

const STACKS = ['normal', 'large'] as const

const ranges = new Map<number, number[]>()

/** The loop over a kernel with so many indices, by its number. */
export function rangeOf(of: number, dimensions: number): number {
  let known = ranges.get(of)
  if (known === undefined) {
    known = []
    ranges.set(of, known)
  }
  known[dimensions] ??= numberOf({ is: 'made', template: `range${dimensions}`, of })
  return known[dimensions] as number
}

/** Tells how far a dispatch has come. */
class Progress implements Attendant {
  readonly token: number
  readonly #tell: (progress: { done: number; total: number }) => void
  readonly #total: number

  constructor(tell: (progress: { done: number; total: number }) => void, total: number) {
    this.#tell = AsyncResource.bind(tell)
    this.#total = total
    this.token = post.announce({
      receive: (_, end) => {
        this.#tell({ done: Math.min(numberAt(end - 1), total), total })
        return false
      },
    })
  }

  reason(): undefined {
    return undefined
  }

  begun(): void {
    // It is not given up by this.
  }

  arrived(epoch: Epoch): void {
    post.forget(this.token)
    const total = this.#total
    if (epoch.state === State.Value) queueMicrotask(() => this.#tell({ done: total, total }))
  }
}
