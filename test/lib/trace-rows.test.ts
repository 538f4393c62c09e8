/** What becomes of what workers have recorded, event by event. */
import { expect, test } from 'vitest'

import { traceOf } from '../../dist/trace-build.js'
import { eventsOf, Kind, readRecorded } from '../../dist/trace-rows.js'
import { arrowsOf, faultsOf, slicesOf } from '../support/trace.js'

type Event = [time: number, kind: keyof typeof Kind, subject?: number, other?: number]

const NAMES = ['', 'operation', 'kernel', 'inner']

/** The trace of workers that have recorded this, in nanoseconds, up to the end. */
function traced(end: number, ...workers: { events: Event[]; lost?: number; runs?: boolean }[]) {
  const words = workers.flatMap(({ events, lost = 0, runs = false }) => {
    const all = events.flatMap(([time, kind, subject = 0, other = 0]) => {
      return [time, Kind[kind], subject, other]
    })
    return [events.length, lost, runs ? 1 : 0, ...all]
  })
  const recorded = readRecorded(Float64Array.from([5, 0, end, ...words]))
  const events = eventsOf(process.pid, recorded, NAMES, [])
  const rows = workers.map((_, i) => `loom/${i}`)
  return traceOf('loom', rows, events, { threads: rows.length, duration: end / 1e3, lost: 0 })
}

/** Name, begin and end of each slice of a row. */
function shown(trace: ReturnType<typeof traced>, tid = 1) {
  expect(faultsOf(trace)).toEqual([])
  return slicesOf(trace, tid).map(({ name, ts, dur = 0 }) => [name, ts, ts + dur])
}

test('a span that its fiber interrupts goes on when that does', () => {
  const trace = traced(9000, {
    events: [
      [1000, 'Run', 6, 2],
      [2000, 'SpanBegin', 0, 3],
      [3000, 'Suspend', 6],
      [5000, 'Run', 6, 2],
      [6000, 'SpanEnd'],
      [7000, 'End', 6],
    ],
  })
  expect(shown(trace)).toEqual([
    ['looking for work', 0, 1],
    ['kernel', 1, 3],
    ['inner', 2, 3],
    ['looking for work', 3, 5],
    ['kernel', 5, 7],
    ['inner', 5, 6],
    ['looking for work', 7, 9],
  ])
})

test('jobs on the worker itself have their names, and one that runs ends with the trace', () => {
  const events: Event[] = [
    [0, 'SpanBegin', 0, 1],
    [1000, 'SpanEnd'],
    [1000, 'SpanBegin', 0, 0],
  ]
  expect(shown(traced(2000, { events }))).toEqual([
    ['operation', 0, 1],
    ['job', 1, 2],
  ])
})

test('what a worker did before its first event follows from that', () => {
  const before = (...events: Event[]) => shown(traced(4000, { events }))[0]
  expect(before([1000, 'Wake'])).toEqual(['parked', 0, 1])
  expect(before([1000, 'Suspend', 3])).toEqual(['fiber', 0, 1])
  expect(before([500, 'Fork'], [1000, 'End', 3])).toEqual(['fiber', 0, 1])
  expect(before([1000, 'SpanEnd'])).toEqual(['job', 0, 1])
  expect(before([1000, 'Park'])).toEqual(['looking for work', 0, 1])
  expect(shown(traced(4000, { events: [] }))).toEqual([['parked', 0, 4]])
  expect(shown(traced(4000, { events: [], runs: true }))).toEqual([['fiber', 0, 4]])
})

test('an arrow goes from the victim to where the thief begins', () => {
  const trace = traced(
    4000,
    { events: [[0, 'Run', 0, 2]] },
    {
      events: [
        [1000, 'Steal', 0, 0],
        [1200, 'Run', 2, 2],
        [2000, 'End', 2],
      ],
    },
  )
  expect(faultsOf(trace)).toEqual([])
  const ends = arrowsOf(trace, 'steal').map((both) => both.map(({ tid, ts }) => [tid, ts]))
  expect(ends).toEqual([
    [
      [1, 1],
      [2, 1.2],
    ],
  ])
})

test('an arrow goes from who makes a fiber ready to where it goes on', () => {
  const trace = traced(
    4000,
    {
      events: [
        [0, 'Run', 4],
        [1000, 'Suspend', 4],
        [3000, 'Run', 4],
      ],
    },
    {
      events: [
        [0, 'Run', 2],
        [2000, 'Resume', 4],
      ],
    },
  )
  expect(faultsOf(trace)).toEqual([])
  const ends = arrowsOf(trace, 'resume').map((both) => both.map(({ tid, ts }) => [tid, ts]))
  expect(ends).toEqual([
    [
      [2, 2],
      [1, 3],
    ],
  ])
})

test('no arrow comes from where nothing is known any more', () => {
  const trace = traced(
    4000,
    { events: [[3000, 'Run', 0, 2]], lost: 7 },
    {
      events: [
        [1000, 'Steal', 0, 0],
        [1200, 'Run', 2, 2],
        [2000, 'Wake', 1500, 0],
      ],
    },
  )
  expect(faultsOf(trace)).toEqual([])
  expect(trace.traceEvents.filter(({ ph }) => ph === 's')).toEqual([])
})
