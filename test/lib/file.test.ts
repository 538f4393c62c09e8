/** Files that are open, the same on both engines. */
import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { File, IoError, Scheduler } from '../../dist/index.js'
import { root, runProgram } from '../support/program.js'

let folder: string

/** What is behind the first `count` bytes of these buffers. */
function tail(buffers: readonly Buffer[], count: number): Buffer[] {
  let passed = 0
  return buffers.map((each) => {
    const rest = each.subarray(Math.max(0, Math.min(each.length, count - passed)))
    passed += each.length
    return rest
  })
}

const at = (name: string) => join(folder, name)
const text = (bytes: Uint8Array, count = bytes.length) =>
  Buffer.from(bytes).toString('utf8', 0, count)

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-file-'))
  nodeFs.writeFileSync(at('digits'), '0123456789')
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

  test('is read at a place, and on from the last one', async () => {
    await using file = await scheduler.io.open(at('digits'))
    expect(file).toBeInstanceOf(File)
    expect(file.fd).toBeGreaterThan(2)
    const buffer = new Uint8Array(4)
    expect(await file.read(buffer, { position: 3 })).toBe(4)
    expect(text(buffer)).toBe('3456')
    for (const expected of ['0123', '4567', '89', '']) {
      const count = file.read(buffer).getWait()
      expect(text(buffer, count)).toBe(expected)
    }
    expect(await file.read(buffer, { offset: 1, length: 2, position: 8n })).toBe(2)
    expect(text(buffer, 3).slice(1)).toBe('89')
    expect(await file.read(new Float64Array(1), { position: 1 })).toBe(8)
    expect(await file.read(new Uint8Array(0), { position: 0 })).toBe(0)
    expect(await file.read(buffer, { position: 100 })).toBe(0)
  })

  test('reads that are cached leave the event loop to others', async () => {
    nodeFs.writeFileSync(at('cached'), Buffer.alloc(1 << 20, 'x'))
    await using file = await scheduler.io.open(at('cached'))
    const buffer = new Uint8Array(1 << 20)
    let isOver = false
    let turns = 0
    const count = () => {
      turns += 1
      if (!isOver) setImmediate(count)
    }
    setImmediate(count)
    for (let i = 0; i < 50; ++i) expect(await file.read(buffer, { position: 0 })).toBe(1 << 20)
    isOver = true
    expect(turns).toBeGreaterThan(10)
    for (let i = 0; i < 50; ++i) expect(file.read(buffer, { position: 0 }).getWait()).toBe(1 << 20)
    const all = Array.from({ length: 500 }, () => file.read(buffer.subarray(0, 4096)).add(0))
    expect((await Promise.all(all)).filter((each) => each === 4096).length).toBe(256)
  })

  test('is filled also where nobody asks for the count', async () => {
    const long = Buffer.alloc(3_000_001, 'abcdefg')
    nodeFs.writeFileSync(at('long'), long)
    await using file = await scheduler.io.open(at('long'))
    const buffer = new Uint8Array(long.length)
    void file.read(buffer, { position: 0 })
    await scheduler.drain()
    await new Promise(setImmediate)
    expect(Buffer.compare(buffer, long)).toBe(0)
  })

  test('is written, cut, and known', async () => {
    await using file = await scheduler.io.open(at('new'), 'w+', 0o640)
    expect(await file.write('grüße')).toBe(7)
    expect(await file.write(Uint16Array.of(0x4241))).toBe(2)
    expect(await file.write('!', { position: 0 })).toBe(1)
    const data = Buffer.from('0123')
    const written = file.write(data, { offset: 1, length: 2, position: 9 })
    data.fill('x') // What is written is what was there at the call.
    expect(await written).toBe(2)
    expect(nodeFs.readFileSync(at('new'), 'utf8')).toBe('!rüßeAB12')
    expect(await file.fsync()).toBe(undefined)
    expect(await file.fdatasync()).toBe(undefined)
    await file.truncate(3)
    expect(await file.stat()).toEqual(nodeFs.statSync(at('new')))
    await file.truncate()
    expect((await file.stat()).size).toBe(0)
    expect((await file.stat()).mode & 0o777).toBe(0o640)
  })

  test('is read into several buffers', async () => {
    await using file = await scheduler.io.open(at('digits'))
    const buffers = [new Uint8Array(3), new Uint8Array(0), new Uint16Array(2), new Uint8Array(9)]
    const contents = () => Buffer.concat(buffers.map(({ buffer }) => new Uint8Array(buffer)))
    expect(await file.readv(buffers)).toBe(10)
    expect(text(contents(), 10)).toBe('0123456789')
    expect(await file.readv(buffers)).toBe(0)
    expect(await file.readv(buffers, { position: 7n })).toBe(3)
    expect(text(contents(), 10)).toBe('7893456789')
    expect(await file.readv([], { position: 0 })).toBe(0)
  })

  test('is written from several buffers, and read into as many', async () => {
    await using file = await scheduler.io.open(at('new'), 'w+')
    const long = Array.from({ length: 3000 }, (_, i) => Buffer.alloc(i, i))
    const written = file.writev(long)
    const expected = Buffer.concat(long)
    for (const each of long) each.fill('x') // What is written is what was there at the call.
    expect(await written).toBe(expected.length)
    expect(Buffer.compare(nodeFs.readFileSync(at('new')), expected)).toBe(0)
    let count = 0
    while (count < expected.length)
      count += await file.readv(tail(long, count), { position: count })
    expect(Buffer.compare(Buffer.concat(long), expected)).toBe(0)
    expect(await file.writev([Buffer.from('ab'), Uint16Array.of(0x6463)], { position: 1 })).toBe(4)
    expect(nodeFs.readFileSync(at('new')).toString('latin1', 0, 5)).toBe('\x01abcd')
    expect(await file.writev([])).toBe(0)
  })

  test('many calls run beside each other', async () => {
    await using file = await scheduler.io.open(at('many'), 'w+')
    const blocks = Array.from({ length: 500 }, (_, i) => Buffer.alloc(777, i))
    await Promise.all(blocks.map((block, i) => file.write(block, { position: i * 777 })))
    const read = await Promise.all(
      blocks.map(async (_, i) => {
        const buffer = new Uint8Array(777)
        expect(await file.read(buffer, { position: i * 777 })).toBe(777)
        return buffer
      }),
    )
    for (const [i, buffer] of read.entries())
      expect(Buffer.compare(buffer, blocks[i] as Buffer)).toBe(0)
  })

  test.each([
    ['nothing', () => at('nothing'), 'r', 'ENOENT'],
    ['below a file', () => at('digits/x'), 'r', 'ENOTDIR'],
    ['a folder to write', () => folder, 'w', 'EISDIR'],
    ['what is there', () => at('digits'), 'wx', 'EEXIST'],
  ])('open of %s fails', async (_, path, flags, code) => {
    const opening = scheduler.io.open(path(), flags)
    await expect(opening.get()).rejects.toMatchObject({ code, syscall: 'open', path: path() })
    expect(() => opening.getWait()).toThrow(IoError)
  })

  test('calls fail with what the system says', async () => {
    await using reading = await scheduler.io.open(at('digits'))
    await using writing = await scheduler.io.open('/dev/full', 'w')
    await using directory = await scheduler.io.open(folder)
    const failure = (code: string, syscall: string) => ({ code, syscall })
    await expect(reading.write('x').get()).rejects.toMatchObject(failure('EBADF', 'write'))
    await expect(reading.truncate(1).get()).rejects.toMatchObject(failure('EINVAL', 'ftruncate'))
    await expect(writing.write('x').get()).rejects.toMatchObject(failure('ENOSPC', 'write'))
    const buffer = new Uint8Array(1)
    await expect(directory.read(buffer).get()).rejects.toMatchObject(failure('EISDIR', 'read'))
  })

  test('after close() every call throws, and twice is fine', async () => {
    const file = await scheduler.io.open(at('digits'), 'r+')
    const { fd } = file
    await Promise.all([file.close(), file.close()])
    await file[Symbol.asyncDispose]()
    expect(file.fd).toBe(-1)
    expect(
      nodeFs.existsSync(`/proc/self/fd/${fd}`) && nodeFs.readlinkSync(`/proc/self/fd/${fd}`),
    ).not.toBe(at('digits'))
    const gone = expect.objectContaining({ code: 'EBADF' })
    const calls = [
      () => file.read(new Uint8Array(1)),
      () => file.readv([new Uint8Array(1)]),
      () => file.writev([]),
      () => file.write('x'),
      () => file.fsync(),
      () => file.fdatasync(),
      () => file.stat(),
      () => file.truncate(),
    ]
    for (const call of calls) expect(call).toThrow(gone)
  })

  test('close() waits for the calls that have begun', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const opening = [scheduler.io.open(at('pipe'), 'r'), scheduler.io.open(at('pipe'), 'w')]
    const [reading, writing] = (await Promise.all(opening)) as [File, File]
    const buffer = new Uint8Array(100)
    const read = reading.read(buffer)
    const closing = reading.close()
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(closing.ready).toBe(false)
    await writing.write('late')
    expect(await read).toBe(4)
    await closing
    expect(text(buffer, 4)).toBe('late')
    await writing.close()
  })

  test('a buffer that is transferred away is left alone', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const opening = [scheduler.io.open(at('pipe'), 'r'), scheduler.io.open(at('pipe'), 'w')]
    await using reading = (await opening[0]) as File
    await using writing = (await opening[1]) as File
    const buffer = new Uint8Array(100)
    const read = reading.read(buffer)
    const another = reading.readv([new Uint8Array(3), buffer])
    const moved = structuredClone(buffer, { transfer: [buffer.buffer] })
    await writing.write('late')
    await writing.close()
    await expect(another.get()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    await expect(read.get()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    await expect(read.get()).rejects.toMatchObject({ code: 'ERR_INVALID_STATE' })
    expect(moved.every((byte) => byte === 0)).toBe(true)
  })

  test('a scheduler that is disposed ends what waits', async () => {
    execFileSync('mkfifo', [at('pipe')])
    const opening = [scheduler.io.open(at('pipe'), 'r'), scheduler.io.open(at('pipe'), 'w')]
    const [reading] = (await Promise.all(opening)) as [File, File]
    const reads = Array.from({ length: 100 }, () => reading.read(new Uint8Array(10)).get())
    const ends = Promise.allSettled([...reads, reading.close().get()])
    scheduler[Symbol.dispose]()
    for (const end of (await ends).slice(0, 100)) {
      expect(end).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } })
    }
    const closed = expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' })
    expect(() => reading.read(new Uint8Array(1))).toThrow(closed)
  })

  test('a file is closed after its scheduler too', async () => {
    const file = await scheduler.io.open('LICENSE')
    const { fd } = file
    scheduler[Symbol.dispose]()
    await file.close()
    await file.close()
    expect(file.fd).toBe(-1)
    expect(() => nodeFs.fstatSync(fd)).toThrow('EBADF')
  })

  type Bad = (file: File) => unknown
  const bytes = () => new Uint8Array(10)
  test.each<[string, Bad, string]>([
    ['no buffer', (file) => file.read(undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['an ArrayBuffer', (file) => file.read(new ArrayBuffer(8) as never), 'ERR_INVALID_ARG_TYPE'],
    ['an offset beyond', (file) => file.read(bytes(), { offset: 11 }), 'ERR_OUT_OF_RANGE'],
    ['a negative offset', (file) => file.read(bytes(), { offset: -1 }), 'ERR_OUT_OF_RANGE'],
    ['a length beyond', (file) => file.read(bytes(), { offset: 5, length: 6 }), 'ERR_OUT_OF_RANGE'],
    ['half a length', (file) => file.read(bytes(), { length: 0.5 }), 'ERR_OUT_OF_RANGE'],
    ['a negative position', (file) => file.read(bytes(), { position: -1 }), 'ERR_OUT_OF_RANGE'],
    [
      'a position beyond',
      (file) => file.read(bytes(), { position: 2n ** 60n }),
      'ERR_OUT_OF_RANGE',
    ],
    [
      'a position of text',
      (file) => file.read(bytes(), { position: '1' as never }),
      'ERR_INVALID_ARG_TYPE',
    ],
    ['options of text', (file) => file.read(bytes(), 'all' as never), 'ERR_INVALID_ARG_TYPE'],
    ['a buffer for buffers', (file) => file.readv(bytes() as never), 'ERR_INVALID_ARG_TYPE'],
    ['no buffer among them', (file) => file.readv([bytes(), 'x' as never]), 'ERR_INVALID_ARG_TYPE'],
    [
      'a negative position of several',
      (file) => file.readv([bytes()], { position: -1 }),
      'ERR_OUT_OF_RANGE',
    ],
    ['text for buffers', (file) => file.writev('x' as never), 'ERR_INVALID_ARG_TYPE'],
    [
      'several of 2 GiB and more',
      (file) => {
        const large = new Uint8Array(2 ** 29)
        return file.writev([large, large, large, large])
      },
      'ERR_OUT_OF_RANGE',
    ],
    ['a number to write', (file) => file.write(5 as never), 'ERR_INVALID_ARG_TYPE'],
    ['a negative size', (file) => file.truncate(-1), 'ERR_OUT_OF_RANGE'],
    ['a size of text', (file) => file.truncate('1' as never), 'ERR_INVALID_ARG_TYPE'],
  ])('%s is refused at the call', async (_, call, code) => {
    await using file = await scheduler.io.open(at('digits'), 'r+')
    expect(() => call(file)).toThrow(expect.objectContaining({ code }))
    expect(nodeFs.readFileSync(at('digits'), 'utf8')).toBe('0123456789')
  })
})

test('what nobody closes is closed when it is collected, and when the thread ends', () => {
  const source = `
    import { readdirSync, readlinkSync } from 'node:fs'
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    const scheduler = new heddle.Scheduler(2)
    const path = '${at('digits')}'
    const isOpen = (fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd) === path } catch { return false }
    }
    const count = () => readdirSync('/proc/self/fd').filter(isOpen).length
    const settle = async () => {
      do {
        gc()
        await new Promise((resolve) => setTimeout(resolve, 5))
      } while (count() > 0)
    }
    const open = async () => {
      for (let i = 0; i < 50; ++i) await scheduler.io.open(path)
      for (let i = 0; i < 50; ++i) scheduler.io.open(path)
      await scheduler.drain()
      return count()
    }
    console.log((await open()) > 0)
    await settle()
    const code = \`
      const heddle = require('${root}/dist/index.js')
      const scheduler = new heddle.Scheduler(2)
      const open = () => scheduler.io.open('${at('digits')}')
      Promise.all([open(), open(), open()]).then((files) => {
        for (const file of files) file.read(new Uint8Array(1e6)).get()
        const { parentPort } = require('node:worker_threads')
        parentPort.on('message', () => console.log(files)) // Keeps files and thread until then.
        parentPort.postMessage('open')
      })
    \`
    const worker = new Worker(code, { eval: true, execArgv: [] })
    await once(worker, 'message')
    console.log(count())
    await worker.terminate()
    await settle()
    console.log('closed')
  `
  const stdout = 'true\n3\nclosed\n'
  expect(runProgram(source, ['--expose-gc'])).toMatchObject({ code: 0, stdout, stderr: '' })
})
