/** Buffers that are resized, transferred or shared while calls are in flight, on both engines. */
import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { type File, Scheduler, type Transfer } from '../../dist/index.js'

/** Node 20 has these; its types do not. */
type Resizable = ArrayBuffer & { resize(bytes: number): void }
const resizable = (bytes: number, most: number) =>
  new (ArrayBuffer as unknown as new (bytes: number, options: object) => Resizable)(bytes, {
    maxByteLength: most,
  })
const transfer = (buffer: ArrayBuffer) => structuredClone(buffer, { transfer: [buffer] })

let folder: string

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-buffers-'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
})
afterEach(() => {
  nodeFs.rmSync(folder, { recursive: true })
})

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler
  /** It opens at once, as it is its own other end. */
  let pipe: File

  beforeEach(async () => {
    scheduler = new Scheduler({ threads: 2, io: engine })
    pipe = await scheduler.io.open(join(folder, 'pipe'), 'r+')
  })
  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  const refusal = { name: 'TypeError', code: 'ERR_INVALID_STATE' }

  test.each([0, 7])('made smaller while it is read into, to %i: the read fails', async (bytes) => {
    const buffer = resizable(8, 16)
    const read = pipe.read(new Uint8Array(buffer))
    buffer.resize(bytes)
    await pipe.write('12345678')
    await expect(read.get()).rejects.toMatchObject(refusal)
    expect(new Uint8Array(buffer).every((byte) => byte === 0)).toBe(true)
  })

  test('made smaller and larger again, or larger: it has what was read', async () => {
    const buffer = resizable(8, 16)
    const read = pipe.read(new Uint8Array(buffer))
    buffer.resize(0)
    buffer.resize(16)
    await pipe.write('12345678')
    expect(await read).toBe(8)
    expect(Buffer.from(buffer).toString('latin1', 0, 9)).toBe('12345678\0')
  })

  test('a view of the rest of it: as far as that went at the call', async () => {
    const buffer = resizable(8, 16)
    const read = pipe.read(new Uint8Array(buffer, 4))
    buffer.resize(16)
    await pipe.write('12345678')
    expect(await read).toBe(4)
    expect(Buffer.from(buffer).toString('latin1')).toBe('\0\0\0\x001234\0\0\0\0\0\0\0\0')
  })

  test('shared memory is read into and written from', async () => {
    const shared = new Uint8Array(new SharedArrayBuffer(8))
    const read = pipe.read(shared)
    await pipe.write(new Uint8Array(new SharedArrayBuffer(4)).fill(65))
    expect(await read).toBe(4)
    expect([...shared]).toEqual([65, 65, 65, 65, 0, 0, 0, 0])
  })

  test.each<[string, (buffer: Resizable) => unknown]>([
    ['made smaller', (buffer) => buffer.resize(0)],
    ['transferred', transfer],
    ['overwritten', (buffer) => new Uint8Array(buffer).fill(66)],
  ])('%s after a write began: all of it is written', async (_, change) => {
    await using file = await scheduler.io.open(join(folder, 'file'), 'w+')
    const buffer = resizable(1_000_000, 1_000_000)
    const written = file.write(new Uint8Array(buffer).fill(65))
    const whole = scheduler.io.writeFile(join(folder, 'whole'), new Uint8Array(buffer))
    change(buffer)
    expect(await written).toBe(1_000_000)
    await whole
    const expected = Buffer.alloc(1_000_000, 65)
    expect(nodeFs.readFileSync(join(folder, 'file')).equals(expected)).toBe(true)
    expect(nodeFs.readFileSync(join(folder, 'whole')).equals(expected)).toBe(true)
  })

  type Call = (view: Uint8Array, options?: Transfer) => unknown
  test.each<[string, Call]>([
    ['read', (view, options) => pipe.read(view, options)],
    ['write', (view, options) => pipe.write(view, options)],
  ])('%s refuses what is not there any more', (_, call) => {
    const gone = expect.objectContaining({ name: 'TypeError', code: 'ERR_INVALID_ARG_VALUE' })
    const before = new Uint8Array(8)
    transfer(before.buffer)
    expect(() => call(before)).toThrow(gone)
    const during = new Uint8Array(8)
    const options = {
      get position() {
        transfer(during.buffer)
        return 0
      },
    }
    expect(() => call(during, options)).toThrow(gone)
    const broken = {
      get length(): number {
        throw new Error('mine')
      },
    }
    expect(() => call(new Uint8Array(8), broken)).toThrow('mine')
  })
  test.each<[string, (views: Uint8Array[], options?: Transfer) => unknown]>([
    ['readv', (views, options) => pipe.readv(views, options)],
    ['writev', (views, options) => pipe.writev(views, options)],
  ])('%s refuses a hole, and what its options take away', (_, call) => {
    const hole: Uint8Array[] = []
    hole[1] = new Uint8Array(8)
    const code = 'ERR_INVALID_ARG_TYPE'
    expect(() => call(hole)).toThrow(expect.objectContaining({ name: 'TypeError', code }))
    const views = [new Uint8Array(1), new Uint8Array(8)]
    const options = {
      get position() {
        transfer(views[1]?.buffer as ArrayBuffer)
        return 0
      },
    }
    const gone = { code: 'ERR_INVALID_ARG_VALUE', message: expect.stringMatching(/^buffers\[1\]/) }
    expect(() => call(views, options)).toThrow(expect.objectContaining(gone))
  })
  test.each<[string, PropertyDescriptorMap]>([
    ['byteLength', { byteLength: { value: 100 } }],
    ['buffer', { byteLength: { value: 100 }, buffer: { value: new ArrayBuffer(2) } }],
    ['byteOffset', { byteLength: { value: 100 }, byteOffset: { value: 1000 } }],
  ])('what claims to be larger than it is, with a %s of its own, is refused', async (_, own) => {
    nodeFs.writeFileSync(join(folder, 'file'), 'contents')
    await using file = await scheduler.io.open(join(folder, 'file'), 'r+')
    const code = 'ERR_INVALID_ARG_VALUE'
    const buffer = Object.defineProperties(new Uint8Array(4), own)
    const disguised = Object.defineProperties(new DataView(new ArrayBuffer(4)), own)
    Object.setPrototypeOf(disguised, Uint8Array.prototype)
    for (const liar of [buffer, disguised]) {
      expect(() => file.read(liar)).toThrow(expect.objectContaining({ code }))
      expect(() => file.write(liar)).toThrow(expect.objectContaining({ code }))
    }
  })
})
