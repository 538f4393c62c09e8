/**
 * One run over all files with one engine, measured.
 */
import type { Files, Listener } from './batch.js'
import type { Engine } from './engine.js'
import { Failing } from './failing.js'
import type { Failure } from './failure.js'
import type { ByteString } from './names.js'
import { digestAll } from './pipeline.js'
import type { Report } from './report.js'
import type { Group } from './walk.js'

/** Counts files. {@link Totals} is one. */
export interface Counter {
  add(files: number, bytes: number): void
}

/** How far a run is. Whoever shows it reads it when it likes. */
export interface State {
  /** Files that the walk has come upon, and whether that is all. */
  found: number
  isWalked: boolean
  /** Those that are done, and those among them that have no checksum. */
  done: number
  failed: number
}

export interface Times {
  readonly seconds: number
  /** Of all threads of this process. */
  readonly cpuSeconds: number
}

const US_PER_S = 1e6
const NS_PER_S = 1e9

/** Digests all files and reports them in their order. `state` is kept up to date meanwhile. */
export async function run(
  groups: Iterable<Group>,
  engine: Engine,
  report: Report,
  counter: Counter,
  state: State,
): Promise<Times> {
  const clock = startClock()
  const cpuStart = process.cpuUsage()
  const teller = new Teller(report, counter, state)
  await Promise.race([teller.failure.promise, digestAll(watched(groups, state), engine, teller)])
  teller.flush()
  const cpu = process.cpuUsage(cpuStart)
  return {
    seconds: clock(),
    cpuSeconds: (cpu.user + cpu.system) / US_PER_S,
  }
}

/** Counts what is found, and reports it; the output is flushed once after each burst of results. */
class Teller implements Listener {
  /** Comes when the output cannot be written. */
  readonly failure = new Failing()
  readonly #report: Report
  readonly #counter: Counter
  readonly #state: State
  readonly #flush = () => this.failure.catch(() => this.flush())
  #isPending = false

  constructor(report: Report, counter: Counter, state: State) {
    this.#report = report
    this.#counter = counter
    this.#state = state
  }

  found(files: Files, first: number, end: number): void {
    let bytes = 0
    for (let index = first; index < end; ++index) bytes += files.sizes[index] as number
    this.#state.done += end - first
    this.#counter.add(end - first, bytes)
    this.#report.found(files, first, end)
    this.#flushSoon()
  }

  failed(path: ByteString, failure: Failure): void {
    ++this.#state.done
    ++this.#state.failed
    this.#report.failed(path, failure)
    this.#flushSoon()
  }

  flush(): void {
    this.#isPending = false
    this.#report.flush()
  }

  #flushSoon(): void {
    if (this.#isPending) return
    this.#isPending = true
    setImmediate(this.#flush)
  }
}

/** Returns a function that returns the seconds since now. */
export function startClock(): () => number {
  // Not performance.now(): it takes Node 4 ms to load what that is part of.
  const start = process.hrtime.bigint()
  return () => Number(process.hrtime.bigint() - start) / NS_PER_S
}

export function initialState(): State {
  return { found: 0, isWalked: false, done: 0, failed: 0 }
}

function* watched(groups: Iterable<Group>, state: State): Generator<Group, void, undefined> {
  for (const group of groups) {
    state.found += group.paths.length
    yield group
  }
  state.isWalked = true
}
