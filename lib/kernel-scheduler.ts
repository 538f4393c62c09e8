/**
 * What every scheduler does with kernels: dispatches, forks and joins, calls.
 */
import type { Async } from './async.js'
import { isWaitedFor, whenBound } from './bindings.js'
import { type ForkedFunction, Kernel, type KernelContext } from './kernel.js'
import { checkKernel } from './kernel-arguments.js'
import { type DispatchOptions, dispatch, type ForkJoinOptions, forkJoin } from './kernel-calls.js'
import type { KernelHome } from './kernel-requests.js'
import {
  type CallOptions,
  callNative,
  type KernelArgument,
  loadLibrary,
  type NativeKernel,
} from './native-kernel.js'
import type { Path } from './paths.js'
import { callKernel, type TaskCallOptions } from './task-calls.js'
import type { TaskScheduler } from './task-scheduler.js'
import { Traceable } from './traceable.js'

/** The half of a scheduler that is about kernels: see {@link TaskScheduler}. */
export abstract class KernelScheduler extends Traceable {
  /**
   * Loads a library of kernels in C or its kin: an object with one for each of their names. It
   * stays loaded as long as the process lives; twice is fine. See `native/include/heddle/kernel.h`.
   *
   * @param path - of a shared library, or an addon that exports kernels
   * @throws KernelError with code `ERR_HEDDLE_KERNEL` if it is none
   */
  loadKernels(path: Path): Record<string, NativeKernel> {
    this.check()
    return loadLibrary(path)
  }

  /**
   * Calls a native kernel on a worker: numbers, and arrays on shared memory. It gives the number
   * that the kernel sets, and fails with a {@link KernelError} if that returns an error.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   */
  call(kernel: NativeKernel, args: readonly KernelArgument[], options?: CallOptions): Async<number>
  /**
   * Calls `kernel(t, ...args)` on an isolate, with clones of the arguments: a clone of what it
   * returns.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
   */
  call<A extends unknown[], R>(
    kernel: Kernel<(t: KernelContext, ...args: A) => R>,
    args: NoInfer<A>,
    options?: TaskCallOptions,
  ): Async<Awaited<R>>
  call(kernel: unknown, args: readonly unknown[], options?: TaskCallOptions): Async<unknown> {
    this.check()
    if (Kernel.numberOf(kernel) !== undefined) {
      return callKernel(this.kernels, kernel as Kernel, args, options)
    }
    const numbers = args as readonly KernelArgument[]
    return callNative(() => this.helper, kernel as NativeKernel, numbers, options)
  }

  /**
   * Runs `kernel(t, i, bindings)` for each i below `size`; or `kernel(t, x, y, bindings)` for
   * `[width, height]`, or `kernel(t, x, y, z, bindings)` for three of them: on all cores.
   *
   * @param bindings - cloned once for each isolate; arrays on shared memory are shared. For arrays
   *   that may not have come yet see {@link read} and {@link write}
   * @throws TypeError with code `ERR_INVALID_ARG_VALUE` if memory among the bindings is not shared
   */
  // biome-ignore lint/suspicious/noExplicitAny: indices, and then the bindings
  dispatch<F extends (t: any, ...rest: any[]) => any>(
    kernel: Kernel<F>,
    size: number | readonly number[],
    bindings?: object,
    options?: DispatchOptions,
  ): Async<void> {
    this.check()
    const go = (bound: object | undefined) =>
      dispatch(this.kernels, kernel as Kernel, size, bound, options)
    return this.#bind(kernel as Kernel, bindings, go)
  }

  /**
   * Calls `kernel(t, ...args)`, which may fork and join: its number. At most five numbers go in.
   *
   * @throws TypeError or RangeError for other arguments
   */
  forkJoin<F extends ForkedFunction>(
    kernel: Kernel<F>,
    args: readonly number[],
    options?: ForkJoinOptions,
  ): Async<number> {
    this.check()
    const go = (bindings: object | undefined) =>
      forkJoin(this.kernels, kernel as Kernel, args, { ...options, bindings })
    return this.#bind(kernel as Kernel, options?.bindings, go)
  }

  /** Now, or when all of them are there. */
  #bind<R>(
    kernel: Kernel,
    bindings: object | undefined,
    go: (bindings: object | undefined) => Async<R>,
  ): Async<R> {
    if (bindings === undefined || !isWaitedFor(bindings)) return go(bindings)
    checkKernel(kernel)
    return whenBound(this as unknown as TaskScheduler, kernel.name, bindings, go)
  }

  /** @internal Where its kernels run. */
  abstract get kernels(): KernelHome

  /** @internal The native runtime that computes with arrays. */
  abstract get helper(): number
}
