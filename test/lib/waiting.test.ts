/** Waiting for a time, a descriptor, an event, a signal: the same on both engines. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { AbortError, Completion, DebugScheduler, EventFd, Scheduler } from '../../dist/index.js'
import { root, runProgram } from '../support/program.js'

const LONG_MS = 2 ** 31 - 1

function inWorker(code: string, workerData: unknown): Worker {
  const head = `const heddle = require('${root}/dist/index.js')
    const { workerData, parentPort } = require('node:worker_threads')\n`
  return new Worker(head + code, { eval: true, workerData })
}

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io: engine })
  })
  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  test('a time-out comes, and never early', async () => {
    for (const milliseconds of [0, 0.3, 1, 7.5]) {
      const begin = performance.now()
      expect(await scheduler.io.timeout(milliseconds)).toBeUndefined()
      expect(performance.now() - begin).toBeGreaterThanOrEqual(milliseconds)
    }
    const begin = performance.now()
    scheduler.io.timeout(3).getWait()
    expect(performance.now() - begin).toBeGreaterThanOrEqual(3)
  })

  test('time-outs come in the order of their ends', async () => {
    let order: number[]
    let askedMs: number
    do {
      order = []
      const begin = performance.now()
      const each = [12, 3, 9, 6].map(async (milliseconds) => {
        await scheduler.io.timeout(milliseconds)
        order.push(milliseconds)
      })
      await Promise.resolve() // By now each is awaited.
      askedMs = performance.now() - begin
      await Promise.all(each)
      // If this thread was held up meanwhile, their ends may be in another order.
    } while (askedMs >= 3)
    expect(order).toEqual([3, 6, 9, 12])
  })

  test('ten thousand time-outs at once', async () => {
    const all = Array.from({ length: 10_000 }, (_, i) => scheduler.io.timeout((i * 7) % 20))
    await Promise.all(all)
  })

  test('a descriptor that can be read, written, or has ended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-waiting-'))
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const reading = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
    const writing = openSync(fifo, constants.O_WRONLY)
    expect(await scheduler.io.poll(writing, 'out')).toBeUndefined()
    let hasCome = false
    const readable = scheduler.io.poll(reading, 'in').then(() => {
      hasCome = true
    })
    await scheduler.io.timeout(5)
    expect(hasCome).toBe(false)
    writeSync(writing, 'x')
    await readable
    readSync(reading, new Uint8Array(1))
    const ended = scheduler.io.poll(reading, 'in').get()
    closeSync(writing)
    await ended
    closeSync(reading)
    rmSync(folder, { recursive: true })
  })

  test('more descriptors than the pool has threads, and files beside them', async () => {
    const events = Array.from({ length: 20 }, () => scheduler.io.eventfd())
    const waits = events.map((event) => scheduler.io.poll(event.fd, 'in').get())
    await scheduler.io.readFile('/proc/self/status')
    events.forEach((event) => {
      event.signal()
    })
    await Promise.all(waits)
    for (const event of events) event[Symbol.dispose]()
  })

  test('what is no descriptor', async () => {
    await expect(scheduler.io.poll(2 ** 30, 'in').get()).rejects.toMatchObject({
      code: 'EBADF',
      syscall: 'poll',
    })
  })

  test('an event is waited for, and taken as a whole', async () => {
    using event = scheduler.io.eventfd(2)
    expect(event).toBeInstanceOf(EventFd)
    expect(await event.wait()).toBe(2)
    const wait = event.wait()
    event.signal()
    expect(await wait).toBe(1)
    event.signal(40)
    event.signal(2)
    expect(event.wait().getWait()).toBe(42)
    writeSync(event.fd, new Uint8Array(new BigUint64Array([5n]).buffer))
    expect(await event.wait()).toBe(5)
    expect((await event.wait.call(scheduler.io.eventfd(1)).add(1)) as number).toBe(2)
  })

  test('of many who wait for an event each signal reaches one', async () => {
    using event = scheduler.io.eventfd()
    let come = 0
    const waits = Array.from({ length: 50 }, async () => {
      const count = await event.wait()
      come += count
    })
    for (let signalled = 0; signalled < 50; ++signalled) {
      event.signal()
      await scheduler.io.timeout(0)
    }
    // Two signals may have come to one who waited.
    while (come < 50) await scheduler.io.timeout(1)
    event[Symbol.dispose]()
    await Promise.allSettled(waits)
    expect(come).toBe(50)
  })

  test('an event that is disposed of ends who waits', async () => {
    const event = scheduler.io.eventfd()
    const waits = [event.wait(), event.wait()].map((wait) => wait.get())
    event[Symbol.dispose]()
    event[Symbol.dispose]()
    for (const wait of waits) {
      await expect(wait).rejects.toMatchObject({ code: 'ERR_HEDDLE_DISPOSED' })
    }
    for (const use of [() => event.wait(), () => event.signal(), () => event.fd]) {
      expect(use).toThrowError(expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' }))
    }
  })

  test('an event that is full', () => {
    using event = scheduler.io.eventfd()
    const most = Number.MAX_SAFE_INTEGER
    const fill = () => {
      for (;;) event.signal(most)
    }
    expect(fill).toThrowError(expect.objectContaining({ code: 'EAGAIN', syscall: 'write' }))
    expect(event.wait().getWait()).toBeGreaterThan(1.8e19)
  })

  test('a completion comes with the first signal, from any thread', async () => {
    const completion = scheduler.io.completion()
    expect(completion).toBeInstanceOf(Completion)
    let hasCome = false
    completion.done.then(() => {
      hasCome = true
    })
    await scheduler.io.timeout(3)
    expect(hasCome).toBe(false)
    const worker = inWorker(
      'parentPort.postMessage(heddle.Completion.signal(workerData))',
      completion.handle,
    )
    expect((await once(worker, 'message'))[0]).toBe(true)
    expect(await completion.done).toBeUndefined()
    expect(completion.signal()).toBe(false)
    expect(Completion.signal(completion.handle)).toBe(false)
    expect(() => completion.pointer).toThrowError(
      expect.objectContaining({ code: 'ERR_INVALID_STATE' }),
    )
  })

  test('a thousand completions, signalled by a thread', async () => {
    const all = Array.from({ length: 1000 }, () => scheduler.io.completion())
    inWorker(
      'for (const each of workerData) heddle.Completion.signal(each)',
      all.map((each) => each.handle),
    )
    await Promise.all(all.map((each) => each.done))
  })

  test('a blocked thread is woken by a completion', () => {
    const completion = scheduler.io.completion()
    inWorker('heddle.Completion.signal(workerData)', completion.handle)
    expect(completion.done.getWait()).toBeUndefined()
  })

  test('nobody waits for what is closed', async () => {
    const waits = [
      scheduler.io.timeout(LONG_MS),
      scheduler.io.poll(scheduler.io.eventfd().fd, 'in'),
      scheduler.io.eventfd().wait(),
      scheduler.io.completion().done,
    ].map((wait) => wait.get())
    const { handle } = scheduler.io.completion()
    scheduler[Symbol.dispose]()
    for (const wait of waits) {
      await expect(wait).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' })
    }
    expect(Completion.signal(handle)).toBe(false)
    for (const use of [
      () => scheduler.io.timeout(1),
      () => scheduler.io.poll(0, 'in'),
      () => scheduler.io.eventfd(),
      () => scheduler.io.completion(),
    ]) {
      expect(use).toThrowError(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }))
    }
  })

  test('a signal gives up what waits, before, during and after', async () => {
    using event = scheduler.io.eventfd()
    const calls = (signal: AbortSignal) => [
      scheduler.io.timeout(LONG_MS, { signal }),
      scheduler.io.poll(event.fd, 'in', { signal }),
      event.wait({ signal }),
    ]
    const controller = new AbortController()
    const waits = calls(controller.signal).map((wait) => wait.get())
    await scheduler.io.timeout(2)
    controller.abort('enough')
    const late = calls(controller.signal).map((wait) => wait.get())
    for (const outcome of await Promise.allSettled<unknown>([...waits, ...late])) {
      const error = (outcome as PromiseRejectedResult).reason
      expect(error).toBeInstanceOf(AbortError)
      expect(error).toMatchObject({ name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' })
    }
    const useless = new AbortController()
    const over = scheduler.io.timeout(0, { signal: useless.signal })
    await over
    useless.abort()
    await over
    event.signal()
    expect(await event.wait()).toBe(1)
  })

  test('a worker that ends while it waits', async () => {
    const worker = inWorker(
      `const scheduler = new heddle.Scheduler({ threads: 1, io: '${engine}' })
       scheduler.io.timeout(1e9).get().catch(() => {})
       scheduler.io.eventfd().wait().get().catch(() => {})
       scheduler.io.completion().done.get().catch(() => {})
       parentPort.postMessage(scheduler.io.completion().handle)`,
      undefined,
    )
    const [handle] = await once(worker, 'message')
    await worker.terminate()
    expect(Completion.signal(handle)).toBe(false)
  })
})

test.each([
  ['timeout', '1'],
  ['timeout', -1],
  ['timeout', Number.NaN],
  ['timeout', 2 ** 31],
  ['timeout', 1, { signal: {} }],
  ['poll', -1, 'in'],
  ['poll', 0.5, 'in'],
  ['poll', '0', 'in'],
  ['poll', 0, 'both'],
  ['poll', 0, undefined],
  ['eventfd', -1],
  ['eventfd', 2 ** 32],
  ['eventfd', '1'],
])('%s refuses %o, %o', (name, ...args) => {
  using scheduler = new Scheduler(1)
  const io = scheduler.io as unknown as Record<string, (...all: unknown[]) => unknown>
  expect(() => io[name]?.(...args)).toThrowError(
    expect.objectContaining({ code: expect.stringMatching(/^ERR_(INVALID_ARG|OUT_OF_RANGE)/) }),
  )
})

test.each([undefined, null, 7, {}, { heddle: 'value', key: 1 }])(
  '%o is no completion',
  (handle) => {
    expect(() => Completion.signal(handle as never)).toThrowError(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    )
  },
)

test('a debugger waits, too', async () => {
  using scheduler = new DebugScheduler()
  await scheduler.io.timeout(1)
  const completion = scheduler.io.completion()
  completion.signal()
  await completion.done
})

test('what nobody awaits keeps no process alive', () => {
  const { code, stderr } = runProgram(`
    const scheduler = new heddle.Scheduler(1)
    scheduler.io.timeout(1e9)
    scheduler.io.eventfd().wait()
    scheduler.io.completion()
  `)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
})

test('a process ends with all of them under way', () => {
  const { code, stderr } = runProgram(`
    const scheduler = new heddle.Scheduler(2)
    for (let i = 0; i < 1000; ++i) {
      void scheduler.io.timeout(i).get()
      void scheduler.io.completion().done.get()
    }
    void scheduler.io.eventfd().wait().get()
    setTimeout(() => process.exit(7), 20)
  `)
  expect({ code, stderr }).toEqual({ code: 7, stderr: '' })
})
