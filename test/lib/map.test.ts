/** Files whose bytes are an array, the same on both engines. */

import { constants } from 'node:buffer'
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { AbortError, IoError, MappedFile, Scheduler } from '../../dist/index.js'

const PAGE = 64 * 1024 // As large as any.
const MIB = 1024 * 1024

let folder: string

const at = (name: string) => join(folder, name)
const text = (bytes: Uint8Array, from: number, to: number) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to)

beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'heddle-map-'))
  fs.writeFileSync(at('digits'), '0123456789')
  fs.writeFileSync(at('long'), Buffer.alloc(5 * PAGE, 'abcdefg'))
})

afterEach(() => {
  fs.rmSync(folder, { recursive: true })
})

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io: engine })
  })
  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  test('has what the file has', async () => {
    const map = await scheduler.io.map(at('digits'))
    expect(map).toBeInstanceOf(MappedFile)
    expect(map.bytes).toBeInstanceOf(Uint8Array)
    expect(map).toMatchObject({ size: 10, path: at('digits'), isCut: false })
    expect(text(map.bytes, 0, 10)).toBe('0123456789')
    expect((await scheduler.io.map(pathToFileURL(at('digits')))).size).toBe(10)
    expect(scheduler.io.map(Buffer.from(at('digits'))).getWait().size).toBe(10)
  })

  test.each([
    undefined,
    {},
    { advice: 'normal' },
    { advice: 'sequential', populate: true },
    { advice: 'random', populate: true },
    { advice: 'random', populate: false },
  ] as const)('takes %o', async (options) => {
    const map = await scheduler.io.map(at('long'), options)
    expect(Buffer.compare(map.bytes, fs.readFileSync(at('long')))).toBe(0)
  })

  test('changes are its own', async () => {
    const [map, other] = await Promise.all([1, 2].map(() => scheduler.io.map(at('digits')).get()))
    map?.bytes.fill(120)
    expect(text(map?.bytes as Uint8Array, 0, 10)).toBe('xxxxxxxxxx')
    expect(text(other?.bytes as Uint8Array, 0, 10)).toBe('0123456789')
    expect(fs.readFileSync(at('digits'), 'latin1')).toBe('0123456789')
  })

  test('shows what others write', async () => {
    const map = await scheduler.io.map(at('digits'))
    fs.writeFileSync(at('digits'), 'abc', { flag: 'r+' })
    expect(text(map.bytes, 0, 10)).toBe('abc3456789')
  })

  test('an empty file is an empty array', async () => {
    fs.writeFileSync(at('empty'), '')
    const map = await scheduler.io.map(at('empty'), { populate: true })
    expect(map).toMatchObject({ size: 0, isCut: false })
    expect(map.bytes).toEqual(new Uint8Array(0))
    expect(await map.prefetch()).toBe(undefined)
    map[Symbol.dispose]()
    expect(() => map.prefetch()).toThrowError(
      expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' }),
    )
  })

  test('what is cut off the file is zeros, and it says so', async () => {
    const map = await scheduler.io.map(at('long'))
    map.bytes[4 * PAGE] = 1
    fs.truncateSync(at('long'), PAGE)
    expect(map.isCut).toBe(false)
    expect(map.bytes.subarray(PAGE).every((byte) => byte === 0)).toBe(true)
    expect(map.isCut).toBe(true)
    expect(text(map.bytes, 0, 7)).toBe('abcdefg')
    expect(map.size).toBe(5 * PAGE)
    map.bytes[3 * PAGE] = 7
    fs.writeFileSync(at('long'), Buffer.alloc(5 * PAGE, 'x'))
    expect(map.bytes[3 * PAGE]).toBe(7)
  })

  test('what is cut off is nothing to native code either', async () => {
    const map = await scheduler.io.map(at('long'))
    fs.truncateSync(at('long'), 0)
    const copied = map.bytes.slice()
    expect(Buffer.compare(copied, Buffer.alloc(5 * PAGE))).toBe(0)
    const others = await scheduler.io.map(at('digits'))
    fs.truncateSync(at('digits'), 0)
    await scheduler.io.writeFile(at('copy'), others.bytes)
    expect(fs.readFileSync(at('copy'))).toEqual(Buffer.alloc(10))
    expect([map.isCut, others.isCut]).toEqual([true, true])
  })

  test('prefetch brings in all of it, or a part', async () => {
    const map = await scheduler.io.map(at('long'))
    for (const part of [[], [0], [3], [5 * PAGE], [1, 1], [PAGE, 2 * PAGE], [0, 0]]) {
      expect(await map.prefetch(...part)).toBe(undefined)
    }
    expect(map.prefetch(0, undefined, {}).getWait()).toBe(undefined)
    expect(text(map.bytes, 0, 7)).toBe('abcdefg')
  })

  test('prefetch passes over what was cut off', async () => {
    const map = await scheduler.io.map(at('long'))
    fs.truncateSync(at('long'), 10)
    await map.prefetch()
    expect(map.isCut).toBe(true)
    expect(text(map.bytes, 0, 11)).toBe('abcdefgabc\0')
  })

  test('a signal gives up a map or a prefetch', async () => {
    const aborted = { signal: AbortSignal.abort('enough') }
    const failure = { name: 'AbortError', code: 'ABORT_ERR', cause: 'enough' }
    await expect(scheduler.io.map(at('long'), aborted).get()).rejects.toMatchObject(failure)
    fs.truncateSync(at('long'), 64 * MIB)
    const map = await scheduler.io.map(at('long'))
    await expect(map.prefetch(0, 5, aborted).get()).rejects.toBeInstanceOf(AbortError)
    const controller = new AbortController()
    const { signal } = controller
    const calls = [
      map.prefetch(0, undefined, { signal }),
      scheduler.io.map(at('long'), { populate: true, signal }),
    ].map((call) => (call as typeof call & { get(): Promise<unknown> }).get())
    controller.abort('enough')
    for (const call of calls) await expect(call).rejects.toMatchObject(failure)
    await map.prefetch(0, 10, { signal: new AbortController().signal })
  })

  test.each([
    ['nothing', () => at('nothing'), 'ENOENT', 'open'],
    ['below a file', () => at('digits/x'), 'ENOTDIR', 'open'],
    ['a folder', () => folder, 'EISDIR', 'mmap'],
    ['a pipe', () => at('pipe'), 'ENODEV', 'mmap'],
    ['a device', () => '/dev/zero', 'ENODEV', 'mmap'],
    ['what is in /proc', () => '/proc/self/status', 'ENODEV', 'mmap'],
    ['more than an array has', () => at('huge'), 'EFBIG', 'mmap'],
  ])('fails for %s', async (_, path, code, syscall) => {
    execFileSync('mkfifo', [at('pipe')])
    fs.writeFileSync(at('huge'), '')
    fs.truncateSync(at('huge'), Math.min(constants.MAX_LENGTH + 1, 2 ** 40))
    const mapping = scheduler.io.map(path())
    await expect(mapping.get()).rejects.toMatchObject({ code, syscall, path: path() })
    expect(() => mapping.getWait()).toThrow(IoError)
  })

  test.skipIf(process.getuid?.() === 0)('fails where it may not be read', async () => {
    fs.chmodSync(at('digits'), 0)
    await expect(scheduler.io.map(at('digits')).get()).rejects.toMatchObject({ code: 'EACCES' })
  })

  test('is empty once it is disposed', async () => {
    const map = await scheduler.io.map(at('long'))
    const prefetching = map.prefetch()
    map[Symbol.dispose]()
    map[Symbol.dispose]()
    await prefetching
    expect(map.bytes.length).toBe(0)
    expect(map.size).toBe(5 * PAGE)
    expect(() => map.prefetch()).toThrowError(
      expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' }),
    )
  })

  test('lives longer than its scheduler', async () => {
    const map = await scheduler.io.map(at('digits'))
    scheduler[Symbol.dispose]()
    expect(text(map.bytes, 0, 10)).toBe('0123456789')
    const closed = expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' })
    expect(() => map.prefetch()).toThrowError(closed)
    expect(() => scheduler.io.map(at('digits'))).toThrowError(closed)
  })

  test('is of this thread, unlike a clone of its bytes', async () => {
    const map = await scheduler.io.map(at('digits'))
    const clone = structuredClone(map.bytes)
    expect(text(clone, 0, 10)).toBe('0123456789')
    expect(clone.buffer).not.toBe(map.bytes.buffer)
  })
})

test.each([
  [7],
  [undefined],
  ['a\0b'],
  ['x', 7],
  ['x', { advice: 'often' }],
  ['x', { advice: 1 }],
  ['x', { populate: 1 }],
  ['x', { signal: {} }],
])('map refuses %o, %o', (...args) => {
  using scheduler = new Scheduler(1)
  const map = scheduler.io.map as (...all: unknown[]) => unknown
  expect(() => map.apply(scheduler.io, args)).toThrowError(
    expect.objectContaining({ code: expect.stringMatching(/^ERR_INVALID_ARG_(TYPE|VALUE)$/) }),
  )
})

test.each([
  ['1'],
  [-1],
  [0.5],
  [11],
  [0, -1],
  [0, 11],
  [9, 2],
  [0, '1'],
  [0, 1, { signal: 1 }],
  [0, 1, 1],
])('prefetch refuses %o, %o, %o', async (...args) => {
  using scheduler = new Scheduler(1)
  const map = await scheduler.io.map(at('digits'))
  const prefetch = map.prefetch as (...all: unknown[]) => unknown
  expect(() => prefetch.apply(map, args)).toThrowError(
    expect.objectContaining({ code: expect.stringMatching(/^ERR_(INVALID_ARG|OUT_OF_RANGE)/) }),
  )
})
