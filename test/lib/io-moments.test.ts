/** Values of I/O that come at any moment: between two looks at them, before anybody waits. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { getEventListeners } from 'node:events'

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import { all, Scheduler } from '../../dist/index.js'
import { runProgram } from '../support/program.js'

const ROUNDS = 1000

/** Blocks this thread, while others go on. */
function spin(microseconds: number) {
  const end = performance.now() + microseconds / 1000
  while (performance.now() < end);
}

describe.each(['auto', 'threads'] as const)('with io: %s', (io) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io })
  })

  afterEach(() => scheduler[Symbol.dispose]())

  /** Begins a wait that ends about when it is looked at. */
  function soon() {
    const microseconds = Math.random() * 30
    const right = scheduler.io.timeout(microseconds / 1000).read()
    spin(Math.random() * microseconds)
    return right
  }

  test('a right to read is awaited', async () => {
    for (let i = 0; i < ROUNDS; ++i) expect(await soon()).toBeUndefined()
  })

  test('a task waits for it', async () => {
    let count = 0
    for (let i = 0; i < ROUNDS; ++i) {
      await scheduler.schedule(function* () {
        yield* soon()
        count += 1
      })
    }
    expect(count).toBe(ROUNDS)
  })

  test('so do those who wait for several', async () => {
    for (let i = 0; i < ROUNDS; ++i) expect(await all(soon(), soon())).toHaveLength(2)
  })

  test('a signal lets go of what is over, and gives up nothing else', async () => {
    const [one, other] = [new AbortController(), new AbortController()]
    const { signal } = one
    for (let i = 0; i < ROUNDS; ++i) await scheduler.io.timeout(0, { signal })
    using event = scheduler.io.eventfd()
    for (let i = 0; i < ROUNDS; ++i) {
      event.signal()
      await event.wait({ signal })
    }
    expect(getEventListeners(signal, 'abort')).toEqual([])
    // Their places are given to others.
    await new Promise((resolve) => setTimeout(resolve, 20))
    const waits = Array.from({ length: ROUNDS }, () =>
      scheduler.io.timeout(50, { signal: other.signal }).get(),
    )
    one.abort()
    event[Symbol.dispose]()
    const ends = await Promise.allSettled(waits)
    expect(ends.filter(({ status }) => status === 'rejected')).toEqual([])
  })

  test('a turn comes also where a test has stopped time', async () => {
    vi.useFakeTimers({ toFake: ['setImmediate'] })
    try {
      await using file = await scheduler.io.open(process.execPath)
      const buffer = new Uint8Array(1 << 16)
      for (let i = 0; i < 40; ++i) await file.read(buffer, { position: i << 16 })
    } finally {
      vi.useRealTimers()
    }
  })

  test('reports come in the context of who asked for them', async () => {
    const storage = new AsyncLocalStorage<string>()
    const seen = new Set<unknown>()
    const onProgress = () => seen.add(storage.getStore())
    await storage.run('mine', () => scheduler.io.readFile('LICENSE', { onProgress }).get())
    expect([...seen]).toEqual(['mine'])
  })
})

test('contents that nobody takes are collected', () => {
  const { stdout } = runProgram(`
    const scheduler = new heddle.Scheduler(2)
    for (let i = 0; i < 30; ++i) {
      const read = scheduler.io.readFile(process.execPath)
      while (!read.ready) await scheduler.io.timeout(1)
    }
    console.log(process.memoryUsage.rss() < 2 ** 31) // All of them would be 3 GB.
    process.exit()
  `)
  expect(stdout).toBe('true\n')
})
