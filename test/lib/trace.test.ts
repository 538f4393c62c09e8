/** `scheduler.trace`: what ran where and when, in Chrome's trace format. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Async, DebugScheduler, Scheduler, ScopedScheduler, sleep } from '../../dist/index.js'
import { arrowsOf, faultsOf, rowsOf, slicesOf } from '../support/trace.js'

const random = (length: number) => new Async(Float64Array.from({ length }, Math.random))

describe('on threads', () => {
  let scheduler: Scheduler
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 4, name: 'loom' })
    scope = new ScopedScheduler(scheduler)
  })

  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  test('is a trace that Chrome takes, with a row a worker', async () => {
    scheduler.trace({ start: true })
    await random(200_000).sort()
    scheduler.scheduleWith({ name: 'napping' }, function* () {
      yield* sleep(1)
    })
    await scheduler.drain()
    const trace = scheduler.trace({ stop: true })
    expect(faultsOf(trace)).toEqual([])
    expect(trace.displayTimeUnit).toBe('ns')
    const facts = { producer: 'heddle', scheduler: 'loom', threads: 4, lost: 0 }
    expect(trace.otherData).toEqual({ ...facts, duration: expect.any(Number) })
    const rows = [1, 2, 3, 4].map((i) => [i, `loom/${i - 1}`] as const)
    expect([...rowsOf(trace)]).toEqual([...rows, [5, 'JavaScript']])
    const { duration } = trace.otherData
    for (const { ts, dur = 0 } of slicesOf(trace)) {
      expect(ts + dur).toBeLessThanOrEqual(duration + 1e-3)
    }
    expect(JSON.parse(JSON.stringify(trace))).toEqual(trace)
  })

  test('a row has no gaps', async () => {
    scheduler.trace({ start: true })
    await random(200_000).sort()
    const trace = scheduler.trace({ stop: true })
    for (const tid of [1, 2, 3, 4]) {
      let end = 0
      for (const { ts, dur = 0 } of slicesOf(trace, tid)) {
        expect(ts).toBeLessThanOrEqual(end + 1e-3)
        end = Math.max(end, ts + dur)
      }
      expect(end).toBeCloseTo(trace.otherData.duration, 1)
    }
  })

  test('what is computed has its name, also where it was stolen', async () => {
    const values = random(500_000)
    scheduler.trace({ start: true })
    for (let stolen = 0; stolen === 0; ) {
      await values.sort()
      await values.mul(2).add(values).sum()
      const trace = scheduler.trace()
      const names = new Set(slicesOf(trace).map(({ name }) => name))
      expect([...names]).toEqual(expect.arrayContaining(['sort', 'mul', 'add', 'sum']))
      const steals = arrowsOf(trace, 'steal')
      for (const [from, to] of steals) expect(from.tid).not.toBe(to.tid)
      const thieves = steals.filter(([, to]) => {
        return slicesOf(trace, to.tid).some(({ ts, name }) => ts === to.ts && name === 'sort')
      })
      stolen = thieves.length
    }
  })

  test('who sleeps is parked, and woken by somebody', async () => {
    scheduler.trace({ start: true })
    const isWoken = () => arrowsOf(scheduler.trace(), 'wake').some(([{ tid }]) => tid === 5)
    while (!isWoken()) {
      await random(100_000).sort()
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const trace = scheduler.trace({ stop: true })
    expect(faultsOf(trace)).toEqual([])
    const parked = slicesOf(trace).filter(({ cat }) => cat === 'parked')
    expect(parked.length).toBeGreaterThan(0)
    for (const { name, cname } of parked) {
      expect({ name, cname }).toEqual({ name: 'parked', cname: 'thread_state_sleeping' })
    }
  })

  test('tasks of this thread have a row of their own, with what they have run nested', () => {
    const values = random(1000)
    scheduler.trace({ start: true })
    const inner = () => values.sum().getWait()
    scheduler.scheduleWith({ name: 'outer' }, () => {
      const made = new Async<number>()
      scheduler.scheduleWith(
        { name: 'inner' },
        (output) => {
          output.set(inner())
        },
        made.write(),
      )
      made.getWait()
    })
    scheduler.runAll()
    const trace = scheduler.trace({ stop: true })
    expect(faultsOf(trace)).toEqual([])
    const mine = slicesOf(trace, 5).filter(({ cat }) => cat === 'task')
    expect(mine.map(({ name }) => name)).toEqual(['outer', 'inner'])
    expect(mine[0]?.args?.what).toMatch(/^task \d+ 'outer'$/)
    const [outer, nested] = mine.map(({ ts, dur = 0 }) => [ts, ts + dur] as const)
    expect(outer?.[1]).toBeGreaterThanOrEqual(nested?.[1] as number)
  })

  test('looks do not end it, stopping does, and starting forgets', async () => {
    expect(scheduler.trace().traceEvents.every(({ ph }) => ph === 'M')).toBe(true)
    expect(scheduler.trace({ start: true })).toBeUndefined()
    const named = (name: string) => slicesOf(scheduler.trace()).some((each) => each.name === name)
    scheduler.scheduleWith({ name: 'first' }, () => {})
    scheduler.runAll()
    expect(named('first')).toBe(true)
    scheduler.scheduleWith({ name: 'second' }, () => {})
    scheduler.runAll()
    expect(named('second')).toBe(true)
    const { traceEvents } = scheduler.trace({ stop: true })
    scheduler.scheduleWith({ name: 'third' }, () => {})
    await random(1000).sort()
    scheduler.runAll()
    expect(scheduler.trace({ stop: true }).traceEvents).toEqual(traceEvents)
    scheduler.trace({ start: true })
    expect(named('first')).toBe(false)
  })

  test('of more than is to be kept, the last is, and is still a trace', async () => {
    scheduler.trace({ start: true, events: 16 })
    for (let i = 0; i < 300; ++i) scheduler.schedule(() => {})
    for (let i = 0; i < 20 || scheduler.trace().otherData.lost === 0; ++i) {
      await random(100_000).sort()
    }
    const trace = scheduler.trace({ stop: true })
    expect(trace.otherData.lost).toBeGreaterThan(0)
    expect(faultsOf(trace)).toEqual([])
  })

  test('one that was disposed has none', () => {
    const gone = new Scheduler(1)
    gone[Symbol.dispose]()
    expect(() => gone.trace()).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }))
  })

  test('who has attached sees the same workers', async () => {
    using attached = Scheduler.attach(scheduler.handle)
    attached.trace({ start: true })
    await random(100_000).sort()
    const trace = attached.trace({ stop: true })
    expect(faultsOf(trace)).toEqual([])
    expect(slicesOf(trace).some(({ name }) => name === 'sort')).toBe(true)
  })
})

describe('on a DebugScheduler', () => {
  test('is one row of steps', () => {
    using scheduler = new DebugScheduler({ seed: 7 })
    for (const name of ['a', 'b', 'c']) scheduler.scheduleWith({ name }, () => {})
    scheduler.runAll()
    const trace = scheduler.trace()
    expect(faultsOf(trace)).toEqual([])
    expect([...rowsOf(trace)]).toEqual([[1, scheduler.name]])
    const steps = slicesOf(trace).map(({ name, ts, dur }) => ({ name, ts, dur }))
    expect(steps.map(({ ts, dur }) => [ts, dur])).toEqual([0, 1, 2].map((i) => [i, 1]))
    const order = scheduler.history.map((what) => what.replace(/^task \d+ '(.)'$/, '$1'))
    expect(steps.map(({ name }) => name)).toEqual(order)
    expect(trace.otherData).toMatchObject({ threads: 0, duration: 3, lost: 0 })
  })

  test('what runs within a step lies within it', () => {
    using scheduler = new DebugScheduler()
    const made = new Async<number>()
    scheduler.scheduleWith({ name: 'outer' }, () => {
      scheduler.scheduleWith({ name: 'inner' }, (output) => void output.set(1), made.write())
      made.getWait()
    })
    scheduler.runAll()
    const trace = scheduler.trace()
    expect(faultsOf(trace)).toEqual([])
    const [outer, inner] = slicesOf(trace)
    expect(outer).toMatchObject({ name: 'outer', ts: 0 })
    expect(inner).toMatchObject({ name: 'inner', ts: 1 })
    expect(outer?.dur).toBeGreaterThanOrEqual(2)
  })

  test('start forgets, stop ends it, and events is how many are kept', () => {
    using scheduler = new DebugScheduler()
    const runSome = (...names: string[]) => {
      for (const name of names) scheduler.scheduleWith({ name }, () => {})
      scheduler.runAll()
    }
    const names = () => slicesOf(scheduler.trace()).map(({ name }) => name)
    runSome('before')
    scheduler.trace({ start: true, events: 2 })
    runSome('a', 'b', 'c')
    expect(names()).toEqual(['b', 'c'])
    expect(scheduler.trace({ stop: true }).otherData.lost).toBe(1)
    runSome('after')
    expect(names()).toEqual(['b', 'c'])
    expect(faultsOf(scheduler.trace())).toEqual([])
    expect(scheduler.history).toHaveLength(5)
  })
})

describe('nonsense', () => {
  test.each<[unknown, string]>([
    [null, 'ERR_INVALID_ARG_TYPE'],
    ['start', 'ERR_INVALID_ARG_TYPE'],
    [{ start: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ stop: 'yes' }, 'ERR_INVALID_ARG_TYPE'],
    [{ start: true, stop: true }, 'ERR_INVALID_ARG_VALUE'],
    [{ events: 10 }, 'ERR_INVALID_ARG_VALUE'],
    [{ stop: true, events: 10 }, 'ERR_INVALID_ARG_VALUE'],
    [{ start: true, events: '10' }, 'ERR_INVALID_ARG_TYPE'],
    [{ start: true, events: 0 }, 'ERR_OUT_OF_RANGE'],
    [{ start: true, events: 1.5 }, 'ERR_OUT_OF_RANGE'],
    [{ start: true, events: 2 ** 22 + 1 }, 'ERR_OUT_OF_RANGE'],
  ])('%j is refused with %s', (options, code) => {
    for (const scheduler of [new Scheduler(1), new DebugScheduler()]) {
      expect(() => scheduler.trace(options as never)).toThrow(expect.objectContaining({ code }))
      scheduler[Symbol.dispose]()
    }
  })
})
