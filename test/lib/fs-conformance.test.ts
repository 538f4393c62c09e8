/**
 * What `node:fs/promises` documents, run against it and against `heddle/fs`: a difference fails.
 *
 * Covered: readFile, writeFile, appendFile, stat, lstat, unlink, rename, mkdir, rmdir, link and
 * symlink, with paths as strings, buffers and URLs, encodings, flags, modes, `flush`, `recursive`,
 * `bigint`, signals that are aborted, data of every kind that may be written, and their errors.
 */
import * as nodeFs from 'node:fs'
import * as node from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

import { afterEach, beforeEach, expect, test } from 'vitest'

import fs from '../../dist/fs.js'

type Fs = typeof node
/** A folder of its own for each side, with the same names in it. */
type Case = [name: string, program: (fs: Fs, at: (name: string) => string) => Promise<unknown>]

let folders: string[]

beforeEach(() => {
  folders = ['node', 'heddle'].map((name) => {
    const folder = nodeFs.mkdtempSync(join(tmpdir(), `heddle-${name}-`))
    nodeFs.writeFileSync(join(folder, 'file'), 'hello')
    nodeFs.mkdirSync(join(folder, 'full'))
    nodeFs.writeFileSync(join(folder, 'full/one'), '1')
    nodeFs.mkdirSync(join(folder, 'empty'))
    nodeFs.symlinkSync('file', join(folder, 'soft'))
    nodeFs.symlinkSync('nowhere', join(folder, 'dangling'))
    return folder
  })
})

afterEach(() => {
  for (const folder of folders) nodeFs.rmSync(folder, { recursive: true })
})

/** Names, kinds, permissions and contents of all that is in the folder. */
function picture(folder: string): string[] {
  const names = nodeFs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return names.map((name) => {
    const path = join(folder, name)
    const stats = nodeFs.lstatSync(path)
    const mode = stats.mode.toString(8)
    if (stats.isSymbolicLink()) return `${name} ${mode} -> ${nodeFs.readlinkSync(path)}`
    return `${name} ${mode} ${stats.isFile() ? nodeFs.readFileSync(path, 'hex') : ''}`
  })
}

/** What came of it, without what must differ: the folder, the inode, the times. */
async function outcome(fs: Fs, folder: string, program: Case[1]) {
  const strip = (text: unknown) => String(text).replaceAll(folder, '.')
  let came: unknown
  try {
    came = await program(fs, (name) => join(folder, name))
    if (came instanceof nodeFs.Stats) {
      const { mode, nlink, size, uid, gid } = came
      came = {
        mode,
        nlink,
        size,
        uid,
        gid,
        isFile: came.isFile(),
        isDate: came.mtime instanceof Date,
      }
    }
  } catch (error) {
    const { name, code, errno, syscall, path, dest, message } = error as NodeJS.ErrnoException & {
      dest?: string
    }
    const isOfSystem = errno !== undefined
    came = {
      failed: { code, errno, syscall, path: path && strip(path), dest: dest && strip(dest) },
      message: isOfSystem ? strip(message) : undefined,
      name: isOfSystem ? undefined : name,
    }
  }
  return { came, left: picture(folder) }
}

const CASES: Case[] = [
  ['readFile', (fs, at) => fs.readFile(at('file'))],
  ['readFile of a buffer path', (fs, at) => fs.readFile(Buffer.from(at('file')), 'utf8')],
  ['readFile of a URL', (fs, at) => fs.readFile(pathToFileURL(at('file')), { encoding: 'hex' })],
  ['readFile through a link', (fs, at) => fs.readFile(at('soft'), 'latin1')],
  ['readFile of a folder', (fs, at) => fs.readFile(at('full'))],
  ['readFile of nothing', (fs, at) => fs.readFile(at('nothing'))],
  ['readFile of a dangling link', (fs, at) => fs.readFile(at('dangling'))],
  ['readFile with a flag', (fs, at) => fs.readFile(at('new'), { flag: 'a+' })],
  ['readFile aborted', (fs, at) => fs.readFile(at('file'), { signal: AbortSignal.abort() })],
  ['writeFile of text', (fs, at) => fs.writeFile(at('new'), 'grüße')],
  ['writeFile of text in latin1', (fs, at) => fs.writeFile(at('new'), 'grüße', 'latin1')],
  [
    'writeFile of hexadecimal text',
    (fs, at) => fs.writeFile(at('new'), 'c0ffee', { encoding: 'hex' }),
  ],
  ['writeFile of a Buffer', (fs, at) => fs.writeFile(at('file'), Buffer.from([1, 2, 3]))],
  [
    'writeFile of a DataView',
    (fs, at) => fs.writeFile(at('new'), new DataView(new ArrayBuffer(3), 1)),
  ],
  ['writeFile of a Float64Array', (fs, at) => fs.writeFile(at('new'), Float64Array.of(1, 2))],
  ['writeFile of a stream', (fs, at) => fs.writeFile(at('new'), Readable.from(['a', 'b']))],
  ['writeFile of an iterable', (fs, at) => fs.writeFile(at('new'), ['a', 'b'])],
  ['writeFile of a number', (fs, at) => fs.writeFile(at('new'), 5 as never)],
  ['writeFile with a mode', (fs, at) => fs.writeFile(at('new'), '', { mode: 0o640 })],
  ['writeFile with octal digits', (fs, at) => fs.writeFile(at('new'), '', { mode: '600' })],
  ['writeFile flushed', (fs, at) => fs.writeFile(at('new'), 'x', { flush: true } as object)],
  ['writeFile to the end', (fs, at) => fs.writeFile(at('file'), '!', { flag: 'a' })],
  ['writeFile of what is there', (fs, at) => fs.writeFile(at('file'), '!', { flag: 'wx' })],
  ['writeFile over the start', (fs, at) => fs.writeFile(at('file'), 'J', { flag: 'r+' })],
  ['writeFile with a flag of nobody', (fs, at) => fs.writeFile(at('file'), '', { flag: 'q' })],
  ['writeFile with null', (fs, at) => fs.writeFile(at('new'), 'x', null)],
  ['writeFile into a folder', (fs, at) => fs.writeFile(at('full'), 'x')],
  ['writeFile through a dangling link', (fs, at) => fs.writeFile(at('dangling'), 'x')],
  ['writeFile aborted', (fs, at) => fs.writeFile(at('new'), '', { signal: AbortSignal.abort() })],
  ['writeFile to a full disk', (fs) => fs.writeFile('/dev/full', 'x')],
  ['appendFile', (fs, at) => fs.appendFile(at('file'), ', there')],
  [
    'appendFile to nothing',
    (fs, at) => fs.appendFile(at('new'), Buffer.from('x'), { mode: 0o600 }),
  ],
  ['appendFile with its own flag', (fs, at) => fs.appendFile(at('file'), 'J', { flag: 'w' })],
  ['stat', (fs, at) => fs.stat(at('soft'))],
  ['stat of a folder', (fs, at) => fs.stat(at('full'))],
  ['stat of nothing', (fs, at) => fs.stat(at('nothing'))],
  ['stat in bigints', async (fs, at) => typeof (await fs.stat(at('file'), { bigint: true })).size],
  ['lstat', (fs, at) => fs.lstat(at('soft'))],
  ['lstat below a file', (fs, at) => fs.lstat(at('file/below'))],
  ['unlink', (fs, at) => fs.unlink(at('file'))],
  ['unlink of a link', (fs, at) => fs.unlink(at('soft'))],
  ['unlink of a folder', (fs, at) => fs.unlink(at('empty'))],
  ['unlink of nothing', (fs, at) => fs.unlink(at('nothing'))],
  ['rename', (fs, at) => fs.rename(at('file'), at('full/two'))],
  ['rename over a file', (fs, at) => fs.rename(at('file'), at('full/one'))],
  ['rename of a folder', (fs, at) => fs.rename(at('full'), at('empty'))],
  ['rename over what is not empty', (fs, at) => fs.rename(at('empty'), at('full'))],
  ['rename of nothing', (fs, at) => fs.rename(at('nothing'), at('other'))],
  ['mkdir', (fs, at) => fs.mkdir(at('new'))],
  ['mkdir with a mode', (fs, at) => fs.mkdir(at('new'), 0o700)],
  ['mkdir with options', (fs, at) => fs.mkdir(at('new'), { mode: '750' })],
  [
    'mkdir of all the way',
    async (fs, at) => (await fs.mkdir(at('a/b/c'), { recursive: true })) === at('a'),
  ],
  ['mkdir of what is there', (fs, at) => fs.mkdir(at('full'))],
  ['mkdir in nothing', (fs, at) => fs.mkdir(at('a/b'))],
  ['rmdir', (fs, at) => fs.rmdir(at('empty'))],
  ['rmdir of what is not empty', (fs, at) => fs.rmdir(at('full'))],
  ['rmdir of a file', (fs, at) => fs.rmdir(at('file'))],
  ['link', (fs, at) => fs.link(at('file'), at('hard'))],
  ['link to what is there', (fs, at) => fs.link(at('file'), at('soft'))],
  ['symlink', (fs, at) => fs.symlink('file', at('new'))],
  ['symlink with a type', (fs, at) => fs.symlink('full', at('new'), 'dir')],
  ['symlink to what is there', (fs, at) => fs.symlink('file', at('soft'))],
  ['a NUL in a path', (fs) => fs.stat('a\0b')],
  ['a number for a path', (fs) => fs.unlink(7 as never)],
  ['nothing for a path', (fs) => fs.rename(undefined as never, 'x')],
  ['a URL of another kind', (fs) => fs.stat(new URL('data:,x'))],
]

test.each(CASES)('%s', async (_, program) => {
  const [theirs, ours] = [
    await outcome(node, folders[0] as string, program),
    await outcome(fs as Fs, folders[1] as string, program),
  ]
  expect(ours).toEqual(theirs)
})
