/**
 * What `node:fs/promises` documents of a `FileHandle`'s streams, run against Node's and against
 * those of `heddle/fs`: a difference fails.
 *
 * Covered: createReadStream and createWriteStream with `start`, `end`, `encoding`, `highWaterMark`,
 * `autoClose`, `emitClose` and `flush`, their events, and who closes whom; readLines; and
 * readableWebStream, read to its end, cancelled, and cut off by close().
 */
import { type EventEmitter, once } from 'node:events'
import * as nodeFs from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { buffer as collect, text } from 'node:stream/consumers'
import { finished, pipeline } from 'node:stream/promises'

import { expect, test } from 'vitest'

import { type Case, describeError, type Fs, testConformance } from '../support/conformance.js'
import { root, runProgram } from '../support/program.js'

/** What came of a program with a handle of the file, and whether that is closed then. */
const on =
  (flags: string, program: (handle: FileHandle) => unknown) =>
  async (fs: Fs, at: (name: string) => string) => {
    const handle = await fs.open(at('file'), flags)
    let came: unknown
    try {
      came = await program(handle)
    } catch (error) {
      came = describeError(error)
    }
    const isClosed = handle.fd === -1
    await handle.close()
    return [came, isClosed, handle.fd]
  }

/** The names of what a stream or a handle says, in order. */
function events(emitter: unknown, ...names: string[]): string[] {
  const said: string[] = []
  for (const name of names) (emitter as EventEmitter).on(name, () => said.push(name))
  return said
}

async function chunks(stream: AsyncIterable<unknown>): Promise<string[]> {
  const all = []
  for await (const chunk of stream) all.push(String(chunk))
  return all
}

const READS: Case[] = [
  ['a read stream', on('r', (handle) => text(handle.createReadStream()))],
  ['a part', on('r', (handle) => text(handle.createReadStream({ start: 1, end: 3 })))],
  ['a part from nowhere', on('r', (handle) => text(handle.createReadStream({ end: 1 })))],
  ['in small chunks', on('r', (handle) => chunks(handle.createReadStream({ highWaterMark: 2 })))],
  ['in an encoding', on('r', (handle) => chunks(handle.createReadStream({ encoding: 'hex' })))],
  [
    'from where it is',
    on('r', async (handle) => {
      await handle.read(Buffer.alloc(2))
      return text(handle.createReadStream())
    }),
  ],
  ['of nothing that can be read', on('a', (handle) => text(handle.createReadStream()))],
  [
    'its events',
    on('r', async (handle) => {
      const stream = handle.createReadStream()
      const names = ['open', 'ready', 'data', 'end', 'close', 'error']
      const [said, handleSaid] = [events(stream, ...names), events(handle, 'close')]
      await finished(stream)
      return [said, handleSaid, stream.bytesRead, stream.path]
    }),
  ],
  [
    'that leaves the handle open',
    on('r', async (handle) => {
      const stream = handle.createReadStream({ autoClose: false })
      const contents = await text(stream)
      const isOpen = handle.fd > 2
      await Promise.all([handle.close(), once(stream, 'close')])
      return [contents, isOpen, stream.destroyed]
    }),
  ],
  [
    'that is destroyed',
    on('r', async (handle) => {
      const stream = handle.createReadStream()
      stream.destroy()
      await once(stream, 'close')
      return handle.fd
    }),
  ],
  [
    'whose handle is closed',
    on('r', async (handle) => {
      const stream = handle.createReadStream()
      const closed = once(stream, 'close')
      await handle.close()
      return [await closed, stream.destroyed]
    }),
  ],
  ['with functions', on('r', (handle) => handle.createReadStream({ fs: nodeFs } as never))],
  [
    'of much',
    async (fs, at) => {
      await fs.writeFile(at('much'), Buffer.alloc(1_000_001, 'abcdefg'))
      const contents = await collect((await fs.open(at('much'))).createReadStream())
      return Buffer.compare(contents, Buffer.alloc(1_000_001, 'abcdefg'))
    },
  ],
]

const WRITES: Case[] = [
  [
    'a write stream',
    on('w', (handle) =>
      pipeline(Readable.from(['a', 'b', Buffer.from('c')]), handle.createWriteStream()),
    ),
  ],
  [
    'from a place',
    on('r+', (handle) => pipeline(Readable.from(['XY']), handle.createWriteStream({ start: 2 }))),
  ],
  [
    'flushed, in an encoding',
    on('w', (handle) => {
      const stream = handle.createWriteStream({ flush: true, encoding: 'hex' } as never)
      stream.end('c0ffee')
      return finished(stream)
    }),
  ],
  [
    'many at once',
    on('w', async (handle) => {
      const stream = handle.createWriteStream()
      stream.cork()
      for (const part of ['a', 'bc', 'def']) stream.write(part)
      stream.end()
      const said = events(stream, 'finish', 'close')
      await once(stream, 'close')
      return [said, stream.bytesWritten]
    }),
  ],
  [
    'of a file to read',
    on('r', (handle) => pipeline(Readable.from(['a']), handle.createWriteStream())),
  ],
  [
    'piped from one file to another',
    async (fs, at) => {
      const [from, to] = [await fs.open(at('file')), await fs.open(at('new'), 'w')]
      await pipeline(from.createReadStream(), to.createWriteStream())
      return [from.fd, to.fd]
    },
  ],
]

const LINES: Case[] = [
  [
    'lines',
    async (fs, at) => {
      await fs.writeFile(at('lines'), 'one\ntwo\r\n\nthrée')
      const handle = await fs.open(at('lines'))
      const lines = []
      for await (const line of handle.readLines()) lines.push(line)
      return [lines, handle.fd]
    },
  ],
  [
    'lines of a part, and no more of them',
    async (fs, at) => {
      await fs.writeFile(at('lines'), 'one\ntwo\nthree')
      const handle = await fs.open(at('lines'))
      for await (const line of handle.readLines({ start: 4 })) {
        await handle.close()
        return line
      }
      return undefined
    },
  ],
]

const bytes = { type: 'bytes' } as never

const WEB: Case[] = [
  ['a web stream', on('r', (handle) => text(handle.readableWebStream(bytes)))],
  [
    'a web stream of much',
    async (fs, at) => {
      await fs.writeFile(at('much'), Buffer.alloc(100_001, 'abcdefg'))
      await using handle = await fs.open(at('much'))
      const contents = await collect(handle.readableWebStream(bytes))
      return Buffer.compare(contents, Buffer.alloc(100_001, 'abcdefg'))
    },
  ],
  [
    'only one',
    on('r', (handle) => {
      handle.readableWebStream(bytes)
      return handle.readableWebStream(bytes)
    }),
  ],
  [
    'of a handle that is being closed',
    on('r', (handle) => {
      void handle.readFile()
      void handle.close()
      return handle.readableWebStream(bytes)
    }),
  ],
  [
    'cancelled',
    on('r', async (handle) => {
      const stream = handle.readableWebStream(bytes)
      await stream.cancel()
      await handle.close()
      return (await stream.getReader().read()).done
    }),
  ],
  [
    'cut off by close()',
    on('r', async (handle) => {
      const reader = handle.readableWebStream(bytes).getReader()
      await handle.close()
      return (await reader.read()).done
    }),
  ],
]

testConformance([...READS, ...WRITES, ...LINES, ...WEB])

// In Node it is held for ever by a stream that there is not.
test.each([
  ['ERR_INVALID_ARG_TYPE', { start: '1' as never }],
  ['ERR_OUT_OF_RANGE', { start: 3, end: 1 }],
])('a stream that is refused with %s lets the handle be closed', async (code, options) => {
  const { default: fs } = await import('../../dist/fs.js')
  const handle = await fs.open('package.json')
  const refused = expect.objectContaining({ code })
  expect(() => handle.createReadStream(options)).toThrow(refused)
  expect(() => handle.createWriteStream({ flush: 'x' } as never)).toThrow(TypeError)
  await handle.close()
  expect(handle.fd).toBe(-1)
})

// In Node the handle waits for ever for streams that have finished.
test('write streams one after the other leave the handle open, and let it be closed', async () => {
  const { default: fs } = await import('../../dist/fs.js')
  const folder = await fs.mkdtemp(join(tmpdir(), 'heddle-streams-'))
  const handle = await fs.open(join(folder, 'file'), 'w+')
  for (const part of ['a', 'b']) {
    const stream = handle.createWriteStream({ autoClose: false })
    stream.end(part)
    await once(stream, 'finish')
  }
  expect(handle.fd).toBeGreaterThan(2)
  await handle.close()
  expect(await fs.readFile(join(folder, 'file'), 'utf8')).toBe('ab')
  await fs.rm(folder, { recursive: true })
})

test('a stream that fails lets the handle be closed', async () => {
  const { default: fs } = await import('../../dist/fs.js')
  const handle = await fs.open('.')
  await expect(text(handle.readableWebStream())).rejects.toMatchObject({ code: 'EISDIR' })
  await handle.close()
  expect(handle.fd).toBe(-1)
})

test('a handle that nobody closes is closed when it is collected', () => {
  const source = `
    import { readdirSync, readlinkSync, realpathSync } from 'node:fs'
    import fs from '${root}/dist/fs.mjs'
    const path = realpathSync('${root}/package.json')
    const isOpen = (fd) => {
      try { return readlinkSync('/proc/self/fd/' + fd) === path } catch { return false }
    }
    const count = () => readdirSync('/proc/self/fd').filter(isOpen).length
    const open = async () => {
      for (let i = 0; i < 20; ++i) await (await fs.open(path)).read()
      return count()
    }
    console.log((await open()) > 0)
    do {
      gc()
      await new Promise((resolve) => setTimeout(resolve, 5))
    } while (count() > 0)
    console.log('closed')
  `
  const stdout = 'true\nclosed\n'
  expect(runProgram(source, ['--expose-gc'])).toMatchObject({ code: 0, stdout, stderr: '' })
})
