/** Files and names changed through a scheduler, the same on both engines, beside Node's own. */
import * as nodeFs from 'node:fs'
import * as node from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { type Async, IoError, Scheduler, ScopedScheduler } from '../../dist/index.js'

let folder: string
const at = (...names: string[]) => join(folder, ...names)
const text = (name: string) => nodeFs.readFileSync(at(name), 'utf8')

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-changes-'))
  nodeFs.writeFileSync(at('file'), 'hello')
  nodeFs.mkdirSync(at('full'))
  nodeFs.writeFileSync(at('full/one'), '')
  nodeFs.symlinkSync('file', at('soft'))
})

afterEach(() => {
  nodeFs.rmSync(folder, { recursive: true })
})

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler
  let scope: ScopedScheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io: engine })
    scope = new ScopedScheduler(scheduler)
  })
  afterEach(() => {
    scope[Symbol.dispose]()
    scheduler[Symbol.dispose]()
  })

  test('writeFile writes strings, bytes and parts of buffers', async () => {
    const { io } = scheduler
    expect(await io.writeFile(at('new'), 'grüße')).toBe(undefined)
    expect(text('new')).toBe('grüße')
    io.writeFile(at('new'), '').getWait()
    expect(text('new')).toBe('')
    const bytes = Buffer.from('0123456789')
    const part = new Uint16Array(bytes.buffer, bytes.byteOffset + (bytes.byteOffset % 2), 2)
    const written = io.writeFile(at('new'), part)
    const expected = Buffer.from(part.buffer, part.byteOffset, 4).toString()
    bytes.fill('x') // What is written is what was there at the call.
    await written
    expect(text('new')).toBe(expected)
  })

  test.each([
    ['a', 'hello, there'],
    ['r+', ', there'],
    ['w', ', there'],
    [nodeFs.constants.O_WRONLY, ', there'],
  ])('writeFile opens with %s as Node does', async (flag, expected) => {
    await scheduler.io.writeFile(at('file'), ', there', { flag, flush: true })
    const ours = text('file')
    nodeFs.writeFileSync(at('file'), 'hello')
    await node.writeFile(at('file'), ', there', { flag: flag as string })
    expect(ours).toBe(expected)
    expect(text('file')).toBe(ours)
  })

  test('writeFile makes a file with the permissions that it is told', async () => {
    await scheduler.io.writeFile(at('mine'), '', { mode: 0o600 })
    await scheduler.io.writeFile(at('octal'), '', { mode: '0640' })
    expect(nodeFs.statSync(at('mine')).mode & 0o777).toBe(0o600)
    expect(nodeFs.statSync(at('octal')).mode & 0o777).toBe(0o640)
  })

  test('writeFile writes what is longer than a transfer', async () => {
    const long = Buffer.alloc(5_000_001, 'abcdefg')
    await scheduler.io.writeFile(at('long'), long)
    expect(Buffer.compare(nodeFs.readFileSync(at('long')), long)).toBe(0)
    await scheduler.io.writeFile(at('long'), long.subarray(3), { flag: 'a' })
    expect(nodeFs.statSync(at('long')).size).toBe(2 * long.length - 3)
  })

  test.each(['file', 'full', 'soft', '.'])(
    'stat and lstat of %s are as Node has them',
    async (name) => {
      expect(await scheduler.io.stat(at(name))).toEqual(nodeFs.statSync(at(name)))
      expect(scheduler.io.lstat(at(name)).getWait()).toEqual(nodeFs.lstatSync(at(name)))
      const stats = await scheduler.io.lstat(at(name))
      expect(stats).toBeInstanceOf(nodeFs.Stats)
      expect([stats.isFile(), stats.isDirectory(), stats.isSymbolicLink()]).toContain(true)
      expect(stats.isSymbolicLink()).toBe(name === 'soft')
    },
  )

  test('names come and go', async () => {
    const { io } = scheduler
    await io.mkdir(at('made'), { mode: 0o750 })
    expect(nodeFs.statSync(at('made')).mode & 0o777).toBe(0o750)
    await io.rename(at('file'), at('made/moved'))
    await io.link(at('made/moved'), at('hard'))
    await io.symlink('hard', at('link'))
    expect(nodeFs.readlinkSync(at('link'))).toBe('hard')
    expect(text('link')).toBe('hello')
    await io.unlink(Buffer.from(at('made/moved')))
    await io.rmdir(at('made'))
    expect(nodeFs.readdirSync(folder).sort()).toEqual(['full', 'hard', 'link', 'soft'])
  })

  test('files are copied, with their permissions', async () => {
    const { io } = scheduler
    nodeFs.chmodSync(at('file'), 0o640)
    expect(await io.copyFile(at('file'), at('copy'))).toBe(undefined)
    expect(text('copy')).toBe('hello')
    expect(nodeFs.statSync(at('copy')).mode & 0o777).toBe(0o640)
    io.copyFile(at('full/one'), at('copy'), nodeFs.constants.COPYFILE_FICLONE).getWait()
    expect(text('copy')).toBe('')
  })

  test('a copy that fails leaves alone what was there', async () => {
    await expect(scheduler.io.copyFile('/proc/self/mem', at('new')).get()).rejects.toThrow('EIO')
    expect(nodeFs.existsSync(at('new'))).toBe(false)
    await expect(scheduler.io.copyFile('/proc/self/mem', at('file')).get()).rejects.toThrow('EIO')
    expect(nodeFs.existsSync(at('file'))).toBe(true)
  })

  test('a folder gives its names and its entries', async () => {
    const { io } = scheduler
    expect(await io.readdir(folder)).toEqual(['file', 'full', 'soft'])
    expect(io.readdir(at('full')).getWait()).toEqual(['one'])
    const entries = await io.readdir(folder, { withFileTypes: true })
    expect(entries).toEqual(nodeFs.readdirSync(folder, { withFileTypes: true }))
    expect(entries[0]).toBeInstanceOf(nodeFs.Dirent)
  })

  test('a folder gives many names', async () => {
    const names = Array.from({ length: 3000 }, (_, i) => `name-${String(i).padStart(4, '0')}`)
    for (const name of names) nodeFs.writeFileSync(at('full', name), '')
    expect(await scheduler.io.readdir(at('full'))).toEqual([...names, 'one'])
  })

  test('access says what may be done', async () => {
    const { R_OK, W_OK } = nodeFs.constants
    expect(await scheduler.io.access(at('file'))).toBe(undefined)
    expect(scheduler.io.access(at('file'), R_OK | W_OK).getWait()).toBe(undefined)
  })

  type Call = (io: Scheduler['io']) => PromiseLike<unknown>
  test.each<[string, Call]>([
    ['stat of nothing', (io) => io.stat(at('nothing'))],
    ['lstat below a file', (io) => io.lstat(at('file/below'))],
    ['unlink of a folder', (io) => io.unlink(at('full'))],
    ['unlink of nothing', (io) => io.unlink(at('nothing'))],
    ['rmdir of what is not empty', (io) => io.rmdir(at('full'))],
    ['rmdir of a file', (io) => io.rmdir(at('file'))],
    ['rename of nothing', (io) => io.rename(at('nothing'), at('other'))],
    ['rename over a folder', (io) => io.rename(at('file'), at('full'))],
    ['mkdir of what is there', (io) => io.mkdir(at('full'))],
    ['mkdir in nothing', (io) => io.mkdir(at('nothing/new'))],
    ['link of nothing', (io) => io.link(at('nothing'), at('other'))],
    ['link to what is there', (io) => io.link(at('file'), at('soft'))],
    ['symlink to what is there', (io) => io.symlink('file', at('soft'))],
    ['copyFile of nothing', (io) => io.copyFile(at('nothing'), at('new'))],
    ['copyFile to what is there', (io) => io.copyFile(at('file'), at('full/one'), 1)],
    ['copyFile of a folder', (io) => io.copyFile(at('full'), at('new'))],
    ['readdir of nothing', (io) => io.readdir(at('nothing'))],
    ['readdir of a file', (io) => io.readdir(at('file'))],
    ['access of nothing', (io) => io.access(at('nothing'))],
    ['access to run a file', (io) => io.access(at('file'), nodeFs.constants.X_OK)],
    ['writeFile into nothing', (io) => io.writeFile(at('nothing/new'), '')],
    ['writeFile to a folder', (io) => io.writeFile(at('full'), '')],
    ['writeFile of a new file that is not', (io) => io.writeFile(at('file'), '', { flag: 'wx' })],
    ['writeFile with a full disk', (io) => io.writeFile('/dev/full', 'x')],
  ])('%s fails as in Node', async (_, call) => {
    const failure = async (of: PromiseLike<unknown>) => {
      try {
        await of
      } catch (error) {
        return error as NodeJS.ErrnoException & { dest?: string }
      }
      throw new Error('it did not fail')
    }
    const [ours, theirs] = [await failure(call(scheduler.io)), await failure(call(node as never))]
    expect(ours).toBeInstanceOf(IoError)
    const { code, errno, syscall, dest } = theirs
    expect({ code: ours.code, errno: ours.errno, syscall: ours.syscall, dest: ours.dest }).toEqual({
      code,
      errno,
      syscall,
      dest,
    })
    if (theirs.path !== undefined) {
      expect(ours.path).toBe(theirs.path)
      expect(ours.message).toBe(theirs.message)
    }
  })

  type Bad = (io: Scheduler['io']) => unknown
  test.each<[string, Bad, string]>([
    ['a number for a path', (io) => io.unlink(5 as never), 'ERR_INVALID_ARG_TYPE'],
    ['a NUL in a path', (io) => io.stat('a\0b'), 'ERR_INVALID_ARG_VALUE'],
    ['no second path', (io) => io.rename('a', undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['a number for data', (io) => io.writeFile(at('x'), 5 as never), 'ERR_INVALID_ARG_TYPE'],
    ['a flag of nobody', (io) => io.writeFile(at('x'), '', { flag: 'q' }), 'ERR_INVALID_ARG_VALUE'],
    [
      'a flag by inheritance',
      (io) => io.writeFile(at('x'), '', { flag: 'toString' }),
      'ERR_INVALID_ARG_VALUE',
    ],
    ['a negative flag', (io) => io.writeFile(at('x'), '', { flag: -1 }), 'ERR_OUT_OF_RANGE'],
    ['a mode of words', (io) => io.mkdir(at('x'), { mode: 'rwx' }), 'ERR_INVALID_ARG_VALUE'],
    ['half a mode', (io) => io.mkdir(at('x'), { mode: 0.5 }), 'ERR_OUT_OF_RANGE'],
    ['a mode of a copy beyond', (io) => io.copyFile(at('file'), at('x'), 8), 'ERR_OUT_OF_RANGE'],
    ['no copy', (io) => io.copyFile(at('file'), undefined as never), 'ERR_INVALID_ARG_TYPE'],
    ['an access of text', (io) => io.access(at('file'), 'r' as never), 'ERR_INVALID_ARG_TYPE'],
    [
      'types of text',
      (io) => io.readdir(folder, { withFileTypes: 'x' as never }),
      'ERR_INVALID_ARG_TYPE',
    ],
    ['options of text', (io) => io.mkdir(at('x'), 'deep' as never), 'ERR_INVALID_ARG_TYPE'],
    [
      'a flush of text',
      (io) => io.writeFile(at('x'), '', { flush: 'yes' as never }),
      'ERR_INVALID_ARG_TYPE',
    ],
  ])('%s is refused at the call', (_, call, code) => {
    expect(() => call(scheduler.io)).toThrow(expect.objectContaining({ code }))
    expect(nodeFs.existsSync(at('x'))).toBe(false)
  })

  test('a scheduler that is disposed cancels what waits, and refuses the rest', async () => {
    const { io } = scheduler
    nodeFs.unlinkSync(at('file'))
    const fifo = at('fifo')
    const { execFileSync } = await import('node:child_process')
    execFileSync('mkfifo', [fifo])
    const stuck: Async<void>[] = Array.from({ length: 50 }, () => io.writeFile(fifo, 'x'))
    const ends = Promise.allSettled(stuck)
    scheduler[Symbol.dispose]()
    for (const end of await ends) {
      expect(end).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } })
    }
    expect(() => io.stat(folder)).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }))
  })
})
