/**
 * From what workers have recorded to the slices and arrows of a trace.
 *
 * A worker's row is covered without a gap: it runs a fiber, or a job on its own stack, or is awake
 * and out of work, or parked. So every end of an arrow lies within a slice.
 *
 * Numbers come as `native/runtime/recording.cc` writes them: seconds and nanoseconds of the
 * beginning, nanoseconds up to the end; for each worker how many events follow, how many were lost,
 * and whether it runs a fiber now; for each event its time, its kind, its subject and another word.
 */
import type { Span } from './spans.js'
import type { TraceEvent } from './trace.js'
import { Arrows } from './trace-arrows.js'

/** As `native/sched/tracer.h` has them. */
export const Kind = {
  Fork: 0,
  Help: 1,
  Steal: 2,
  Run: 3,
  Suspend: 4,
  End: 5,
  Resume: 6,
  Park: 7,
  Wake: 8,
  SpanBegin: 9,
  SpanEnd: 10,
} as const

const EVENT_WORDS = 4
const WORKER_WORDS = 3
const HEAD_WORDS = 3

/** What says which state a worker was in before. */
const TELLING: readonly number[] = [
  Kind.Run,
  Kind.Suspend,
  Kind.End,
  Kind.Park,
  Kind.Wake,
  Kind.SpanBegin,
  Kind.SpanEnd,
]

/** What was recorded. Times are nanoseconds since the beginning. */
export interface Recorded {
  readonly begin: [seconds: number, nanoseconds: number]
  readonly end: number
  readonly workers: readonly RecordedWorker[]
}

export interface RecordedWorker {
  /** Events, `EVENT_WORDS` each. */
  readonly words: Float64Array
  readonly lost: number
  readonly isRunning: boolean
}

export function readRecorded(words: Float64Array): Recorded {
  const [seconds = 0, nanoseconds = 0, asked = 0] = words
  let end = asked
  const workers: RecordedWorker[] = []
  for (let at = HEAD_WORDS; at < words.length; ) {
    const [count = 0, lost = 0, isRunning = 0] = words.subarray(at, at + WORKER_WORDS)
    at += WORKER_WORDS
    const next = at + count * EVENT_WORDS
    workers.push({ words: words.subarray(at, next), lost, isRunning: isRunning === 1 })
    // What came while this was read ends later.
    if (count > 0) end = Math.max(end, words[next - EVENT_WORDS] as number)
    at = next
  }
  return { begin: [seconds, nanoseconds], end, workers }
}

/** The slices of all rows, then the arrows. `names` are those of labels, `spans` JavaScript's. */
export function eventsOf(
  pid: number,
  recorded: Recorded,
  names: readonly string[],
  spans: readonly Span[],
): TraceEvent[] {
  const { workers, end } = recorded
  const arrows = new Arrows(pid, workers.map(beginOf))
  const events: TraceEvent[] = []
  const row = workers.length + 1
  const mine = spans.map((span) => sliceOf(pid, row + span.row, span, end / 1e3))
  arrows.callers = mine
    .filter(({ tid }) => tid === row)
    .map(({ ts, dur = 0 }) => [ts, ts + dur] as const)
  for (const [index, worker] of workers.entries()) {
    const row = new Row(pid, index, names, arrows, events)
    row.read(worker, end)
  }
  return events.concat(mine, arrows.marks, arrows.drawn())
}

/** The time from where on a row is known. */
function beginOf(worker: RecordedWorker): number {
  return worker.lost > 0 ? (worker.words[0] ?? 0) : 0
}

/** A span as a slice; one that still runs ends with the trace. */
export function sliceOf(pid: number, tid: number, span: Span, end: number): TraceEvent {
  const { name, what, begin } = span
  const until = Number.isNaN(span.end) ? Math.max(begin, end) : span.end
  const dur = Math.max(0, until - begin)
  const cat = span.row === 0 ? 'task' : 'frame'
  return { name, ph: 'X', cat, pid, tid, ts: begin, dur, args: { what } }
}

/** A slice that has not ended. */
interface Open {
  readonly event: TraceEvent
  readonly begin: number
}

/** One worker's events, in order. */
class Row {
  readonly #pid: number
  readonly #worker: number
  readonly #names: readonly string[]
  readonly #arrows: Arrows
  readonly #events: TraceEvent[]
  /** Of each suspended fiber, what it was in the midst of. */
  readonly #interrupted = new Map<number, string[]>()
  #open: Open[] = []
  /** Since when it has been out of work, while nothing is open. */
  #idleSince = 0

  constructor(
    pid: number,
    worker: number,
    names: readonly string[],
    arrows: Arrows,
    events: TraceEvent[],
  ) {
    this.#pid = pid
    this.#worker = worker
    this.#names = names
    this.#arrows = arrows
    this.#events = events
  }

  read(worker: RecordedWorker, end: number): void {
    const { words } = worker
    this.#idleSince = beginOf(worker)
    this.#guess(worker)
    for (let at = 0; at < words.length; at += EVENT_WORDS) {
      const [time, kind] = [words[at] as number, words[at + 1] as number]
      this.#take(time, kind, words[at + 2] as number, words[at + 3] as number)
    }
    if (this.#open.length === 0) this.#beIdle(end)
    this.#closeAll(end)
  }

  /** What it did before its first event. */
  #guess({ words, isRunning }: RecordedWorker): void {
    let first = 0
    while (first < words.length && !TELLING.includes(words[first + 1] as number)) {
      first += EVENT_WORDS
    }
    const since = this.#idleSince
    if (first >= words.length) {
      if (isRunning) this.#begin(since, 'fiber', 'fiber')
      else if (words.length === 0) this.#park(since)
      return
    }
    switch (words[first + 1]) {
      case Kind.Wake:
        this.#park(since)
        break
      case Kind.Suspend:
      case Kind.End:
        this.#begin(since, 'fiber', 'fiber', { fiber: words[first + 2] as number })
        break
      case Kind.SpanEnd:
        this.#begin(since, 'job', 'job')
        break
    }
  }

  #take(time: number, kind: number, subject: number, other: number): void {
    switch (kind) {
      case Kind.Fork:
        this.#mark(time, 'share')
        break
      case Kind.Help:
        this.#mark(time, 'help', { worker: subject })
        break
      case Kind.Steal:
        this.#arrows.steal(time, other, this.#worker, this.#open.length > 0)
        break
      case Kind.Resume:
        this.#arrows.resume(time, subject, this.#worker)
        break
      case Kind.Run:
        this.#run(time, subject, other)
        break
      case Kind.Suspend:
        this.#interrupted.set(
          subject,
          this.#open.slice(1).map(({ event }) => event.name),
        )
        this.#leave(time)
        break
      case Kind.End:
        this.#interrupted.delete(subject)
        this.#leave(time)
        break
      case Kind.SpanBegin:
        this.#beginSpan(time, other)
        break
      case Kind.SpanEnd:
        if (this.#open.length > 1) this.#close(time)
        else this.#leave(time)
        break
      case Kind.Park:
        this.#leave(time)
        this.#park(time)
        break
      case Kind.Wake:
        this.#leave(time)
        this.#arrows.wake(subject, time, other, this.#worker)
        break
    }
  }

  #run(time: number, fiber: number, label: number): void {
    this.#leave(time)
    this.#arrows.ran(time, fiber, this.#worker)
    this.#begin(time, this.#names[label] || 'fiber', 'fiber', { fiber })
    for (const name of this.#interrupted.get(fiber) ?? []) this.#begin(time, name, 'span')
    this.#interrupted.delete(fiber)
  }

  #beginSpan(time: number, label: number): void {
    const isJob = this.#open.length === 0
    if (isJob) {
      this.#leave(time)
      this.#arrows.landed(time, this.#worker)
    }
    this.#begin(time, this.#names[label] || 'job', isJob ? 'job' : 'span')
  }

  #park(time: number): void {
    this.#begin(time, 'parked', 'parked')
    const opened = this.#open[0]
    if (opened !== undefined) opened.event.cname = 'thread_state_sleeping'
    this.#arrows.parked(this.#worker)
  }

  /** Nothing runs from here on. */
  #leave(time: number): void {
    if (this.#open.length === 0) this.#beIdle(time)
    this.#closeAll(time)
    this.#idleSince = time
  }

  #beIdle(until: number): void {
    if (until <= this.#idleSince) return
    this.#begin(this.#idleSince, 'looking for work', 'idle')
    const opened = this.#open[0]
    if (opened !== undefined) opened.event.cname = 'thread_state_runnable'
    this.#close(until)
  }

  #begin(time: number, name: string, cat: string, args?: TraceEvent['args']): void {
    const { pid, tid } = { pid: this.#pid, tid: this.#worker + 1 }
    const event: TraceEvent = { name, ph: 'X', cat, pid, tid, ts: time / 1e3, dur: 0 }
    if (args !== undefined) event.args = args
    this.#events.push(event)
    this.#open.push({ event, begin: time })
  }

  #close(time: number): void {
    const opened = this.#open.pop()
    if (opened !== undefined) opened.event.dur = Math.max(0, time - opened.begin) / 1e3
  }

  #closeAll(time: number): void {
    while (this.#open.length > 0) this.#close(time)
  }

  #mark(time: number, name: string, args?: TraceEvent['args']): void {
    const event: TraceEvent = {
      name,
      ph: 'i',
      cat: 'share',
      pid: this.#pid,
      tid: this.#worker + 1,
      ts: time / 1e3,
      s: 't',
    }
    if (args !== undefined) event.args = args
    this.#events.push(event)
  }
}
