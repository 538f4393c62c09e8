/** Calls of kernels as users of worker pools know them. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  type CallEvent,
  type KernelContext,
  KernelError,
  kernel,
  QueueFullError,
  Scheduler,
} from '../../dist/index.js'
import { runProgram } from '../support/program.js'

const spin = kernel(function spin(t: KernelContext, milliseconds: number) {
  const end = performance.now() + milliseconds
  while (performance.now() < end && !t.signal.aborted);
  return t.signal.aborted
})

describe('a call', () => {
  let scheduler: Scheduler

  beforeEach(async () => {
    scheduler = new Scheduler(2)
    await scheduler.ready()
  })

  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  test('may run so long from its beginning, and not from its call', async () => {
    const first = [scheduler.call(spin, [300]), scheduler.call(spin, [300])]
    const behind = scheduler.call(spin, [1], { timeout: 200 })
    expect(await behind).toBe(false)
    expect(await Promise.all(first)).toEqual([false, false])
  })

  test('fails when the time is up; the kernel is told and not killed', async () => {
    const late = scheduler.call(spin, [1e6], { timeout: 20 })
    await expect(late.get()).rejects.toMatchObject({
      code: 'ERR_HEDDLE_TIMEOUT',
      message: expect.stringContaining("'spin'"),
    })
    expect(await scheduler.call(spin, [0])).toBe(false)
  })

  test('follows a signal before it begins, and while it runs', async () => {
    const before = AbortSignal.abort(new Error('never mind'))
    const failure = { code: 'ABORT_ERR', cause: { message: 'never mind' } }
    await expect(scheduler.call(spin, [1], { signal: before }).get()).rejects.toMatchObject(failure)
    const controller = new AbortController()
    const running = scheduler.call(spin, [1e6], { signal: controller.signal }).get()
    const waiting = Array.from({ length: 5 }, () =>
      scheduler.call(spin, [1e6], { signal: controller.signal }).get(),
    )
    await scheduler.io.timeout(20)
    controller.abort(new Error('never mind'))
    for (const each of [running, ...waiting]) await expect(each).rejects.toMatchObject(failure)
  })

  test('tells its progress, in order and before its result', async () => {
    const told: unknown[] = []
    const counts = kernel((t, n: number) => {
      for (let i = 0; i < n; ++i) t.progress({ i })
      return n
    })
    expect(await scheduler.call(counts, [3], { onProgress: (value) => told.push(value) })).toBe(3)
    expect(told).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }])
  })

  test('keeps the AsyncLocalStorage of its caller', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen: unknown[] = []
    const tells = kernel((t) => t.progress(1))
    await storage.run('mine', async () => {
      await scheduler.call(tells, [], { onProgress: () => seen.push(storage.getStore()) })
      seen.push(storage.getStore())
    })
    expect(seen).toEqual(['mine', 'mine'])
  })

  test('takes buffers away', async () => {
    const buffer = Uint8Array.of(1, 2, 3).buffer
    const sum = kernel((_, b: ArrayBuffer) => new Uint8Array(b).reduce((x, y) => x + y))
    expect(await scheduler.call(sum, [buffer], { transfer: [buffer] })).toBe(6)
    expect(buffer.byteLength).toBe(0)
    const code = 'ERR_INVALID_ARG_VALUE'
    expect(() => scheduler.call(sum, [buffer], { transfer: [buffer] })).toThrow(
      expect.objectContaining({ code }),
    )
  })

  test('refuses what is none', () => {
    const type = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    const value = expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })
    const range = expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' })
    expect(() => scheduler.call((() => {}) as never, [])).toThrow(type)
    expect(() => scheduler.call(spin, 5 as never)).toThrow(type)
    expect(() => scheduler.call(spin, [(() => {}) as never])).toThrow(value)
    expect(() => scheduler.call(spin, [1], { lane: 'fast' as never })).toThrow(value)
    expect(() => scheduler.call(spin, [1], { timeout: -1 })).toThrow(range)
    expect(() => scheduler.call(spin, [1], { onProgress: 1 as never })).toThrow(type)
    expect(() => scheduler.call(spin, [1], { transfer: [1 as never] })).toThrow(type)
  })

  test.each(['awaited', 'blocked for'])('is told to who watches: %s', async (how) => {
    const events: [string, string, unknown][] = []
    const names = ['queued', 'started', 'settled'] as const
    const watchers = names.map((name) => (message: unknown) => {
      const { kernel, error } = message as CallEvent
      events.push([name, kernel, (error as KernelError | undefined)?.message])
    })
    for (const [i, name] of names.entries()) subscribe(`heddle.call.${name}`, watchers[i] as never)
    const bad = kernel(function bad() {
      throw new Error('no')
    })
    const called = scheduler.call(bad, [])
    if (how === 'awaited') await expect(called.get()).rejects.toThrow(KernelError)
    else expect(() => called.getWait()).toThrow(KernelError)
    for (const [i, name] of names.entries()) {
      unsubscribe(`heddle.call.${name}`, watchers[i] as never)
    }
    expect(events).toEqual([
      ['queued', 'bad', undefined],
      ['started', 'bad', undefined],
      ['settled', 'bad', "the kernel 'bad' threw: no"],
    ])
  })

  test('is in time if it was, though this thread was held up meanwhile', async () => {
    const holdUp = () => {
      const begin = performance.now()
      while (performance.now() - begin < 300);
    }
    const begins = () => setImmediate(holdUp)
    subscribe('heddle.call.started', begins)
    try {
      await scheduler.call(spin, [20], { timeout: 150 })
    } finally {
      unsubscribe('heddle.call.started', begins)
    }
  })

  test('is counted by how long it waited and ran', async () => {
    scheduler.resetCallTimes()
    await Promise.all([1, 2, 3, 4].map(() => scheduler.call(spin, [5])))
    const { waiting, wait, run } = scheduler.callTimes()
    expect(waiting).toBe(0)
    expect([wait.count, run.count]).toEqual([4, 4])
    expect(run.p50).toBeGreaterThanOrEqual(4)
    expect(run.max).toBeGreaterThanOrEqual(run.p50)
    expect(wait.max).toBeGreaterThanOrEqual(wait.mean)
    scheduler.resetCallTimes()
    expect(scheduler.callTimes().run).toMatchObject({ count: 0, mean: 0, max: 0, p50: 0 })
  })
})

test('a queue that is full takes no more, and loses nothing', async () => {
  using scheduler = new Scheduler({ threads: 1, maxQueue: 3 })
  const results: PromiseLike<unknown>[] = []
  expect(() => {
    for (;;) results.push(scheduler.call(spin, [5]))
  }).toThrow(QueueFullError)
  expect(results.length).toBeGreaterThanOrEqual(3)
  expect(await Promise.all(results)).toEqual(results.map(() => false))
  expect(await scheduler.call(spin, [0])).toBe(false)
})

test('close waits for what was asked for, destroy does not', async () => {
  const closing = new Scheduler(2)
  const results = [1, 2, 3].map(() => closing.call(spin, [20]).get())
  await closing.close()
  expect(await Promise.all(results)).toEqual([false, false, false])
  await closing.close()
  const destroyed = new Scheduler(2)
  const result = destroyed.call(spin, [1e6]).get()
  await destroyed.ready()
  await destroyed.destroy()
  await expect(result).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' })
  const late = new Scheduler(2)
  const stuck = kernel(function stuck() {
    for (;;);
  })
  const never = late.call(stuck, []).get()
  await late.ready()
  await Promise.all([late.close({ timeout: 50 }), expect(never).rejects.toThrow()])
})

test('a failure that nobody asks for is an unhandled rejection', () => {
  const { stdout } = runProgram(`
    import { kernel, Scheduler } from 'heddle'
    const waits = setInterval(() => {}, 1000) // Else the process would end.
    let left = 5
    process.on('unhandledRejection', (error) => {
      console.log('unhandled', error.message)
      if (--left > 0) return
      clearInterval(waits)
      scheduler.drain().then(() => scheduler[Symbol.dispose]())
    })
    const scheduler = new Scheduler(2)
    scheduler.dispatch(kernel(function lost() { throw new Error('lost') }), 1)
    const seen = kernel(function seen() { throw new Error('seen') })
    scheduler.call(seen, []).get().catch((error) => console.log('handled', error.message))
    const bad = (name) => {
      const text = 'return function ' + name + '() { throw new Error("' + name + '") }'
      return kernel(new Function(text)())
    }
    const { signal } = new AbortController()
    scheduler.call(bad('timed'), [], { timeout: 60_000 })
    scheduler.call(bad('signalled'), [], { signal })
    scheduler.dispatch(bad('watched'), 1, undefined, { onProgress() {} })
    scheduler.call(bad('caught'), [], { signal }).get().catch(() => console.log('handled caught'))
    const aborted = AbortSignal.timeout(1)
    const slow = kernel(() => { for (const end = Date.now() + 50; Date.now() < end; ); })
    scheduler.call(slow, [], { signal: aborted })
    scheduler.call(kernel((t) => { while (!t.isCancelled); }), [], { timeout: 5 })
  `)
  expect(stdout.trim().split('\n').sort()).toEqual([
    'handled caught',
    "handled the kernel 'seen' threw: seen",
    "unhandled the kernel 'anonymous' ran longer than 5 ms",
    "unhandled the kernel 'lost' threw: lost",
    "unhandled the kernel 'signalled' threw: signalled",
    "unhandled the kernel 'timed' threw: timed",
    "unhandled the kernel 'watched' threw: watched",
  ])
})

test('what a kernel throws when nobody waits for it any more ends its isolate, and is told', () => {
  const { stdout, stderr } = runProgram(`
    import { once } from 'node:events'
    import { kernel, Scheduler } from 'heddle'
    const late = kernel(() => { setTimeout(() => { throw new Error('too late') }, 5) })
    const waits = setInterval(() => {}, 1000) // Else the process would end.
    for (let i = 0; i < 5; ++i) {
      const scheduler = new Scheduler(1)
      const warned = once(process, 'warning')
      await scheduler.call(late, [])
      const [{ name, message }] = await warned
      console.log(name, message)
      // The isolate may not have ended yet: it is not to take what it cannot run.
      console.log(await scheduler.call(kernel(() => 5), []))
      scheduler[Symbol.dispose]()
    }
    clearInterval(waits)
  `)
  const message = "An isolate of 'heddle' has ended, as nobody caught: too late"
  expect(stdout).toBe(`HeddleWarning ${message}\n5\n`.repeat(5))
  expect(stderr).toMatch(/too late\n *at /)
})
