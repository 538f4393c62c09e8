/** Whole files: into given memory, with reports, given up; the same on both engines. */
import { execFileSync } from 'node:child_process'
import { getEventListeners } from 'node:events'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import fs from '../../dist/fs.js'
import { AbortError, type Progress, Scheduler } from '../../dist/index.js'
import { runProgram } from '../support/program.js'

const MEGA = 1 << 20

let folder: string
let large: string
const opened: number[] = []
const content = Buffer.alloc(
  20 * MEGA + 17,
  'the quick brown fox jumps over the lazy dog 1234567890',
)

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-reading-'))
  large = join(folder, 'large')
  nodeFs.writeFileSync(large, content)
})

afterEach(() => {
  nodeFs.rmSync(folder, { recursive: true })
})

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io: engine })
  })
  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  test('a large file comes without a copy, and can be transferred', async () => {
    const bytes = await scheduler.io.readFile(large)
    expect(content.equals(bytes)).toBe(true)
    const moved = structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })
    expect(bytes.byteLength).toBe(0)
    expect(content.equals(moved)).toBe(true)
  })

  test.each([
    ['an ArrayBuffer', ArrayBuffer],
    ['shared memory', SharedArrayBuffer],
  ])('into %s', async (_, Memory) => {
    const buffer = new Memory(content.length + 100)
    for (const [offset, length] of [
      [0, content.length + 100],
      [3, content.length],
    ] as const) {
      const into = new Uint8Array(buffer, offset, length)
      into.fill(0)
      const bytes = await scheduler.io.readFile(large, { into })
      expect(bytes.buffer === buffer).toBe(true)
      expect([bytes.byteOffset, bytes.byteLength]).toEqual([offset, content.length])
      expect(content.equals(bytes)).toBe(true)
      expect(into.subarray(content.length).every((byte) => byte === 0)).toBe(true)
    }
    const small = new Uint8Array(buffer, 0, content.length - 1)
    await expect(scheduler.io.readFile(large, { into: small }).get()).rejects.toMatchObject({
      code: 'EFBIG',
      syscall: 'read',
    })
    const floats = new Float64Array(buffer, 8, 2)
    nodeFs.writeFileSync(join(folder, 'small'), '0123456789')
    const bytes = scheduler.io.readFile(join(folder, 'small'), { into: floats }).getWait()
    expect(Buffer.from(bytes).toString()).toBe('0123456789')
  })

  test('into memory that nobody looks at any more', async () => {
    const into = new Uint8Array(new SharedArrayBuffer(content.length))
    void scheduler.io.readFile(large, { into })
    await scheduler.drain()
    expect(content.equals(into)).toBe(true)
  })

  test('into memory that is transferred meanwhile', async () => {
    const fifo = join(folder, 'fifo')
    execFileSync('mkfifo', [fifo])
    const into = new Uint8Array(100)
    const read = scheduler.io.readFile(fifo, { into }).get()
    structuredClone(into, { transfer: [into.buffer] })
    await scheduler.io.writeFile(fifo, 'hello')
    await expect(read).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
  })

  test('into shared memory of its own', async () => {
    const bytes = await scheduler.io.readFile(large, { shared: true })
    expect(bytes.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(content.equals(bytes)).toBe(true)
  })

  test('reports how far it is, and at last that all is there', async () => {
    const reports: Progress[] = []
    const onProgress = (progress: Progress) => reports.push(progress)
    await scheduler.io.readFile(large, { onProgress })
    expect(reports.at(-1)).toEqual({ loaded: content.length, total: content.length })
    const loaded = reports.map((report) => report.loaded)
    expect(loaded).toEqual([...loaded].sort((a, b) => a - b))
    expect(new Set(loaded).size).toBe(loaded.length)
    for (const { total } of reports) expect(total).toBe(content.length)
    await expect(
      scheduler.io.readFile(join(folder, 'none'), { onProgress }).get(),
    ).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('is given up before, meanwhile, or not any more', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const reads = Array.from({ length: 20 }, () => scheduler.io.readFile(large, { signal }).get())
    controller.abort(new Error('enough'))
    const into = new Uint8Array(content.length)
    const onProgress = () => {}
    reads.push(scheduler.io.readFile(large, { signal, into, onProgress }).get())
    for (const outcome of await Promise.allSettled(reads)) {
      if (outcome.status === 'fulfilled') {
        expect(content.equals(outcome.value)).toBe(true) // It came first.
        continue
      }
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'ABORT_ERR' } })
      const { reason } = outcome
      expect(reason).toBeInstanceOf(AbortError)
      expect(reason.cause.message).toBe('enough')
    }
    const write = scheduler.io.writeFile(join(folder, 'new'), 'x', { signal })
    await expect(write.get()).rejects.toMatchObject({ code: 'ABORT_ERR' })
    expect(nodeFs.existsSync(join(folder, 'new'))).toBe(false)
  })

  test('a signal has one listener for all that it gives up, and none afterwards', async () => {
    const controller = new AbortController()
    const { signal } = controller
    const reads = Array.from({ length: 20 }, () => scheduler.io.readFile(large, { signal }).get())
    expect(getEventListeners(signal, 'abort')).toHaveLength(1)
    await Promise.all(reads)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    const last = scheduler.io.timeout(1e6, { signal }).get()
    controller.abort()
    await expect(last).rejects.toMatchObject({ code: 'ABORT_ERR' })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  test('memory of no length is too short, and not none', async () => {
    for (const buffer of [new SharedArrayBuffer(0), new ArrayBuffer(0)]) {
      const into = new Uint8Array(buffer)
      const read = scheduler.io.readFile(large, { into })
      await expect(read.get()).rejects.toMatchObject({ code: 'EFBIG' })
      nodeFs.writeFileSync(join(folder, 'empty'), '')
      expect(await scheduler.io.readFile(join(folder, 'empty'), { into })).toEqual(into)
    }
  })

  test.each(['none', 'a reader'])('a signal ends the wait for a writer, with %s', async (who) => {
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const reader = who === 'none' ? -1 : nodeFs.openSync(path, 'r+')
    if (reader >= 0) {
      const other = nodeFs.openSync(path, nodeFs.constants.O_RDONLY | nodeFs.constants.O_NONBLOCK)
      nodeFs.closeSync(reader)
      opened.push(other)
    }
    const controller = new AbortController()
    const { signal } = controller
    const reads = [scheduler.io.readFile(path, { signal }), scheduler.io.readFile(path, { signal })]
    await scheduler.io.timeout(5)
    controller.abort()
    for (const end of await Promise.allSettled(reads)) {
      expect(end).toMatchObject({ reason: { code: 'ABORT_ERR' } })
    }
    for (const fd of opened.splice(0)) nodeFs.closeSync(fd)
  })

  test('dispose does not read what has not begun', () => {
    const cached = join(folder, 'cached')
    nodeFs.writeFileSync(cached, Buffer.alloc(40 * MEGA))
    const before = process.memoryUsage.rss()
    for (let i = 0; i < 400; ++i) void scheduler.io.readFile(cached)
    scheduler[Symbol.dispose]()
    // All of them would be 16 GB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(4000 * MEGA)
  })

  test('a thousand are given up at once', async () => {
    const controllers = Array.from({ length: 1000 }, () => new AbortController())
    const reads = controllers.map(({ signal }) =>
      scheduler.io.readFile('LICENSE', { signal }).get(),
    )
    for (const controller of controllers) controller.abort()
    const size = nodeFs.statSync('LICENSE').size
    for (const outcome of await Promise.allSettled(reads)) {
      if (outcome.status === 'fulfilled') expect(outcome.value.byteLength).toBe(size)
      else expect(outcome.reason.code).toBe('ABORT_ERR')
    }
  })
})

test.each([
  [{ into: [] }],
  [{ into: new ArrayBuffer(1) }],
  [{ shared: 1 }],
  [{ into: new Uint8Array(1), shared: true }],
  [{ onProgress: true }],
  [{ signal: 1 }],
  [7],
])('refuses %o', (options) => {
  using scheduler = new Scheduler(1)
  expect(() => scheduler.io.readFile('LICENSE', options as never)).toThrowError(
    expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_ARG/) }),
  )
})

test('an error in onProgress is an uncaught one, and the file still comes', () => {
  const { code, stderr } = runProgram(`
    const scheduler = new heddle.Scheduler(2)
    let errors = 0
    process.on('uncaughtException', (error) => { errors += error.message === 'mine' })
    const bytes = await scheduler.io.readFile(process.execPath, {
      onProgress() { throw new Error('mine') },
    })
    setTimeout(() => process.exit(errors > 0 && bytes.length > 1e6 ? 5 : 6), 1)
  `)
  expect({ code, stderr }).toEqual({ code: 5, stderr: '' })
})

test('heddle/fs gives up as Node does', async () => {
  const controller = new AbortController()
  const read = fs.readFile(large, { signal: controller.signal })
  controller.abort()
  await expect(read).rejects.toMatchObject({ name: 'AbortError', code: 'ABORT_ERR' })
})

test('heddle/fs reads one file, whoever gets its name meanwhile', async () => {
  const sizes = [2 * MEGA, 3 * MEGA]
  for (const [i, size] of sizes.entries()) {
    nodeFs.writeFileSync(join(folder, `${i}`), Buffer.alloc(size, `${i}`))
  }
  const replace = (i: number) => {
    nodeFs.rmSync(join(folder, 'next'), { force: true })
    nodeFs.linkSync(join(folder, `${i % 2}`), join(folder, 'next'))
    nodeFs.renameSync(join(folder, 'next'), join(folder, 'now'))
  }
  replace(0)
  for (let i = 1; i < 300; ++i) {
    const reads = [fs.readFile(join(folder, 'now')), fs.readFile(join(folder, 'now'))]
    const rest = setInterval(() => replace(++i), 0)
    for (const read of await Promise.all(reads)) {
      expect(read.every((byte) => byte === read[0])).toBe(true)
      expect(read.length).toBe(sizes[Number(String.fromCharCode(read[0] as number))])
    }
    clearInterval(rest)
  }
})
