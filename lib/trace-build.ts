/**
 * A trace out of its events: rows get their names, and time its order.
 */
import type { Trace, TraceEvent } from './trace.js'

/** What is known of all of it. */
type Facts = Pick<Trace['otherData'], 'threads' | 'duration' | 'lost'>

/**
 * `rows`: names, of `tid` 1 and on. One more that has events is JavaScript's, and comes first, but
 * for those of frames, which follow it by number.
 */
export function traceOf(
  scheduler: string,
  rows: readonly string[],
  events: TraceEvent[],
  facts: Facts,
): Trace {
  // Stable: at the same time, what encloses comes before what is in it, and slices before arrows.
  events.sort((a, b) => a.ts - b.ts)
  const names = [meta('process_name', 0, { name: scheduler })]
  const hasMine = events.some(({ tid }) => tid === rows.length + 1)
  for (const [i, name] of rows.entries()) {
    names.push(meta('thread_name', i + 1, { name }), sortIndex(i + 1, i + 1))
  }
  if (hasMine) {
    const tid = rows.length + 1
    names.push(meta('thread_name', tid, { name: 'JavaScript' }), sortIndex(tid, 0))
  }
  const last = events.reduce((most, { tid }) => Math.max(most, tid), 0)
  for (let tid = rows.length + 2; tid <= last; ++tid) {
    const name = `frames, ${tid - rows.length - 1}`
    names.push(meta('thread_name', tid, { name }), sortIndex(tid, tid - last - 1))
  }
  return {
    traceEvents: names.concat(events),
    displayTimeUnit: 'ns',
    otherData: { producer: 'heddle', scheduler, ...facts },
  }
}

function sortIndex(tid: number, index: number): TraceEvent {
  return meta('thread_sort_index', tid, { sort_index: index })
}

function meta(name: string, tid: number, args: TraceEvent['args']): TraceEvent {
  return { name, ph: 'M', pid: process.pid, tid, ts: 0, args: args ?? {} }
}
