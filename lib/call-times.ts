/**
 * How long kernels have waited for an isolate, and run.
 */
import { native } from './native.js'

/** Milliseconds; the quantiles to an eighth. */
export interface Times {
  readonly count: number
  readonly mean: number
  readonly max: number
  readonly p50: number
  readonly p90: number
  readonly p99: number
  readonly p999: number
}

/** Of dispatches, forks and joins, and calls, since the start or the last reset. */
export interface CallTimes {
  /** How many wait now. */
  readonly waiting: number
  readonly wait: Times
  readonly run: Times
}

const NUMBERS = 7
const MILLISECOND = 1e6

/** @internal */
export function callTimes(runtime: number): CallTimes {
  const numbers = native.callTimes(runtime)
  const waiting = native.scriptsWaiting(runtime)
  return { waiting, wait: timesAt(numbers, 0), run: timesAt(numbers, NUMBERS) }
}

function timesAt(numbers: Float64Array, first: number): Times {
  const at = (i: number) => (numbers[first + i] as number) / MILLISECOND
  const count = numbers[first] as number
  const mean = count === 0 ? 0 : at(1) / count
  return { count, mean, max: at(2), p50: at(3), p90: at(4), p99: at(5), p999: at(6) }
}
