/**
 * What a page shows of a trace: rows of slices, arrows between them, and marks.
 */
import { type Packed, pack } from './trace-pack.js'
import { isObject, type RawTrace } from './trace-read.js'
import { type RawRow, type RawSlice, Rows } from './trace-rows.js'

/** Something with a name. Those of slices come first, what took longest before others. */
export interface Kind {
  readonly name: string
  readonly category: string
  /** How many slices. */
  count: number
  /** Their time, in microseconds. */
  total: number
}

/** One end of an arrow is `from`, at a time, in a row; all by their index. */
export interface RawArrow {
  readonly from: number
  readonly to: number
  readonly fromRow: RawRow
  readonly toRow: RawRow
  readonly kind: number
}

export interface Model extends Packed {
  readonly title: string
  /** What a time of 1 is: a microsecond, or a step of a `DebugScheduler`. */
  readonly unit: 'µs' | 'steps'
  /** Events that a page does not show. */
  readonly ignored: number
  /** Events that the trace itself lacks. */
  readonly lost: number
}

const ARGS_CHARACTERS = 300
const NAME_CHARACTERS = 1000

/** Never throws: what makes no sense is ignored, and counted. */
export function modelOf(trace: RawTrace, file: string): Model {
  const reader = new Reader()
  for (const event of trace.events) reader.read(event)
  const { other } = trace
  const isOurs = other.producer === 'heddle'
  return {
    ...pack(reader),
    title: isOurs ? `${String(other.scheduler ?? '')} · ${file}` : file,
    unit: isOurs && other.threads === 0 ? 'steps' : 'µs',
    ignored: reader.ignored,
    lost: isOurs && Number.isFinite(other.lost) ? Number(other.lost) : 0,
  }
}

/** Beyond that, a double cannot tell a microsecond from the next. */
function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= Number.MAX_SAFE_INTEGER
}

/** Takes events in. */
export class Reader {
  readonly rows = new Rows()
  readonly kinds: Kind[] = []
  readonly args: string[] = ['']
  readonly arrows: RawArrow[] = []
  ignored = 0
  /** The last time of all. */
  end = Number.NEGATIVE_INFINITY
  /** The first. */
  begin = Number.POSITIVE_INFINITY
  readonly #kindNumbers = new Map<string, number>()
  readonly #argNumbers = new Map<string, number>()
  /** Arrows that have begun, by their id. */
  readonly #begun = new Map<string, { time: number; row: RawRow }>()

  read(event: unknown): void {
    if (!isObject(event) || !this.#take(event)) this.ignored += 1
  }

  /** What has begun and not ended ends with the trace. */
  close(): void {
    for (const { row } of this.rows.ordered()) {
      for (const slice of row.open.splice(0)) slice.duration = Math.max(0, this.end - slice.start)
    }
  }

  /** False: it is not shown. */
  #take(event: Record<string, unknown>): boolean {
    if (event.ph === 'M') return this.rows.describe(event)
    const time = event.ts
    if (!isTime(time)) return false
    switch (event.ph) {
      case 'X':
        return this.#complete(event, time)
      case 'B':
        return this.#open(event, time)
      case 'E':
        return this.#close(event, time)
      case 's':
      case 't':
      case 'f':
        return this.#arrow(event, time, event.ph)
      case 'i':
      case 'I':
      case 'R':
        this.rows.of(event).marks.push({ time, kind: this.#kind(event) })
        this.#saw(time)
        return true
      default:
        return false
    }
  }

  #complete(event: Record<string, unknown>, start: number): boolean {
    const duration = event.dur ?? 0
    if (!isTime(duration) || duration < 0) return false
    this.#slice(event, start, duration)
    this.#saw(start + duration)
    return true
  }

  #open(event: Record<string, unknown>, start: number): boolean {
    this.rows.of(event).open.push(this.#slice(event, start, 0))
    return true
  }

  #close(event: Record<string, unknown>, end: number): boolean {
    const slice = this.rows.of(event).open.pop()
    if (slice === undefined) return false
    slice.duration = Math.max(0, end - slice.start)
    this.#saw(end)
    return true
  }

  #slice(event: Record<string, unknown>, start: number, duration: number): RawSlice {
    const slice = { start, duration, kind: this.#kind(event), args: this.#argsOf(event.args) }
    this.rows.of(event).slices.push(slice)
    this.#saw(start)
    return slice
  }

  /** From each end to the next. */
  #arrow(event: Record<string, unknown>, time: number, ph: 's' | 't' | 'f'): boolean {
    const key = `${event.cat ?? ''}\0${event.name ?? ''}\0${event.id ?? ''}`
    const row = this.rows.of(event)
    const before = this.#begun.get(key)
    if (ph !== 's') {
      if (before === undefined) return false
      const [from, to] = [Math.min(before.time, time), time]
      this.arrows.push({ from, to, fromRow: before.row, toRow: row, kind: this.#kind(event) })
    }
    if (ph === 'f') this.#begun.delete(key)
    else this.#begun.set(key, { time, row })
    this.#saw(time)
    return true
  }

  #kind({ name, cat }: Record<string, unknown>): number {
    const words = [name, cat].map((word) => String(word ?? '').slice(0, NAME_CHARACTERS))
    const [named = '', category = ''] = words
    const key = words.join('\0')
    let number = this.#kindNumbers.get(key)
    if (number === undefined) {
      number = this.kinds.length
      this.#kindNumbers.set(key, number)
      this.kinds.push({ name: named || '(no name)', category, count: 0, total: 0 })
    }
    return number
  }

  #argsOf(args: unknown): number {
    if (!isObject(args)) return 0
    const text = JSON.stringify(args).slice(0, ARGS_CHARACTERS)
    if (text === '{}') return 0
    let number = this.#argNumbers.get(text)
    if (number === undefined) {
      number = this.args.length
      this.#argNumbers.set(text, number)
      this.args.push(text)
    }
    return number
  }

  #saw(time: number): void {
    if (time > this.end) this.end = time
    if (time < this.begin) this.begin = time
  }
}
