/**
 * Algorithms on arrays: what is asked of the isolates for each, and what comes of it.
 *
 * Each is one root, a function of `algorithm-templates.ts` that is made of the program's kernel.
 * Only `filter` takes two: its result can be made once all is counted.
 */
import {
  type AlgorithmOptions,
  type Asked,
  checkAsked,
  checkCount,
  checkIdentity,
  checkNumberClass,
  type Input,
  type IntoOptions,
  inputOf,
  intoOf,
  type NumberArray,
  numberClassOf,
} from './algorithm-arguments.js'
import { blockOf } from './algorithm-templates.js'
import { Async } from './async.js'
import { invalidType, outOfRange } from './errors.js'
import { clone } from './kernel-arguments.js'
import { numberOf } from './kernel-form.js'
import { request, requestOf } from './kernel-requests.js'
import { KernelMode } from './layout.js'
import { type ArrayClass, checkIsShared, sharedZeros } from './shared.js'
import { after } from './step.js'
import type { TaskScheduler } from './task-scheduler.js'

/** Of a histogram, with all its rows: 16 MiB of counts. */
const COUNTS_MAX = 2 ** 22
const PARTS_MAX = 64

/** Chunks for `forEach` where nobody says how large. */
const CHUNKS = 256
const CHUNK_MAX = 65536

/** An array, or one that is to come. */
export type ArrayInput<A> = A | Async<A>

export interface MapKernelOptions extends IntoOptions<NumberArray> {
  /** The class of the result, such as `Float32Array`. Default: that of the input. */
  type?: ArrayClass<NumberArray> | undefined
}

export interface ReduceOptions extends AlgorithmOptions {
  /** The result of an empty array. */
  identity: number
}

export interface ScanOptions<A> extends IntoOptions<A> {
  /** What comes before the first element of an exclusive scan. */
  identity: number
  /** Element i combines what is before i. Default: and i, too. */
  exclusive?: boolean | undefined
}

export interface ForEachOptions extends AlgorithmOptions {
  /** Elements in one. Default: the 256th part, but at most 65,536. */
  chunk?: number | undefined
}

/** What a job is made of: a template for arrays of these classes, its numbers, its arrays. */
interface Root {
  readonly template: string
  readonly types: readonly NumberArray[]
  readonly numbers: readonly number[]
  readonly data: object
}

export function map(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: MapKernelOptions | undefined,
): Async<NumberArray> {
  const asked = checkAsked(kernel, options)
  const type = options?.type === undefined ? undefined : checkNumberClass(options.type)
  return whenThere(scheduler, 'map', source, (input) => {
    const { array, isOwn, Class } = input
    const wanted = type ?? Class
    const reused = isOwn && wanted === Class ? array : undefined
    const into = intoOf(options, input, type)
    const out = into ?? reused ?? sharedZeros(wanted, array.length)
    const data = { array, out }
    const root = { template: 'map', types: [array, out], numbers: [0, array.length], data }
    return run(scheduler, asked, root, () => out)
  })
}

export function reduce(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: ReduceOptions,
): Async<number> {
  const asked = checkAsked(kernel, options)
  const identity = checkIdentity(options)
  return whenThere(scheduler, 'reduce', source, ({ array }) => {
    if (array.length === 0) return new Async(identity)
    const { block, blocks } = blocksOf(array.length)
    const data = { array, block }
    const root = { template: 'reduce', types: [array], numbers: [0, blocks], data }
    return run(scheduler, asked, root, (value) => value as number)
  })
}

export function scan(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: ScanOptions<NumberArray>,
): Async<NumberArray> {
  const asked = checkAsked(kernel, options)
  const identity = checkIdentity(options)
  const isExclusive = options.exclusive === true
  return whenThere(scheduler, 'scan', source, (input) => {
    const { array } = input
    const out = intoOf(options, input, input.Class) ?? resultFor(input)
    const { block, blocks } = blocksOf(array.length)
    const totals = sharedZeros(Float64Array, blocks)
    const carries = sharedZeros(Float64Array, blocks + 1)
    const data = { array, out, block, totals, carries, identity, isExclusive }
    const root = { template: 'scan', types: [array, out], numbers: [0, blocks], data }
    return run(scheduler, asked, root, () => out)
  })
}

export function filter(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: AlgorithmOptions | undefined,
): Async<NumberArray> {
  const asked = checkAsked(kernel, options)
  return whenThere(scheduler, 'filter', source, (input) => {
    const { array, Class } = input
    const { block, blocks } = blocksOf(array.length)
    const kept = resultFor(input)
    const counts = sharedZeros(Float64Array, blocks)
    const data = { array, block, kept, counts }
    const root = { template: 'select', types: [array], numbers: [0, blocks], data }
    const selected = run(scheduler, asked, root, () => counts)
    return after(scheduler, 'filter', selected, () => {
      const starts = sharedZeros(Float64Array, blocks)
      let length = 0
      for (let n = 0; n < blocks; ++n) {
        starts[n] = length
        length += counts[n] as number
      }
      const out = sharedZeros(Class, length)
      const gather = { template: 'gather', types: [kept], numbers: [0, blocks] }
      const more = { ...gather, data: { block, kept, counts, starts, out } }
      return run(scheduler, { ...asked, bindings: undefined }, more, () => out)
    })
  })
}

export function partition(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: AlgorithmOptions | undefined,
): Async<{ array: NumberArray; count: number }> {
  const asked = checkAsked(kernel, options)
  return whenThere(scheduler, 'partition', source, (input) => {
    const { array, Class } = input
    const { block, blocks } = blocksOf(array.length)
    const out = resultFor(input)
    const kept = sharedZeros(Class, array.length)
    const [counts, starts, rests] = [0, 1, 2].map(() => sharedZeros(Float64Array, blocks))
    const data = { array, block, kept, counts, starts, rests, out }
    const root = { template: 'partition', types: [array], numbers: [blocks], data }
    return run(scheduler, asked, root, (count) => ({ array: out, count: count as number }))
  })
}

export function histogram(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  bins: number,
  options: AlgorithmOptions | undefined,
): Async<Uint32Array> {
  const asked = checkAsked(kernel, options)
  checkCount('bins', bins, 2 ** 31 - 1)
  return whenThere(scheduler, 'histogram', source, ({ array }) => {
    const { length } = array
    const most = Math.max(1, Math.min(PARTS_MAX, Math.floor(COUNTS_MAX / bins)))
    const block = Math.max(1, Math.ceil(length / most))
    const parts = Math.ceil(length / block)
    const rows = sharedZeros(Uint32Array, parts * bins)
    const out = sharedZeros(Uint32Array, bins)
    const data = { array, block, bins, rows, out }
    const root = { template: 'histogram', types: [array], numbers: [parts], data }
    return run(scheduler, asked, root, () => out)
  })
}

export function forEach(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: ForEachOptions | undefined,
): Async<void> {
  const asked = checkAsked(kernel, options)
  if (typeof source === 'number') {
    if (!Number.isSafeInteger(source) || source < 0) {
      throw outOfRange('count', 'an integer, 0 or more', source)
    }
    const data = { length: source, chunk: chunkOf(source, options) }
    return runChunks(scheduler, asked, 'forEachRange', data)
  }
  return whenThere(scheduler, 'forEach', checkIsInPlace(source), ({ array }) => {
    const { length } = array
    const data = { array, length, chunk: chunkOf(length, options) }
    return runChunks(scheduler, asked, 'forEachChunk', data)
  })
}

function runChunks(
  scheduler: TaskScheduler,
  asked: Asked,
  template: string,
  data: { array?: NumberArray; length: number; chunk: number },
): Async<void> {
  const types = data.array === undefined ? [] : [data.array]
  const numbers = [0, Math.ceil(data.length / data.chunk)]
  return run(scheduler, asked, { template, types, numbers, data }, () => undefined)
}

/** What is changed in a copy would be lost. */
function checkIsInPlace(source: unknown): unknown {
  if (source instanceof Async) throw invalidType('array', 'an array that is there', source)
  numberClassOf('array', source)
  checkIsShared('array', source as NumberArray)
  return source
}

function chunkOf(length: number, options: ForEachOptions | undefined): number {
  const usual = Math.max(1, Math.min(CHUNK_MAX, Math.ceil(length / CHUNKS)))
  return checkCount('options.chunk', options?.chunk ?? usual, Number.MAX_SAFE_INTEGER)
}

/** Has a job run: what `finish` makes of its number. It keeps the arrays until then. */
export function run<R>(
  { kernels }: TaskScheduler,
  { kernel: of, bindings, ...asked }: Asked,
  { template, types, numbers, data }: Root,
  finish: (result: unknown) => R,
): Async<R> {
  const names = types.map((array) => array[Symbol.toStringTag])
  const kernel = numberOf({ is: 'made', template: [template, ...names].join(' '), of })
  const bytes = clone('options.bindings', { data, bindings }, kernels.isolates)
  const held = { data, finish }
  return request<R>(
    kernels,
    requestOf({ kernel, module: asked.module }, asked, KernelMode.Numbers, numbers, bytes),
    undefined,
    (result) => held.finish(result),
  )
}

/** Begins with the array, or once it has come. */
export function whenThere<R>(
  scheduler: TaskScheduler,
  name: string,
  source: unknown,
  begin: (input: Input) => Async<R>,
): Async<R> {
  if (!(source instanceof Async)) return begin(inputOf(source))
  return after(scheduler, name, source, (value) => begin(inputOf(value)))
}

/** A new array like the input, or a copy that was made of it. */
export function resultFor({ array, Class, isOwn }: Input): NumberArray {
  return isOwn ? array : sharedZeros(Class, array.length)
}

function blocksOf(length: number): { block: number; blocks: number } {
  const block = blockOf(length)
  return { block, blocks: Math.ceil(length / block) }
}
