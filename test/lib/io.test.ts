/** Files through a scheduler, the same on both engines. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import fs from '../../dist/fs.js'
import { Async, IoError, Scheduler, ScopedScheduler } from '../../dist/index.js'

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-io-'))
  writeFileSync(join(folder, 'small'), 'hello')
  writeFileSync(join(folder, 'empty'), '')
  writeFileSync(join(folder, 'large'), Buffer.alloc(5_000_001, 'abc'))
  mkdirSync(join(folder, 'folder'))
  symlinkSync('nowhere', join(folder, 'dangling'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
})

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe.each(['auto', 'threads'] as const)('with io: %s', (io) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io })
  })

  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  test('what a file has, or a call gives, is computed with like any other value', async () => {
    const bytes = scheduler.io.readFile('LICENSE')
    expect(Buffer.from(await bytes.add(1)).toString('latin1', 0, 3)).toBe('NJU')
    expect(await bytes.sub(bytes).sum()).toBe(0)
    await using file = await scheduler.io.open('LICENSE')
    const pages = file.read(new Uint8Array(100_000), { position: 0 }).div(4096).ceil()
    expect(await pages).toBe(1)
    expect(await scheduler.io.timeout(0).map(() => 7)).toBe(7)
    expect(() => new Async(true).add(bytes as never).getWait()).toThrow(TypeError)
  })

  test('says which engine and why', () => {
    expect(['io_uring', 'threads']).toContain(scheduler.io.backend)
    if (io === 'threads') expect(scheduler.io.backend).toBe('threads')
    expect(scheduler.io.reason).not.toBe('')
  })

  test.each(['small', 'empty', 'large'])('readFile reads %s', async (name) => {
    const path = join(folder, name)
    const expected = readFileSync(path)
    const read = scheduler.io.readFile(path)
    expect(Buffer.compare(await read, expected)).toBe(0)
    expect(await read).toBe(read.getWait()) // A7: the very same object
    expect(Buffer.compare(scheduler.io.readFile(Buffer.from(path)).getWait(), expected)).toBe(0)
    expect(Buffer.compare(await scheduler.io.readFile(pathToFileURL(path)), expected)).toBe(0)
  })

  test('readFiles reads many, as they come, and says what cannot be read', async () => {
    const names = Array.from(
      { length: 300 },
      (_, i) => ['small', 'empty', 'nothing', 'folder'][i % 4],
    )
    const paths = names.map((name) => join(folder, name as string))
    const found = new Map<number, string>()
    for await (const { path, index, data, error } of scheduler.io.readFiles(paths)) {
      expect(path).toBe(paths[index])
      found.set(index, error?.code ?? Buffer.from(data as Uint8Array).toString())
    }
    expect(found.size).toBe(300)
    const expected = ['hello', '', 'ENOENT', 'EISDIR']
    for (const [index, what] of found) expect(what).toBe(expected[index % 4])
    for await (const _ of scheduler.io.readFiles([])) throw new Error('there is none')
  })

  test('readFiles begins no more than are taken', async () => {
    const paths = Array.from({ length: 1000 }, () => join(folder, 'small'))
    const before = scheduler.stats().io.inline
    for await (const _ of scheduler.io.readFiles(paths)) break
    await scheduler.drain()
    const begun = scheduler.stats().io.inline - before
    expect(begun).toBeLessThan(3 * 70) // Of a cached file an open, and reads.
    expect(() => scheduler.io.readFiles(['a\0b'])).toThrow(TypeError)
    expect(() => scheduler.io.readFiles('a' as never)).toThrow(TypeError)
  })

  test('readFile reads what claims to be empty', async () => {
    expect((await scheduler.io.readFile('/proc/self/status')).length).toBeGreaterThan(100)
  })

  test.each([
    ['missing', 'ENOENT', 'open'],
    ['dangling', 'ENOENT', 'open'],
    ['small/below', 'ENOTDIR', 'open'],
    ['folder', 'EISDIR', 'read'],
  ])('readFile fails for %s with %s, as Node does', async (name, code, syscall) => {
    const path = join(folder, name)
    const error = await scheduler.io
      .readFile(path)
      .get()
      .catch((reason) => reason)
    expect(error).toBeInstanceOf(IoError)
    const node = await fs.readFile(path, { flag: 'r' }).catch((reason) => reason)
    expect({ ...error, message: error.message.replace(/, .*/, '') }).toMatchObject({
      code,
      syscall,
      path,
      errno: node.errno,
      message: node.message.replace(/, .*/, ''),
    })
    expect(() => scheduler.io.readFile(path).getWait()).toThrow(expect.objectContaining({ code }))
  })

  test('dispose cancels a read that would never end', async () => {
    const reading = scheduler.io.readFile(join(folder, 'pipe'))
    const waiting = reading.get()
    await new Promise((resolve) => setTimeout(resolve, 20))
    scheduler[Symbol.dispose]()
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' })
    expect(() => reading.getWait()).toThrow(expect.objectContaining({ name: 'TaskCancelled' }))
  })

  test('many reads at once all come', async () => {
    const reads = Array.from({ length: 500 }, () =>
      scheduler.io.readFile(join(folder, 'small')).get(),
    )
    for (const bytes of await Promise.all(reads)) expect(bytes.length).toBe(5)
  })

  test('digest gives every path its result, and its error', async () => {
    const names = ['small', 'missing', 'empty', 'folder', 'large', 'pipe', 'dangling']
    const paths = names.map((name) => join(folder, name))
    const found = new Map<string, string>()
    for await (const result of scheduler.io.digest(paths)) {
      found.set(result.path, result.error ? result.error.code : `${result.size} ${result.xxh3}`)
    }
    expect([...found.keys()].sort()).toEqual([...paths].sort())
    expect(names.map((name) => found.get(join(folder, name)))).toEqual([
      '5 b5e9c1ad071b3e7fc779cfaa5e523818',
      'ENOENT',
      '0 99aa06d3014798d86001c324468d497f',
      'EISDIR',
      expect.stringMatching(/^5000001 [0-9a-f]{32}$/),
      'ENXIO',
      'ENOENT',
    ])
  })

  test('digest of nothing is nothing', async () => {
    for await (const _ of scheduler.io.digest([])) expect.unreachable()
  })

  test('a digest does not hold up arithmetic', async () => {
    const digests = scheduler.io.digest(Array.from({ length: 64 }, () => join(folder, 'large')))
    const scope = new ScopedScheduler(scheduler)
    expect(await new Async(1).add(1)).toBe(2)
    scope[Symbol.dispose]()
    let count = 0
    for await (const _ of digests) ++count
    expect(count).toBe(64)
  })
})

describe('bad paths', () => {
  const scheduler = new Scheduler(1)
  afterAll(() => scheduler[Symbol.dispose]())

  test.each([undefined, null, 7, {}, ['a']])('%o is a TypeError at the call', (path) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => scheduler.io.readFile(path as never)).toThrow(refusal)
    expect(() => scheduler.io.digest([path] as never)).toThrow(refusal)
  })

  test.each(['a\0b', Buffer.from('a\0b')])('a NUL inside: %o', (path) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(() => scheduler.io.readFile(path)).toThrow(refusal)
    expect(() => scheduler.io.digest([path])).toThrow(refusal)
  })

  test.each(['abc', undefined, 7])('digest(%o), which is no array', (paths) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => scheduler.io.digest(paths as never)).toThrow(refusal)
  })

  test('a hole among the paths is no path', () => {
    const paths = ['a']
    paths[2] = 'b'
    const refusal = expect.objectContaining({
      code: 'ERR_INVALID_ARG_TYPE',
      message: expect.stringContaining('paths[1]'),
    })
    expect(() => scheduler.io.digest(paths)).toThrow(refusal)
    expect(() => scheduler.io.readFiles(paths)).toThrow(refusal)
  })

  test('bytes that deny their NUL', () => {
    const path = Object.assign(Buffer.from('a\0b'), { includes: () => false })
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(() => scheduler.io.readFile(path)).toThrow(refusal)
    expect(() => scheduler.io.digest([path])).toThrow(refusal)
  })
})

describe('paths are read once, where they are', () => {
  const scheduler = new Scheduler(1)
  afterAll(() => scheduler[Symbol.dispose]())

  /** Says `first` when it is asked for the first time, then something else. */
  function changing<T>(first: T, later: T) {
    let count = 0
    return () => (count++ === 0 ? first : later)
  }

  const element = changing('missing', 'miss\0ing')
  const length = changing(1, 5)
  test.each([
    ['a getter', Object.defineProperty(['missing'], 0, { get: element })],
    ['methods of its own', Object.assign(['missing'], { map: () => [], join: () => 'a\0b' })],
    [
      'a proxy',
      new Proxy(['missing'], {
        get: (array, key) => (key === 'length' ? length() : Reflect.get(array, key)),
      }),
    ],
  ])('of an array with %s', async (_, paths) => {
    const found = []
    for await (const { path, error } of scheduler.io.digest(paths)) found.push([path, error?.code])
    expect(found).toEqual([['missing', 'ENOENT']])
  })
})
