/**
 * What `node:fs/promises` documents of `FileHandle`, run against Node's and against that of
 * `heddle/fs`: a difference fails.
 *
 * Covered: open with flags and modes; read, readv, write and writev with every way to say what and
 * where; readFile, writeFile and appendFile, also of `fs` with a handle, with encodings, iterables
 * and signals; stat, truncate, sync, datasync, chmod, chown and utimes; close, its event and what
 * comes after it; and their errors. Streams and lines are in fs-handle-streams.test.ts.
 */
import type { EventEmitter } from 'node:events'
import type { FileHandle } from 'node:fs/promises'
import { Readable } from 'node:stream'

import { type Case, describeError, type Fs, testConformance } from '../support/conformance.js'

type Call = (handle: FileHandle) => Promise<unknown> | unknown

/** What came of each call on one handle of the file, in turn. */
const on =
  (flags: string, ...calls: Call[]) =>
  async (fs: Fs, at: (name: string) => string) => {
    const handle = await fs.open(at('file'), flags)
    const came = []
    for (const call of calls) came.push(await result(() => call(handle)))
    await handle.close()
    return came
  }

/** Of Node's own objects, whether they have a prototype, too. */
async function result(call: () => Promise<unknown> | unknown) {
  try {
    const came = await call()
    if (typeof came !== 'object' || came === null) return came
    return { ...came, isBare: Object.getPrototypeOf(came) === null }
  } catch (error) {
    return describeError(error)
  }
}

const buffer = (length = 4) => Buffer.alloc(length, '.')
const bytes = Buffer.from('XYZ')
const all = (handle: FileHandle) => handle.read(buffer(10), 0, 10, 0)

const OPENS: Case[] = [
  ['open', on('r')],
  ['open of nothing', (fs, at) => fs.open(at('nothing'))],
  ['open of nothing to write', on('r+', (handle) => handle.write('x'))],
  ['open of what must be new', on('wx')],
  ['open of a folder to write', (fs, at) => fs.open(at('full'), 'w')],
  ['open with a flag of nobody', on('q')],
  ['open with null for flags', on(null as never, (handle) => handle.readFile('utf8'))],
  ['open of a number', (fs) => fs.open(5 as never)],
  ['open with a mode of words', (fs, at) => fs.open(at('new'), 'w', 'rwx')],
  [
    'open with a mode',
    async (fs, at) => {
      await (await fs.open(at('new'), 'w', 0o640)).close()
      await (await fs.open(at('octal'), 'w', '600')).close()
    },
  ],
  ['open that cuts', on('w+', (handle) => handle.readFile('utf8'))],
  ['open to append', on('a+', (handle) => handle.write('!'), all)],
  ['a handle is not of its own name', on('r', ({ fd }) => typeof fd === 'number' && fd > 2)],
]

const READS: Case[] = [
  ['read without a buffer', on('r', (handle) => handle.read())],
  ['read goes on', on('r', ...Array(4).fill((handle: FileHandle) => handle.read(buffer(2))))],
  ['read at a place', on('r', (handle) => handle.read(buffer(), 1, 2, 3), all)],
  ['read with options', on('r', (handle) => handle.read(buffer(), { offset: 1, position: 2 }))],
  ['read with empty options', on('r', (handle) => handle.read(buffer(), {}))],
  ['read of options', on('r', (handle) => handle.read({ buffer: buffer(), position: 2 }))],
  ['read of options without a buffer', on('r', (handle) => handle.read({ length: 3 }))],
  ['read of null', on('r', (handle) => handle.read(null as never))],
  ['read of a number', on('r', (handle) => handle.read(5 as never))],
  ['read of text', on('r', (handle) => handle.read('x' as never))],
  [
    'read into what is no buffer',
    on('r', (handle) => handle.read({ buffer: new ArrayBuffer(8) as never })),
  ],
  ['read with nulls', on('r', (handle) => handle.read(buffer(), null, null, null))],
  ['read of nothing', on('r', (handle) => handle.read(buffer(), 0, 0))],
  ['read into nothing', on('r', (handle) => handle.read(buffer(0)))],
  ['read of more into nothing', on('r', (handle) => handle.read(buffer(0), 0, 1))],
  ['read behind the end', on('r', (handle) => handle.read(buffer(), 0, 4, 100))],
  ['read with an offset beyond', on('r', (handle) => handle.read(buffer(), 5))],
  ['read with a negative offset', on('r', (handle) => handle.read(buffer(), -1))],
  ['read with half an offset', on('r', (handle) => handle.read(buffer(), 1.5))],
  ['read with an offset of text', on('r', (handle) => handle.read(buffer(), '1' as never))],
  ['read with a length beyond', on('r', (handle) => handle.read(buffer(), 1, 4))],
  ['read with a negative length', on('r', (handle) => handle.read(buffer(), 0, -1))],
  ['read at -1', on('r', (handle) => handle.read(buffer(2), 0, 2, -1), all)],
  ['read at a bigint', on('r', (handle) => handle.read(buffer(), 0, 4, 2n as never)), 21],
  ['read before the start', on('r', (handle) => handle.read(buffer(), 0, 4, -2)), 22],
  ['read at text', on('r', (handle) => handle.read(buffer(), 0, 4, '1' as never)), 22],
  ['read of a file to write', on('a', (handle) => handle.read(buffer()))],
  [
    'read of nothing, of a file to write',
    on(
      'w',
      (handle) => handle.read(buffer(), 0, 0),
      (handle) => handle.read(buffer(0)),
      (handle) => handle.read({ buffer: buffer(), length: 0 }),
      (handle) => handle.readv([buffer(0)]),
    ),
  ],
  [
    'read of a folder',
    async (fs, at) => {
      const handle = await fs.open(at('full'))
      const came = await result(() => handle.read(buffer()))
      await handle.close()
      return came
    },
  ],
  ['readv', on('r', (handle) => handle.readv([buffer(2), new Uint8Array(2), buffer()]))],
  ['readv at a place', on('r', (handle) => handle.readv([buffer(1), buffer(2)], 1), all)],
  ['readv behind the end', on('r', (handle) => handle.readv([buffer(1)], 9))],
  ['readv at text', on('r', (handle) => handle.readv([buffer(1)], '2' as never))],
  ['readv into none', on('r', (handle) => handle.readv([]))],
  ['readv into text', on('r', (handle) => handle.readv('ab' as never))],
  ['readv into numbers', on('r', (handle) => handle.readv([1] as never))],
]

const WRITES: Case[] = [
  ['write of text', on('r+', (handle) => handle.write('grüße'), all)],
  ['write of text at a place', on('r+', (handle) => handle.write('XY', 1), all)],
  ['write of text in an encoding', on('r+', (handle) => handle.write('c0ffee', 1, 'hex'), all)],
  ['write of text, on', on('r+', (handle) => handle.write('X', null, 'latin1'), all)],
  ['write of half a byte', on('r+', (handle) => handle.write('abc', 0, 'hex'), all)],
  ['write in no encoding', on('r+', (handle) => handle.write('ü', 0, 'x' as never), all)],
  ['write at text', on('r+', (handle) => handle.write('X', '1' as never), all)],
  ['write of a buffer', on('r+', (handle) => handle.write(bytes), all)],
  ['write of the end of a buffer', on('r+', (handle) => handle.write(bytes, 1), all)],
  ['write of a part of a buffer', on('r+', (handle) => handle.write(bytes, 1, 1, 3), all)],
  ['write with nulls', on('r+', (handle) => handle.write(bytes, null, null, null), all)],
  [
    'write with options',
    on('r+', (handle) => handle.write(bytes, { offset: 1, position: 2 } as never), all),
  ],
  ['write of a Float64Array', on('r+', (handle) => handle.write(Float64Array.of(1)), all)],
  ['write of nothing', on('r+', (handle) => handle.write(buffer(0)), all)],
  ['write of no text', on('r+', (handle) => handle.write(''), all)],
  ['write with an offset beyond', on('r+', (handle) => handle.write(bytes, 4), all)],
  ['write with a length beyond', on('r+', (handle) => handle.write(bytes, 1, 3), all)],
  ['write with a negative length', on('r+', (handle) => handle.write(bytes, 0, -1), all)],
  ['write of a number', on('r+', (handle) => handle.write(5 as never), all)],
  ['write of null', on('r+', (handle) => handle.write(null as never), all)],
  ['write of an object', on('r+', (handle) => handle.write({} as never), all)],
  [
    'write of nothing, to a file to read',
    on(
      'r',
      (handle) => handle.write(buffer(0)),
      (handle) => handle.write(buffer(), 0, 0),
      (handle) => handle.write(''),
      (handle) => handle.writev([]),
      (handle) => handle.writev([buffer(0)]),
    ),
  ],
  ['write of a file to read', on('r', (handle) => handle.write('x'), all)],
  ['write to the end', on('a+', (handle) => handle.write('X', 0), all)],
  ['writev', on('r+', (handle) => handle.writev([bytes, buffer(1)]), all)],
  ['writev at a place', on('r+', (handle) => handle.writev([bytes, buffer(1)], 2), all)],
  ['writev of none', on('r+', (handle) => handle.writev([]), all)],
  ['writev of text', on('r+', (handle) => handle.writev(['x'] as never), all)],
  ['writev of a file to read', on('r', (handle) => handle.writev([bytes]), all)],
]

async function* parts() {
  yield 'ab'
  yield Buffer.from('cd')
}

const aborted = { signal: AbortSignal.abort() }

const CONTENTS: Case[] = [
  ['readFile', on('r', async (handle) => String(await handle.readFile()))],
  ['readFile in an encoding', on('r', (handle) => handle.readFile('hex'))],
  ['readFile with options', on('r', (handle) => handle.readFile({ encoding: 'latin1' }))],
  ['readFile with null', on('r', async (handle) => (await handle.readFile(null)).length)],
  [
    'readFile from where it is',
    on(
      'r',
      (handle) => handle.read(buffer(2)),
      (handle) => handle.readFile('utf8'),
      (handle) => handle.readFile('utf8'),
    ),
  ],
  [
    'readFile of what does not know its size',
    async (fs) => {
      const handle = await fs.open('/proc/self/status')
      const text = await handle.readFile('utf8')
      await handle.close()
      return text.startsWith('Name:')
    },
  ],
  [
    'readFile of much',
    async (fs, at) => {
      await fs.writeFile(at('much'), Buffer.alloc(3_000_001, 'abcdefg'))
      const handle = await fs.open(at('much'))
      const contents = await handle.readFile()
      await handle.close()
      return Buffer.compare(contents, Buffer.alloc(3_000_001, 'abcdefg'))
    },
  ],
  [
    'readFile of what is too large',
    async (fs, at) => {
      const handle = await fs.open(at('new'), 'w+')
      await handle.truncate(2 ** 31)
      const came = await result(() => handle.readFile())
      await handle.truncate()
      await handle.close()
      return came
    },
  ],
  ['readFile in no encoding', on('r', (handle) => handle.readFile('klingon' as never))],
  ['readFile with a number', on('r', (handle) => handle.readFile(5 as never))],
  ['readFile aborted', on('r', (handle) => handle.readFile(aborted))],
  ['readFile of a file to write', on('a', (handle) => handle.readFile())],
  ['writeFile of text', on('r+', (handle) => handle.writeFile('XY'), all)],
  ['writeFile in an encoding', on('r+', (handle) => handle.writeFile('ü', 'latin1'), all)],
  ['writeFile of a buffer', on('r+', (handle) => handle.writeFile(bytes), all)],
  ['writeFile goes on', on('r+', ...Array(2).fill((h: FileHandle) => h.writeFile('X')), all)],
  ['writeFile of an iterable', on('r+', (handle) => handle.writeFile(parts() as never), all)],
  [
    'writeFile of a stream',
    on('r+', (handle) => handle.writeFile(Readable.from(['a', 'b']) as never), all),
  ],
  ['writeFile of an array', on('r+', (handle) => handle.writeFile(['a', 'b'] as never), all)],
  ['writeFile of a number', on('r+', (handle) => handle.writeFile(5 as never), all)],
  ['writeFile of an object', on('r+', (handle) => handle.writeFile({} as never), all)],
  ['writeFile aborted', on('r+', (handle) => handle.writeFile('XY', aborted as never), all)],
  ['writeFile with text for a signal', on('r+', (h) => h.writeFile('', { signal: 'x' } as never))],
  ['writeFile with text for flush', on('r+', (h) => h.writeFile('', { flush: 'x' } as never))],
  ['appendFile', on('a+', (handle) => handle.appendFile('!'), all)],
  ['appendFile in the middle', on('r+', (handle) => handle.appendFile(bytes, 'hex'), all)],
  [
    'functions that take a handle',
    async (fs, at) => {
      const handle = await fs.open(at('file'), 'r+')
      const before = await fs.readFile(handle, 'utf8')
      await fs.writeFile(handle, ', there')
      await fs.appendFile(handle, Buffer.from('!'))
      const came = await result(() => handle.read(buffer(13), 0, 13, 0))
      await handle.close()
      return [before, came]
    },
  ],
]

const OTHERS: Case[] = [
  [
    'stat',
    async (fs, at) => {
      const handle = await fs.open(at('file'))
      const stats = await handle.stat()
      await handle.close()
      return stats
    },
  ],
  ['stat in bigints', on('r', async (handle) => (await handle.stat({ bigint: true })).size)],
  ['truncate', on('r+', (handle) => handle.truncate(2), all)],
  ['truncate to nothing', on('r+', (handle) => handle.truncate(), all)],
  ['truncate to more', on('r+', (handle) => handle.truncate(7), all)],
  ['truncate to less than nothing', on('r+', (handle) => handle.truncate(-7), all)],
  ['truncate to half a byte', on('r+', (handle) => handle.truncate(0.5), all)],
  ['truncate to text', on('r+', (handle) => handle.truncate('2' as never), all)],
  ['truncate of a file to read', on('r', (handle) => handle.truncate(2), all)],
  ['sync', on('r+', (handle) => handle.sync())],
  ['datasync', on('r+', (handle) => handle.datasync())],
  [
    'sync of what has no disk',
    async (fs) => {
      const handle = await fs.open('/dev/null', 'w')
      const calls = [() => handle.sync(), () => handle.datasync(), () => handle.truncate()]
      const came = []
      for (const call of calls) came.push(await result(call))
      await handle.close()
      return came
    },
  ],
  ['chmod', on('r', (handle) => handle.chmod(0o640))],
  ['chmod with words', on('r', (handle) => handle.chmod('rwx'))],
  ['chown', on('r', async (handle) => handle.chown(process.getuid?.() ?? 0, -1))],
  ['chown to words', on('r', (handle) => handle.chown('me' as never, 0))],
  [
    'utimes',
    on(
      'r+',
      (handle) => handle.utimes(1, new Date(2000)),
      async (handle) => {
        const { atimeMs, mtimeMs } = await handle.stat()
        return [atimeMs, mtimeMs]
      },
    ),
  ],
  ['utimes to nonsense', on('r+', (handle) => handle.utimes({} as never, 1))],
]

/** Every call once the handle has been closed. */
const AFTERWARDS: Record<string, Call> = {
  read: (handle) => handle.read(),
  readv: (handle) => handle.readv([buffer()]),
  write: (handle) => handle.write('x'),
  writev: (handle) => handle.writev([bytes]),
  readFile: (handle) => handle.readFile(),
  writeFile: (handle) => handle.writeFile('x'),
  appendFile: (handle) => handle.appendFile('x'),
  stat: (handle) => handle.stat(),
  truncate: (handle) => handle.truncate(),
  sync: (handle) => handle.sync(),
  datasync: (handle) => handle.datasync(),
  chmod: (handle) => handle.chmod(0o600),
  chown: (handle) => handle.chown(0, 0),
  utimes: (handle) => handle.utimes(1, 1),
  createReadStream: (handle) => handle.createReadStream(),
  createWriteStream: (handle) => handle.createWriteStream(),
  readableWebStream: (handle) => handle.readableWebStream(),
}

const CLOSES: Case[] = [
  ...Object.entries(AFTERWARDS).map(
    ([name, call]): Case => [
      `${name} of a closed handle`,
      async (fs, at) => {
        const handle = await fs.open(at('file'), 'r+')
        await handle.close()
        return result(() => call(handle))
      },
    ],
  ),
  [
    'close, twice, as a function',
    async (fs, at) => {
      const handle = await fs.open(at('file'))
      const { close } = handle
      const before = handle.fd > 2
      const closing = [close(), close()]
      return [before, handle.fd, await Promise.all(closing), await close(), handle.fd]
    },
  ],
  [
    'close says so once',
    async (fs, at) => {
      const handle = await fs.open(at('file'))
      let count = 0
      ;(handle as unknown as EventEmitter).on('close', () => count++)
      await Promise.all([handle.close(), handle.close()])
      await handle.close()
      return count
    },
  ],
  [
    'close waits for what has begun, which goes on',
    async (fs, at) => {
      const handle = await fs.open(at('file'), 'r+')
      const reading = handle.readFile('utf8')
      const closing = handle.close()
      const isOpen = handle.fd > 2
      const late = await result(() => handle.read(buffer(1), 0, 1, 0))
      const text = await reading
      await closing
      return [isOpen, late, text, handle.fd]
    },
  ],
  [
    'a handle is closed by its scope',
    async (fs, at) => {
      const handle = await fs.open(at('file'))
      {
        await using _ = handle
      }
      return handle.fd
    },
  ],
]

testConformance([...OPENS, ...READS, ...WRITES, ...CONTENTS, ...OTHERS, ...CLOSES])
