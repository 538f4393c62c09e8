/**
 * What a trace looks like from outside: Chrome's trace format, and how one is asked for.
 */
import { invalidType, invalidValue } from './errors.js'
import { checkInteger } from './options.js'

/** Begins to record. What was recorded before is forgotten. */
export interface TraceStart {
  start: true
  /**
   * How many events are kept of each worker, the last ones: 1 to 2²², at least. Default: 65536, and
   * fewer where there are more than 16 workers. One takes 24 bytes, a task about two events.
   */
  events?: number | undefined
}

/** Ends the recording. */
export interface TraceStop {
  stop: true
}

/**
 * One event of Chrome's trace format. `ph` says what it is:
 *
 * - `'X'`: something that took time, from `ts` for `dur` microseconds. `cat` is `'fiber'`, `'job'`
 *   or `'span'` on workers; `'task'` in JavaScript, and `'frame'` in rows of their own; `'parked'`
 *   and `'idle'`, which is awake and out of work.
 * - `'s'` and `'f'`: an arrow's two ends, by their `id`, each within an `'X'`. `cat` is `'steal'`,
 *   `'wake'` for a worker that slept, or `'resume'` for a fiber that waited.
 * - `'i'`: something that took none.
 * - `'M'`: the name of a row.
 */
export interface TraceEvent {
  name: string
  ph: 'X' | 's' | 'f' | 'i' | 'M'
  cat?: string
  /** The process. */
  pid: number
  /** The row: a worker's index plus one. JavaScript's comes after the last, and then frames'. */
  tid: number
  /** Microseconds since the trace began. */
  ts: number
  dur?: number
  id?: number
  /** `'e'`: an arrow ends at what encloses it. */
  bp?: 'e'
  /** How wide an `'i'` is drawn. */
  s?: 't'
  /** One of the colors that Chrome's viewer has. */
  cname?: string
  args?: Record<string, string | number | boolean>
}

/** For `JSON.stringify`, `heddle trace`, `chrome://tracing` and Perfetto. */
export interface Trace {
  /** Ordered by time. */
  traceEvents: TraceEvent[]
  displayTimeUnit: 'ns'
  otherData: {
    producer: 'heddle'
    /** The scheduler's name. */
    scheduler: string
    /** How many workers, each with a row. */
    threads: number
    /** Microseconds, or steps of a `DebugScheduler`. */
    duration: number
    /** Events that are missing at the beginning, as there were more than were to be kept. */
    lost: number
  }
}

/** What `trace` was asked for. */
export interface TraceRequest {
  readonly does: 'start' | 'stop' | 'look'
  /** How many events; 0: by default. */
  readonly events: number
}

const EVENTS_MAX = 2 ** 22
const EVENTS_OF_WORKER = 2 ** 16
const EVENTS_OF_ALL = 2 ** 20
const EVENTS_LEAST = 2 ** 12

/** How many events are kept of each worker if nothing is said. */
export function defaultEvents(threads: number): number {
  const share = Math.floor(EVENTS_OF_ALL / threads)
  return Math.min(EVENTS_OF_WORKER, Math.max(EVENTS_LEAST, share))
}

/**
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 * @throws RangeError with code `ERR_OUT_OF_RANGE`
 */
export function checkTraceOptions(options: unknown): TraceRequest {
  if (options === undefined) return { does: 'look', events: 0 }
  if (typeof options !== 'object' || options === null) {
    throw invalidType('options', 'an object', options)
  }
  const { start, stop, events } = options as Record<string, unknown>
  checkFlag('options.start', start)
  checkFlag('options.stop', stop)
  if (start === true && stop === true) {
    throw invalidValue('options', 'either { start: true } or { stop: true }', options)
  }
  if (events === undefined) return { does: doesOf(start, stop), events: 0 }
  if (start !== true) throw invalidValue('options.events', 'with start: true only', events)
  return { does: 'start', events: checkInteger('options.events', events, 1, EVENTS_MAX) }
}

function doesOf(start: unknown, stop: unknown): 'start' | 'stop' | 'look' {
  if (start === true) return 'start'
  return stop === true ? 'stop' : 'look'
}

function checkFlag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== 'boolean') throw invalidType(name, 'a boolean', value)
}
