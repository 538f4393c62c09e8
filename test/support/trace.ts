/** What Chrome's trace format asks of a trace. */
import type { Trace, TraceEvent } from '../../dist/index.js'

/** Microseconds are sums of others: they may differ in the last digit. */
const NEAR = 1e-4

/** The slices of a row. */
export function slicesOf({ traceEvents }: Trace, tid?: number): TraceEvent[] {
  return traceEvents.filter((event) => {
    return event.ph === 'X' && (tid === undefined || event.tid === tid)
  })
}

/** Both ends of each arrow of a category. */
export function arrowsOf({ traceEvents }: Trace, cat: string): [TraceEvent, TraceEvent][] {
  const begins = new Map<number | undefined, TraceEvent>()
  const arrows: [TraceEvent, TraceEvent][] = []
  for (const event of traceEvents) {
    if (event.cat !== cat) continue
    if (event.ph === 's') begins.set(event.id, event)
    if (event.ph === 'f') arrows.push([begins.get(event.id) as TraceEvent, event])
  }
  return arrows
}

/** The names of rows, by `tid`. */
export function rowsOf({ traceEvents }: Trace): Map<number, string> {
  const names = traceEvents.filter(({ ph, name }) => ph === 'M' && name === 'thread_name')
  return new Map(names.map(({ tid, args }) => [tid, String(args?.name)]))
}

/** What is wrong with a trace, one line each. */
export function faultsOf(trace: Trace): string[] {
  const faults: string[] = []
  const check = (is: boolean, what: string, event: TraceEvent) => {
    if (!is) faults.push(`${what}: ${JSON.stringify(event)}`)
  }
  const rows = rowsOf(trace)
  const last = new Map<number, number>()
  for (const event of trace.traceEvents) {
    const { ph, name, pid, tid, ts, dur, cat } = event
    check('XsfiM'.includes(ph) && typeof name === 'string' && name !== '', 'a kind', event)
    check(pid === process.pid && Number.isInteger(tid), 'a place', event)
    check(Number.isFinite(ts) && ts >= (last.get(tid) ?? 0), 'time goes on', event)
    last.set(tid, ts)
    if (ph === 'M') continue
    check(rows.has(tid), 'a row with a name', event)
    check(typeof cat === 'string', 'a category', event)
    if (ph === 'X') check(Number.isFinite(dur) && (dur as number) >= 0, 'a duration', event)
  }
  for (const tid of rows.keys()) faults.push(...nestingFaults(slicesOf(trace, tid)))
  return faults.concat(arrowFaults(trace))
}

/** Slices of a row lie within each other, or beside. */
function nestingFaults(slices: readonly TraceEvent[]): string[] {
  const faults: string[] = []
  const open: number[] = []
  for (const slice of slices) {
    const { ts, dur = 0 } = slice
    while (open.length > 0 && (open.at(-1) as number) <= ts + NEAR) open.pop()
    const limit = open.at(-1) ?? Number.POSITIVE_INFINITY
    if (ts + dur > limit + NEAR) faults.push(`it leaves what it is in: ${JSON.stringify(slice)}`)
    open.push(ts + dur)
  }
  return faults
}

/** Every arrow has two ends, the first not after the second, each within a slice. */
function arrowFaults(trace: Trace): string[] {
  const faults: string[] = []
  const ends = new Map<number, { s: number; f: number; begin: number; end: number }>()
  const rows = new Map([...rowsOf(trace).keys()].map((tid) => [tid, slicesOf(trace, tid)]))
  for (const event of trace.traceEvents) {
    const { ph, id = 0, ts, tid } = event
    if (ph !== 's' && ph !== 'f') continue
    const both = ends.get(id) ?? { s: 0, f: 0, begin: 0, end: 0 }
    both[ph] += 1
    both[ph === 's' ? 'begin' : 'end'] = ts
    ends.set(id, both)
    const isBound = rows.get(tid)?.some((slice) => {
      return slice.ts <= ts + NEAR && ts <= slice.ts + (slice.dur ?? 0) + NEAR
    })
    if (!isBound) faults.push(`an end that lies nowhere: ${JSON.stringify(event)}`)
    if (ph === 'f' && event.bp !== 'e') faults.push('an end is bound to the next slice')
  }
  for (const [id, { s, f, begin, end }] of ends) {
    if (s !== 1 || f !== 1 || begin > end) faults.push(`arrow ${id}: ${s} ${f} ${begin} ${end}`)
  }
  return faults
}
