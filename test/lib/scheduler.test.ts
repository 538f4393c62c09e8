/** Schedulers: their options, their life, what they say of themselves. */
import { availableParallelism } from 'node:os'

import { afterEach, describe, expect, test } from 'vitest'

import { Async, Scheduler, type SchedulerOptions, ScopedScheduler } from '../../dist/index.js'

const made: Scheduler[] = []

function make(options?: number | SchedulerOptions): Scheduler {
  const scheduler = new Scheduler(options)
  made.push(scheduler)
  return scheduler
}

afterEach(() => {
  for (const scheduler of made.splice(0)) scheduler[Symbol.dispose]()
})

function compute(scheduler: Scheduler): number {
  const scope = new ScopedScheduler(scheduler)
  try {
    return new Async(1).add(2).getWait()
  } finally {
    scope[Symbol.dispose]()
  }
}

describe('new Scheduler', () => {
  test('takes a number of threads', () => {
    expect(make(3).threads).toBe(3)
    expect(make(3).stats().workers).toHaveLength(3)
  })

  test('has one thread for each core by default', () => {
    expect(make().threads).toBe(availableParallelism())
    expect(make({}).threads).toBe(availableParallelism())
    expect(make({ threads: undefined }).threads).toBe(availableParallelism())
  })

  const LIMITS: [keyof SchedulerOptions, low: number, high: number][] = [
    ['threads', 1, 1024],
    ['stackSize', 16 * 1024, 64 * 1024 * 1024],
    ['taskCapacity', 1, 2 ** 20],
    ['maxFibers', 1, 2 ** 20],
  ]

  describe.each(LIMITS)('%s', (name, low, high) => {
    test.each([low - 1, high + 1, low + 0.5, Number.NaN, Number.POSITIVE_INFINITY, -low])(
      'refuses %s',
      (value) => {
        const refusal = expect.objectContaining({
          name: 'RangeError',
          code: 'ERR_OUT_OF_RANGE',
          message: `options.${name} must be an integer from ${low} to ${high}, got ${value}`,
        })
        expect(() => make({ [name]: value })).toThrow(refusal)
      },
    )

    test.each(['4', null, true, 4n, {}, [4]])('refuses %o, which is no number', (value) => {
      const refusal = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_TYPE' })
      expect(() => make({ [name]: value })).toThrow(refusal)
    })

    test('takes its lowest value', () => {
      expect(compute(make({ threads: 2, [name]: low }))).toBe(3)
    })
  })

  test.each([0, 1.5, -1, 1025, Number.NaN])('refuses %s threads', (threads) => {
    expect(() => make(threads)).toThrow(expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' }))
  })

  test.each(['4', null, true, 4n, () => 4])('refuses %o for its options', (options) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => make(options as unknown as number)).toThrow(refusal)
  })

  test.each([
    [{ io: 'iouring' }, 'ERR_INVALID_ARG_VALUE'],
    [{ io: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ pin: 1 }, 'ERR_INVALID_ARG_TYPE'],
    [{ name: 7 }, 'ERR_INVALID_ARG_TYPE'],
    [{ name: '' }, 'ERR_INVALID_ARG_VALUE'],
    [{ name: 'a\0b' }, 'ERR_INVALID_ARG_VALUE'],
  ])('refuses %o', (options, code) => {
    expect(() => make(options as SchedulerOptions)).toThrow(expect.objectContaining({ code }))
  })

  test('takes all of its options at once', () => {
    const scheduler = make({
      threads: 2,
      stackSize: 100_000,
      taskCapacity: 7,
      maxFibers: 3,
      io: 'threads',
      pin: true,
      name: 'a name that is longer than the fifteen bytes a thread may have',
    })
    expect(compute(scheduler)).toBe(3)
    expect(scheduler.name).toMatch(/^a name/)
    expect(scheduler.io.backend).toBe('threads')
  })

  test('works with more threads than there are cores', () => {
    expect(compute(make(64))).toBe(3)
  })

  test('can be one of many', () => {
    const schedulers = Array.from({ length: 20 }, () => make(2))
    expect(schedulers.map(compute)).toEqual(schedulers.map(() => 3))
  })
})

describe('a disposed scheduler', () => {
  const closed = expect.objectContaining({
    name: 'SchedulerClosedError',
    code: 'ERR_HEDDLE_CLOSED',
    message: "the scheduler 'gone' was disposed",
  })

  function makeClosed(): Scheduler {
    const scheduler = make({ threads: 1, name: 'gone' })
    scheduler[Symbol.dispose]()
    return scheduler
  }

  test.each([
    ['stats', (s: Scheduler) => s.stats()],
    ['runAll', (s: Scheduler) => s.runAll()],
    ['io.backend', (s: Scheduler) => s.io.backend],
    ['io.reason', (s: Scheduler) => s.io.reason],
    ['io.readFile', (s: Scheduler) => s.io.readFile('/etc/passwd')],
    ['io.digest', (s: Scheduler) => s.io.digest(['/etc/passwd'])],
    ['an operator', (s: Scheduler) => compute(s)],
  ])('throws SchedulerClosedError from %s', (_, use) => {
    expect(() => use(makeClosed())).toThrow(closed)
  })

  test('rejects drain()', async () => {
    await expect(makeClosed().drain()).rejects.toEqual(closed)
  })

  test('can be disposed again, in both ways', async () => {
    const scheduler = makeClosed()
    scheduler[Symbol.dispose]()
    await scheduler[Symbol.asyncDispose]()
  })

  test('has finished what could be computed', () => {
    const scheduler = make(2)
    const scope = new ScopedScheduler(scheduler)
    let chain = new Async(0)
    for (let i = 0; i < 10_000; ++i) chain = chain.add(1)
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
    expect(chain.getWait()).toBe(10_000)
  })
})

describe('asyncDispose', () => {
  test('waits for all of the work, and takes no more', async () => {
    const scheduler = make(2)
    const reading = scheduler.io.readFile(process.execPath)
    const disposing = scheduler[Symbol.asyncDispose]()
    expect(() => scheduler.stats()).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }))
    await Promise.all([disposing, scheduler[Symbol.asyncDispose]()])
    expect(reading.ready).toBe(true)
    expect(reading.getWait().length).toBeGreaterThan(1_000_000)
  })

  test('may be overtaken by dispose', async () => {
    const scheduler = make(1)
    const disposing = scheduler[Symbol.asyncDispose]()
    scheduler[Symbol.dispose]()
    await disposing
  })
})

describe('drain and runAll', () => {
  test('drain resolves when everything that was asked for is there', async () => {
    const scheduler = make(2)
    const scope = new ScopedScheduler(scheduler)
    const values = Array.from({ length: 1000 }, (_, i) => new Async(i).mul(2))
    scope[Symbol.dispose]()
    await scheduler.drain()
    expect(values.every((value) => value.ready)).toBe(true)
  })

  test('runAll blocks until then', () => {
    const scheduler = make(2)
    const reading = scheduler.io.readFile(process.execPath)
    scheduler.runAll()
    expect(reading.ready).toBe(true)
  })

  test('both return at once when there is nothing', async () => {
    const scheduler = make(1)
    scheduler.runAll()
    await scheduler.drain()
  })
})

describe('stats', () => {
  test('counts what was run, by worker', async () => {
    const scheduler = make(2)
    const scope = new ScopedScheduler(scheduler)
    const values = Array.from({ length: 100 }, (_, i) => new Async(i).add(1))
    scope[Symbol.dispose]()
    await Promise.all(values)
    await scheduler.io.readFile('/proc/self/status')
    const stats = scheduler.stats()
    const sum = stats.workers.reduce((total, worker) => total + worker.tasks, 0)
    // The additions were computed as they were recorded, by no worker.
    expect(sum).toBeGreaterThanOrEqual(1)
    expect(stats.tasks).toBe(sum + 100)
    expect(stats.io.submitted + stats.io.inline).toBeGreaterThan(0)
    expect(stats.io.inFlight).toBe(0)
  })

  test('says how much of its stacks was used', async () => {
    const scheduler = make(2)
    await scheduler.io.readFile('/proc/self/status')
    const { highWater, fibersMax } = scheduler.stats()
    expect(fibersMax).toBeGreaterThan(0)
    expect(highWater.stackBytes).toBeGreaterThan(0)
    expect(highWater.stackBytes).toBeLessThanOrEqual(64 * 1024)
    expect(highWater.tasks).toBeLessThan(4096)
  })
})
