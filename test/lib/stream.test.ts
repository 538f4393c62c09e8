/** The command stream of this thread: batches, turns, watches, and who keeps the process alive. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { BLOCK_CELLS, CommandCode } from '../../dist/layout.js'
import type { Slot } from '../../dist/slot.js'
import { runProgram } from '../support/program.js'

// By require, as they load each other: another instance of the stream would be another stream.
const require = createRequire(import.meta.url)
const stream: typeof import('../../dist/stream.js') = require('../../dist/stream.js')
const watches: typeof import('../../dist/watch.js') = require('../../dist/watch.js')
const post: typeof import('../../dist/post.js') = require('../../dist/post.js')
const { native }: typeof import('../../dist/native.js') = require('../../dist/native.js')
const heddle: typeof import('../../dist/index.js') = require('../../dist/index.js')

const { Add, Div, Mul } = CommandCode

let scheduler: InstanceType<typeof heddle.Scheduler>
let runtime: number

beforeEach(() => {
  scheduler = new heddle.Scheduler(2)
  runtime = scheduler.open()
})

afterEach(() => scheduler[Symbol.dispose]())

/** Without a flush. */
const isSettled = (slot: Slot) => native.read(slot.handle) !== 0

describe('what is recorded', () => {
  test('is computed when the turn ends, not before', async () => {
    stream.flush()
    const sum = stream.operationRight(runtime, Add, stream.constant(1), 2)
    expect(isSettled(sum)).toBe(false)
    await undefined
    expect(isSettled(sum)).toBe(true)
    expect(stream.take(sum)).toBe(3)
  })

  test('is computed in every turn, also after one that was flushed by hand', async () => {
    for (let turn = 0; turn < 3; ++turn) {
      const sum = stream.operationRight(runtime, Add, stream.constant(turn), 2)
      if (turn === 1) stream.flush()
      await undefined
      expect(isSettled(sum)).toBe(true)
    }
  })

  test('is handed over before the buffer overflows', () => {
    stream.flush()
    const first = stream.operationRight(runtime, Add, stream.constant(1), 1)
    let last = first
    for (let i = 0; i < 100 * BLOCK_CELLS; ++i) last = stream.operationRight(runtime, Add, last, 1)
    expect(isSettled(first)).toBe(true)
    expect(stream.take(last)).toBe(2 + 100 * BLOCK_CELLS)
  })

  test('may go to several schedulers in turn', () => {
    const other = new heddle.Scheduler(1)
    let x = stream.constant(1)
    for (let i = 0; i < 100; ++i) {
      x = stream.operationRight(i % 2 === 0 ? runtime : other.open(), Mul, x, 1.5)
    }
    expect(stream.take(x)).toBe(
      Array(100)
        .fill(1.5)
        .reduce((a: number, b) => a * b, 1),
    )
    other[Symbol.dispose]()
  })

  test('leaves no trace of what was in the buffer before', () => {
    // Each kind of value after a complex number with all bits of its own.
    const { complex } = heddle
    for (const value of [true, false, 0, -0, 1n, -1n, complex(1, 2)]) {
      stream.flush()
      stream.constant(complex(Number.NaN, -1e300))
      stream.flush()
      expect(stream.take(stream.constant(value))).toEqual(value)
    }
  })
})

describe('a watch', () => {
  test('of a value that is there calls back at once', () => {
    const calls: unknown[] = []
    const token = watches.watch(
      stream.constant(7),
      (value) => calls.push(value),
      (error) => calls.push(error),
    )
    expect(calls).toEqual([7])
    post.forget(token)
  })

  test('of a failure gets the very error that a take throws', () => {
    const slot = stream.operationRight(runtime, Div, stream.constant(1n), 0n)
    let failure: unknown
    watches.watch(
      slot,
      () => expect.unreachable(),
      (error) => {
        failure = error
      },
    )
    expect(failure).toBeInstanceOf(RangeError)
    expect(() => stream.take(slot)).toThrow(failure as RangeError)
  })

  test('of what a worker brings comes, unless it was forgotten', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-'))
    const path = join(folder, 'pipe')
    execFileSync('mkfifo', [path])
    const calls: string[] = []
    const slot = reading(stream.fileSlot(path), path)
    const token = watches.watch(
      slot,
      () => calls.push('forgotten'),
      () => expect.unreachable(),
    )
    const other = watches.promise(slot)
    post.forget(token)
    post.forget(token)
    spawn('sh', ['-c', `printf abc > ${path}`])
    const bytes = await other
    expect(Buffer.from(bytes as Uint8Array).toString()).toBe('abc')
    expect(await watches.promise(slot)).toBe(bytes)
    expect(calls).toEqual([])
    rmSync(folder, { recursive: true })
  })

  test('comes once each, however many there are', async () => {
    const slots = Array.from({ length: 3000 }, () => stream.fileSlot('/proc/self/comm'))
    const values = await Promise.all(slots.map((slot) => watches.promise(reading(slot))))
    expect(values.length).toBe(3000)
    expect(values.every((value) => value instanceof Uint8Array && value.length > 0)).toBe(true)
    expect(new Set(values).size).toBe(3000)
  })

  function reading(slot: Slot, path = '/proc/self/comm'): Slot {
    native.readFile(runtime, slot.handle, Buffer.from(`${path}\0`), 0, 0, undefined)
    return slot
  }
})

test('a pending promise keeps the process alive, and a forgotten watch does not', () => {
  const source = (settle: string) => `
    import { execFileSync, spawn } from 'node:child_process'
    import { mkdtempSync, rmSync } from 'node:fs'
    const scheduler = new heddle.Scheduler(1)
    const folder = mkdtempSync('/tmp/heddle-')
    process.on('exit', () => rmSync(folder, { recursive: true }))
    execFileSync('mkfifo', [folder + '/pipe'])
    const reading = scheduler.io.readFile(folder + '/pipe')
    ${settle}
  `
  const waiting = source(`
    reading.get().then((bytes) => console.log('got', bytes.length))
    spawn('sh', ['-c', 'sleep 0.1; printf abc > ' + folder + '/pipe'], { stdio: 'ignore' }).unref()
  `)
  expect(runProgram(waiting)).toMatchObject({ code: 0, stdout: 'got 3\n' })
  const forgotten = source(`
    const controller = new AbortController()
    reading.get({ signal: controller.signal }).catch((error) => console.log(error))
    controller.abort('enough')
  `)
  expect(runProgram(forgotten)).toMatchObject({ code: 0, stdout: 'enough\n' })
})
