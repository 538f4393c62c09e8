/**
 * What can be traced: the part of a scheduler that says so.
 */
import type { Spans } from './spans.js'
import { checkTraceOptions, type Trace, type TraceStart, type TraceStop } from './trace.js'

export abstract class Traceable {
  /** @internal Of what is performed, while that is wanted. */
  protected spans: Spans | undefined

  /**
   * Begins to record what runs, where and when. `heddle trace` makes a page of what
   * {@link trace} returns.
   *
   * @example
   * ```ts
   * const scheduler = getGlobalScheduler()
   * scheduler.trace({ start: true })
   * await new Async(Float64Array.from({ length: 1e6 }, Math.random)).sort()
   * const { traceEvents } = scheduler.trace({ stop: true })
   * console.log(traceEvents.some(({ name }) => name === 'sort')) // true
   * ```
   *
   * @throws TypeError or RangeError for options that are none: see {@link TraceStart}
   * @throws SystemError with code `ERR_HEDDLE_SYSTEM` if there is no memory for so many events
   */
  trace(options: TraceStart): void
  /** What was recorded so far, and with `{ stop: true }` the end of it. */
  trace(options?: TraceStop): Trace
  trace(options?: TraceStart | TraceStop): Trace | undefined {
    this.check()
    const { does, events } = checkTraceOptions(options)
    if (does === 'start') {
      this.startTrace(events)
      return undefined
    }
    if (does === 'stop') this.stopTrace()
    return this.makeTrace()
  }

  /** @internal A frame, or something else on this thread, begins: its end, while that is traced. */
  traceSpan(name: string, what: string, isFrame: boolean): (() => void) | undefined {
    const { spans } = this
    if (isFrame || spans === undefined) return spans?.beginFrame(name, what)
    const span = spans.begin(name, what)
    return () => spans.end(span)
  }

  /** @internal `events`: 0 for the default. */
  protected abstract startTrace(events: number): void
  /** @internal */
  protected abstract stopTrace(): void
  /** @internal */
  protected abstract makeTrace(): Trace

  /** @internal */
  abstract check(): void
}
