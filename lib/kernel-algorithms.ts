/**
 * What every scheduler does with arrays and kernels: the algorithms.
 */
import type { AlgorithmOptions, IntoOptions, NumberArray } from './algorithm-arguments.js'
import type {
  ArrayInput,
  ForEachOptions,
  MapKernelOptions,
  ReduceOptions,
  ScanOptions,
} from './algorithms.js'
import * as algorithms from './algorithms.js'
import type { Async } from './async.js'
import { isWaitedFor, whenBound } from './bindings.js'
import type { Kernel } from './kernel.js'
import { checkKernel } from './kernel-arguments.js'
import { KernelScheduler } from './kernel-scheduler.js'
import type { Plain } from './operators.js'
import { type Pipeline, type PipelineOptions, pipeline } from './pipeline.js'
import type { ArrayClass } from './shared.js'
import { sort } from './sort.js'
import type { TaskScheduler } from './task-scheduler.js'

// The program decides what its kernels take besides elements.
// biome-ignore lint/suspicious/noExplicitAny: see above
type Any = any

/** A kernel of an element: `k(t, x, i, bindings)`. */
export type ElementKernel<R> = Kernel<(t: Any, x: number, i: number, bindings: Any) => R>

/** A kernel of two elements: `k(t, a, b)`. */
export type PairKernel = Kernel<(t: Any, a: number, b: number) => number>

type First<S> = S extends readonly [Kernel<infer F>, ...unknown[]] ? F : never
type Last<S> = S extends readonly [...unknown[], Kernel<infer F>] ? F : never
type InputOf<F> = F extends (t: Any, x: infer I, ...rest: Any[]) => unknown ? I : unknown
type OutputOf<F> = F extends (...args: Any[]) => infer O ? Awaited<O> : unknown

/**
 * Algorithms on typed arrays of numbers: see {@link TaskScheduler}.
 *
 * An array is best on shared memory, as {@link shared} makes it. One that is not is copied when the
 * algorithm is called; leave one that is unchanged until the result is there. It may also be an
 * `Async` of an array, which is waited for. Results are on shared memory.
 *
 * Every result is the same to the last bit with any number of threads, and with a
 * {@link DebugScheduler}: what is combined in which order goes by the number of elements only.
 *
 * Where they are called, all throw a TypeError or RangeError for arguments that are none, and
 * {@link SchedulerClosedError} once the scheduler was disposed. Results fail with
 * {@link KernelError} if the kernel throws, and with {@link AbortError} if they are given up.
 */
export abstract class KernelAlgorithms extends KernelScheduler {
  /**
   * `k(t, x, i, bindings)` for each element, converted as by an assignment to a typed array.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const array = shared([1, 4, 9])
   * const roots = scheduler.map(array, kernel((_, x: number) => Math.sqrt(x) * 2))
   * console.log((await roots).join()) // 2,4,6
   * ```
   *
   * @param options - `into`: the array to write, perhaps the same; of any class. `type`: the class
   *   of a new one
   */
  map<A extends NumberArray>(
    array: ArrayInput<NumberArray>,
    k: ElementKernel<number | boolean>,
    options: MapKernelOptions & ({ into: A } | { type: ArrayClass<A> }),
  ): Async<Plain<A>>
  map<A extends NumberArray>(
    array: ArrayInput<A>,
    k: ElementKernel<number | boolean>,
    options?: MapKernelOptions,
  ): Async<Plain<A>>
  map(array: unknown, k: unknown, options?: MapKernelOptions): Async<unknown> {
    return this.#begin(k, options, (scheduler, bound) => algorithms.map(scheduler, array, k, bound))
  }

  /**
   * All elements combined by `k(t, a, b)`; of none, `identity`. It should be associative: a block
   * of neighbours is combined from the left, and blocks pairwise.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const sum = kernel((_, a: number, b: number) => a + b)
   * console.log(await scheduler.reduce(shared([1, 2, 3]), sum, { identity: 0 })) // 6
   * ```
   */
  reduce(array: ArrayInput<NumberArray>, k: PairKernel, options: ReduceOptions): Async<number> {
    return this.#begin(k, options, (scheduler, bound) =>
      algorithms.reduce(scheduler, array, k, bound),
    )
  }

  /**
   * Running totals: element i combines all up to i by `k(t, a, b)`, or with `exclusive` all before
   * it, and the first is `identity`. Totals are numbers, whatever the class of the array: they are
   * rounded where they are stored.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const sum = kernel((_, a: number, b: number) => a + b)
   * const sums = await scheduler.scan(shared([1, 2, 3]), sum, { identity: 0 })
   * console.log(sums.join()) // 1,3,6
   * ```
   */
  scan<A extends NumberArray>(
    array: ArrayInput<A>,
    k: PairKernel,
    options: ScanOptions<NumberArray>,
  ): Async<Plain<A>> {
    return this.#begin(k, options, (scheduler, bound) =>
      algorithms.scan(scheduler, array, k, bound),
    ) as Async<never>
  }

  /**
   * The elements for which `k(t, x, i, bindings)` gives something true, in their order.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const even = kernel((_, x: number) => x % 2 === 0)
   * console.log((await scheduler.filter(shared([1, 2, 3, 4]), even)).join()) // 2,4
   * ```
   */
  filter<A extends NumberArray>(
    array: ArrayInput<A>,
    k: ElementKernel<unknown>,
    options?: AlgorithmOptions,
  ): Async<Plain<A>> {
    return this.#begin(k, options, (scheduler, bound) =>
      algorithms.filter(scheduler, array, k, bound),
    ) as Async<never>
  }

  /**
   * The elements for which `k(t, x, i, bindings)` gives something true, and behind them the others,
   * both in their order; `count` is how many of the first there are.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const even = kernel((_, x: number) => x % 2 === 0)
   * const { array, count } = await scheduler.partition(shared([1, 2, 3, 4]), even)
   * console.log(array.join(), count) // 2,4,1,3 2
   * ```
   */
  partition<A extends NumberArray>(
    array: ArrayInput<A>,
    k: ElementKernel<unknown>,
    options?: AlgorithmOptions,
  ): Async<{ array: Plain<A>; count: number }> {
    return this.#begin(k, options, (scheduler, bound) =>
      algorithms.partition(scheduler, array, k, bound),
    ) as Async<never>
  }

  /**
   * The elements in ascending order, as `TypedArray.prototype.sort`: -0 before 0, NaN last. Or in
   * that of `k(t, a, b)`, which is above 0 where b goes first; equals stay in their order.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const array = shared([3, 1, 2])
   * const down = kernel((_, a: number, b: number) => b - a)
   * console.log((await scheduler.sort(array)).join()) // 1,2,3
   * console.log((await scheduler.sort(array, down)).join()) // 3,2,1
   * ```
   *
   * @param options - `into`: the array to write. To sort in place, give the array itself
   */
  sort<A extends NumberArray>(
    array: ArrayInput<A>,
    k?: PairKernel,
    options?: IntoOptions<NumberArray>,
  ): Async<Plain<A>> {
    return this.#begin(k, options, (scheduler, bound) =>
      sort(scheduler, array, k, bound),
    ) as Async<never>
  }

  /**
   * How many elements fall into each of `bins`. `k(t, x, i, bindings)` gives the number of the bin,
   * from 0, and is rounded down; what is no bin's number, such as NaN or -1, is not counted.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const tens = kernel((_, x: number) => x / 10)
   * console.log((await scheduler.histogram(shared([3, 15, 17]), tens, 3)).join()) // 1,2,0
   * ```
   */
  histogram(
    array: ArrayInput<NumberArray>,
    k: ElementKernel<number>,
    bins: number,
    options?: AlgorithmOptions,
  ): Async<Uint32Array> {
    return this.#begin(k, options, (scheduler, bound) =>
      algorithms.histogram(scheduler, array, k, bins, bound),
    )
  }

  /**
   * Calls `k(t, part, offset, bindings)` for parts of an array on shared memory, each once: for
   * WebAssembly and other libraries that work on many elements at a time.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const array = shared(Float64Array, 1000)
   * const fill = kernel((_, part: Float64Array, offset: number) => void part.fill(offset))
   * await scheduler.forEach(array, fill, { chunk: 100 })
   * console.log(array[99], array[100]) // 0 100
   * ```
   *
   * @throws TypeError with code `ERR_INVALID_ARG_VALUE` if the array is on other memory
   */
  forEach<A extends NumberArray>(
    array: A,
    k: Kernel<(t: Any, part: Plain<A>, offset: number, bindings: Any) => unknown>,
    options?: ForEachOptions,
  ): Async<void>
  /** The same without an array: `k(t, begin, end, bindings)` for parts of what is below `count`. */
  forEach(
    count: number,
    k: Kernel<(t: Any, begin: number, end: number, bindings: Any) => unknown>,
    options?: ForEachOptions,
  ): Async<void>
  forEach(array: unknown, k: unknown, options?: ForEachOptions): Async<void> {
    return this.#begin(k, options, (scheduler, bound) =>
      algorithms.forEach(scheduler, array, k, bound),
    )
  }

  /**
   * A pipeline: calls `k(t, x)` of each stage, one after the other, for each input. Several inputs
   * are under way at once, and the outputs come in the order of the inputs. Inputs are taken when
   * there is room in the buffer.
   *
   * An error, also one of the source, comes in its place; it ends the pipeline, and what is under
   * way. So does whoever takes no more outputs. The source is closed then.
   *
   * @example
   * ```ts
   * using scheduler = new Scheduler(2)
   * const parse = kernel((_, text: string) => JSON.parse(text) as { n: number })
   * const double = kernel((_, { n }: { n: number }) => 2 * n)
   * const doubled = scheduler.pipeline([parse, double], { buffer: 4 })
   * for await (const n of doubled(['{"n":1}', '{"n":2}'])) console.log(n) // 2
   * ```
   *
   * @returns a function of the inputs, as `node:stream`'s `pipeline` takes it
   */
  pipeline<const S extends readonly [Kernel, ...Kernel[]]>(
    stages: S,
    options?: PipelineOptions,
  ): Pipeline<InputOf<First<S>>, OutputOf<Last<S>>> {
    this.check()
    return pipeline(this as unknown as TaskScheduler, stages, options) as Pipeline<unknown, never>
  }

  /** Now, or when all of the bindings are there. */
  #begin<O extends AlgorithmOptions | undefined, R>(
    kernel: unknown,
    options: O,
    go: (scheduler: TaskScheduler, options: O) => Async<R>,
  ): Async<R> {
    this.check()
    const scheduler = this as unknown as TaskScheduler
    const bindings = options?.bindings
    if (bindings === undefined || !isWaitedFor(bindings)) return go(scheduler, options)
    checkKernel(kernel)
    const { name } = kernel as Kernel
    return whenBound(scheduler, name, bindings, (bound) =>
      go(scheduler, { ...options, bindings: bound }),
    )
  }
}
