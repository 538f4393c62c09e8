/**
 * The options of a scheduler: their limits, their defaults, and what is said about nonsense.
 */
import { availableParallelism } from 'node:os'
import type { ResourceLimits } from 'node:worker_threads'

import { invalidType, invalidValue, outOfRange } from './errors.js'

/** How a {@link Scheduler} is made. */
export interface SchedulerOptions {
  /** Workers, 1 to 1024. Default: `os.availableParallelism()`. */
  threads?: number | undefined
  /** Bytes of a fiber's primary stack, 16 KiB to 64 MiB, rounded up to pages. Default: 64 KiB. */
  stackSize?: number | undefined
  /** Tasks in a fiber's task stack, 1 to 2²⁰; what is beyond runs inline. Default: 4096. */
  taskCapacity?: number | undefined
  /**
   * Fibers alive at once, 1 to 2²⁰, and at least one a worker; more waiting work queues. Default:
   * 16384.
   */
  maxFibers?: number | undefined
  /** How files are read. `'auto'`, the default, is io_uring where it is allowed, else threads. */
  io?: 'auto' | 'io_uring' | 'threads' | undefined
  /** Pin each worker to a processor. Default: false; a pinned worker waits for a busy one. */
  pin?: boolean | undefined
  /** For thread names and messages. Default: `'heddle'`. */
  name?: string | undefined
  /**
   * Milliseconds that `dispose` waits for kernels to end before it cancels them, and ends the
   * isolates of those that go on all the same. Default: 5000.
   */
  disposeTimeout?: number | undefined
  /** Calls of kernels that may wait; one more is a {@link QueueFullError}. Default: no limit. */
  maxQueue?: number | undefined
  /** Of the isolates that kernels run on: as `resourceLimits` of a `worker_threads.Worker`. */
  resourceLimits?: ResourceLimits | undefined
}

/** @internal */
export interface CheckedOptions {
  readonly threads: number
  readonly stackSize: number
  readonly taskCapacity: number
  readonly maxFibers: number
  readonly io: number
  readonly pin: boolean
  readonly name: string
  readonly disposeTimeout: number
  readonly maxQueue: number
  readonly resourceLimits: ResourceLimits | undefined
}

const KIB = 1024
const THREADS_MAX = 1024
/** In the order of the native `IoOptions::Wanted`. */
const IO = ['auto', 'io_uring', 'threads']

/**
 * The options with their defaults.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 * @throws RangeError with code `ERR_OUT_OF_RANGE`
 * @internal
 */
export function checkOptions(options: number | SchedulerOptions | undefined): CheckedOptions {
  if (typeof options === 'number') {
    return { ...checkOptions({}), threads: checkInteger('threads', options, 1, THREADS_MAX) }
  }
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw invalidType('options', 'a number of threads or an object', options)
  }
  const {
    threads = Math.min(availableParallelism(), THREADS_MAX),
    stackSize = 64 * KIB,
    taskCapacity = 4096,
    maxFibers = 16384,
    io = 'auto',
    pin = false,
    name = 'heddle',
    disposeTimeout = 5000,
    maxQueue = Number.POSITIVE_INFINITY,
    resourceLimits,
  } = options ?? {}
  return {
    threads: checkInteger('options.threads', threads, 1, THREADS_MAX),
    stackSize: checkInteger('options.stackSize', stackSize, 16 * KIB, 64 * KIB * KIB),
    taskCapacity: checkInteger('options.taskCapacity', taskCapacity, 1, KIB * KIB),
    maxFibers: checkInteger('options.maxFibers', maxFibers, 1, KIB * KIB),
    io: checkIo(io),
    pin: checkBoolean('options.pin', pin),
    name: checkName(name),
    disposeTimeout: checkMilliseconds(disposeTimeout, 'options.disposeTimeout'),
    maxQueue: checkMaxQueue(maxQueue),
    resourceLimits: checkLimits(resourceLimits),
  }
}

/**
 * @throws TypeError or RangeError, as above
 * @internal
 */
export function checkInteger(name: string, value: unknown, low: number, high: number): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value)
  if (!Number.isInteger(value) || value < low || value > high) {
    throw outOfRange(name, `an integer from ${low} to ${high}`, value)
  }
  return value
}

/** The longest that a timer can be. */
const MILLISECONDS_MAX = 2 ** 31 - 1

/**
 * How long to wait, with fractions.
 *
 * @throws TypeError or RangeError, as above
 * @internal
 */
export function checkMilliseconds(value: unknown, name = 'milliseconds'): number {
  if (typeof value !== 'number') throw invalidType(name, 'a number', value)
  if (value >= 0 && value <= MILLISECONDS_MAX) return value
  throw outOfRange(name, `from 0 to ${MILLISECONDS_MAX}`, value)
}

/**
 * The elements of an array, each read once: who has it may have put getters in, left holes, or
 * made it a proxy.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no array
 * @internal
 */
export function checkArray<T>(name: string, array: readonly T[], expected = 'an array'): T[] {
  if (!Array.isArray(array)) throw invalidType(name, expected, array)
  const { length } = array
  const elements: T[] = []
  for (let i = 0; i < length; ++i) elements.push(array[i])
  return elements
}

/**
 * Where a value is among the names that it may have.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_VALUE` if it is none of them
 * @internal
 */
export function checkOneOf(name: string, names: readonly string[], value: unknown): number {
  const index = names.indexOf(value as string)
  if (index < 0) throw invalidValue(name, `one of '${names.join("', '")}'`, value)
  return index
}

function checkIo(value: unknown): number {
  if (typeof value !== 'string') throw invalidType('options.io', 'a string', value)
  return checkOneOf('options.io', IO, value)
}

function checkBoolean(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean') throw invalidType(name, 'a boolean', value)
  return value
}

function checkMaxQueue(value: unknown): number {
  if (value === Number.POSITIVE_INFINITY) return value
  return checkInteger('options.maxQueue', value, 0, Number.MAX_SAFE_INTEGER)
}

function checkLimits(limits: unknown): ResourceLimits | undefined {
  if (limits === undefined) return undefined
  if (typeof limits !== 'object' || limits === null) {
    throw invalidType('options.resourceLimits', 'an object', limits)
  }
  const copy: Record<string, number> = {}
  for (const [key, value] of Object.entries(limits)) {
    const name = `options.resourceLimits.${key}`
    if (typeof value !== 'number') throw invalidType(name, 'a number', value)
    if (!(value > 0)) throw outOfRange(name, 'above 0', value)
    copy[key] = value
  }
  return copy
}

function checkName(value: unknown): string {
  if (typeof value !== 'string') throw invalidType('options.name', 'a string', value)
  if (value === '' || value.includes('\0')) {
    throw invalidValue('options.name', 'a string that is neither empty nor has a NUL', value)
  }
  return value
}
