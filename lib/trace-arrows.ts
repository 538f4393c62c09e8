/**
 * The arrows of a trace: who has robbed whom, who has woken a worker, who has resumed a fiber.
 */
import type { TraceEvent } from './trace.js'

/** As `native/sched/sleepers.h` has them: who has woken a worker and is none. */
const TRACING = 0xffff_fffe

type Category = 'steal' | 'wake' | 'resume'

interface End {
  readonly tid: number
  /** In nanoseconds. */
  readonly time: number
}

/** What happened to one fiber: it was made ready, or ran. */
interface Turn {
  readonly time: number
  readonly worker: number
  readonly isRun: boolean
}

/** Collects them while rows are read, one after the other. */
export class Arrows {
  /** Where the thread that traces has run something, in microseconds, in order. */
  callers: readonly (readonly [begin: number, end: number])[] = []
  /** What is to be there for arrows that come from where nothing was recorded. */
  readonly marks: TraceEvent[] = []
  readonly #pid: number
  readonly #begins: readonly number[]
  readonly #events: TraceEvent[] = []
  /** What was stolen and has not begun, by the thief. */
  readonly #carried = new Map<number, { time: number; victim: number }>()
  readonly #turns = new Map<number, Turn[]>()
  #ids = 0

  /** `begins`: from when each worker's row is known. */
  constructor(pid: number, begins: readonly number[]) {
    this.#pid = pid
    this.#begins = begins
  }

  /** `isInside`: the thief runs it on top of what it is in. */
  steal(time: number, victim: number, thief: number, isInside: boolean): void {
    this.#carried.delete(thief)
    if (isInside) this.#stolen(time, victim, thief, time)
    else this.#carried.set(thief, { time, victim })
  }

  /** What the worker has stolen begins. */
  landed(time: number, worker: number): void {
    const carried = this.#carried.get(worker)
    if (carried === undefined) return
    this.#carried.delete(worker)
    this.#stolen(carried.time, carried.victim, worker, time)
  }

  /** It sleeps: what it had stolen it has given away. */
  parked(worker: number): void {
    this.#carried.delete(worker)
  }

  resume(time: number, fiber: number, worker: number): void {
    this.#turn(fiber, { time, worker, isRun: false })
  }

  ran(time: number, fiber: number, worker: number): void {
    this.landed(time, worker)
    this.#turn(fiber, { time, worker, isRun: true })
  }

  /** `since`: when the token was left, or 0. */
  wake(since: number, time: number, by: number, worker: number): void {
    if (since === 0) return
    const to = { tid: worker + 1, time }
    if (by < this.#begins.length) {
      if (by !== worker && since >= (this.#begins[by] as number)) {
        this.#draw('wake', { tid: by + 1, time: since }, to)
      }
    } else if (by === TRACING) {
      const tid = this.#begins.length + 1
      if (!this.#isInCaller(since / 1e3)) this.marks.push(this.#mark(tid, since))
      this.#draw('wake', { tid, time: since }, to)
    }
  }

  /** All of them. Once every row was read. */
  drawn(): TraceEvent[] {
    for (const turns of this.#turns.values()) {
      turns.sort((a, b) => a.time - b.time)
      let ready: Turn | undefined
      for (const turn of turns) {
        if (!turn.isRun) {
          ready = turn
        } else if (ready !== undefined) {
          const from = { tid: ready.worker + 1, time: ready.time }
          this.#draw('resume', from, { tid: turn.worker + 1, time: turn.time })
          ready = undefined
        }
      }
    }
    return this.#events
  }

  #turn(fiber: number, turn: Turn): void {
    const turns = this.#turns.get(fiber)
    if (turns === undefined) this.#turns.set(fiber, [turn])
    else turns.push(turn)
  }

  #stolen(time: number, victim: number, thief: number, begun: number): void {
    if (victim === thief || time < (this.#begins[victim] ?? Infinity)) return
    this.#draw('steal', { tid: victim + 1, time }, { tid: thief + 1, time: begun })
  }

  #draw(name: Category, from: End, to: End): void {
    const both = { name, cat: name, pid: this.#pid, id: ++this.#ids }
    const begun = Math.min(from.time, to.time) / 1e3
    this.#events.push(
      { ...both, ph: 's', tid: from.tid, ts: begun },
      { ...both, ph: 'f', bp: 'e', tid: to.tid, ts: to.time / 1e3 },
    )
  }

  #mark(tid: number, time: number): TraceEvent {
    return { name: 'wake', ph: 'X', cat: 'wake', pid: this.#pid, tid, ts: time / 1e3, dur: 0 }
  }

  /** True if a slice of the tracing thread encloses that time. */
  #isInCaller(time: number): boolean {
    let [low, high] = [0, this.callers.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.callers[middle]?.[0] as number) <= time) low = middle + 1
      else high = middle
    }
    // Those before it that are nested end earlier: look at a few.
    for (let i = low - 1; i >= 0 && i >= low - 8; --i) {
      if ((this.callers[i]?.[1] as number) >= time) return true
    }
    return false
  }
}
