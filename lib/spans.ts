/**
 * What this thread has run for a scheduler, and when: its row in a trace.
 */

/** One job. */
export interface Span {
  readonly name: string
  /** Which one, in words. */
  readonly what: string
  /** 0: this thread's row. Above: those of frames, as many as overlap. */
  readonly row: number
  readonly begin: number
  /** NaN: it runs. */
  end: number
}

/** The last spans, by some clock. */
export class Spans {
  readonly #now: (isBegin: boolean) => number
  readonly #most: number
  #spans: Span[] = []
  #lost = 0
  /** Rows that have a frame. */
  readonly #frames = new Set<number>()

  /** Keeps `most`, and up to twice as many. The clock never goes back. */
  constructor(most: number, now: (isBegin: boolean) => number) {
    this.#most = most
    this.#now = now
  }

  /** In the order in which they began. */
  get all(): readonly Span[] {
    return this.#spans
  }

  /** How many there were before those. */
  get lost(): number {
    return this.#lost
  }

  /** How many there were in all. */
  get count(): number {
    return this.#lost + this.#spans.length
  }

  begin(name: string, what: string, row = 0): Span {
    const span = { name, what, row, begin: this.#now(true), end: Number.NaN }
    this.#spans.push(span)
    if (this.#spans.length === 2 * this.#most) {
      this.#spans = this.#spans.slice(this.#most)
      this.#lost += this.#most
    }
    return span
  }

  end(span: Span): void {
    span.end = this.#now(false)
  }

  /** A frame begins, in the first row that has none; what it gives ends it. */
  beginFrame(name: string, what: string): () => void {
    let row = 1
    while (this.#frames.has(row)) ++row
    this.#frames.add(row)
    const span = this.begin(name, what, row)
    return () => {
      this.end(span)
      this.#frames.delete(row)
    }
  }
}

/** Microseconds since a time of the monotonic clock that native code uses, too. */
export function clockSince(seconds: number, nanoseconds: number): () => number {
  const origin: [number, number] = [seconds, nanoseconds]
  return () => {
    const [s, ns] = process.hrtime(origin)
    return s * 1e6 + ns / 1e3
  }
}

/** Counts what has begun: what runs within something lies within it. */
export function steps(): (isBegin: boolean) => number {
  let count = 0
  return (isBegin) => (isBegin ? count++ : count)
}
