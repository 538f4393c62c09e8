/**
 * What `node:fs/promises` documents of names and whole files, run against it and against
 * `heddle/fs`: a difference fails.
 *
 * Covered: readFile, writeFile, appendFile, stat, lstat, unlink, rename, mkdir, rmdir, link,
 * symlink, copyFile, readdir and access, with paths as strings, buffers and URLs, encodings, flags,
 * modes, `flush`, `recursive`, `withFileTypes`, `bigint`, signals that are aborted, data of every
 * kind that may be written, and their errors. What handles do is in fs-handle-conformance.test.ts.
 */
import { constants } from 'node:fs'
import { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'

import { type Case, testConformance } from '../support/conformance.js'

const CASES: Case[] = [
  ['readFile', (fs, at) => fs.readFile(at('file'))],
  ['readFile of a buffer path', (fs, at) => fs.readFile(Buffer.from(at('file')), 'utf8')],
  ['readFile of a URL', (fs, at) => fs.readFile(pathToFileURL(at('file')), { encoding: 'hex' })],
  ['readFile through a link', (fs, at) => fs.readFile(at('soft'), 'latin1')],
  ['readFile of a folder', (fs, at) => fs.readFile(at('full'))],
  [
    'readFile of what is larger than 2 GiB',
    async (fs, at) => {
      await fs.truncate(at('file'), 3 * 2 ** 30)
      const why = await fs
        .readFile(at('file'))
        .catch(({ name, code, message }) => [name, code, message])
      await fs.truncate(at('file'), 0)
      return why
    },
  ],
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
  [
    'writeFile with null for flush',
    (fs, at) => fs.writeFile(at('new'), 'x', { flush: null } as object),
  ],
  ['writeFile with an empty flag', (fs, at) => fs.writeFile(at('file'), 'x', { flag: '' })],
  ['writeFile with 0 for a flag', (fs, at) => fs.writeFile(at('file'), 'x', { flag: 0 })],
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
  ['appendFile with an empty flag', (fs, at) => fs.appendFile(at('file'), 'x', { flag: '' })],
  ['stat', (fs, at) => fs.stat(at('soft'))],
  ['stat of a folder', (fs, at) => fs.stat(at('full'))],
  ['stat of nothing', (fs, at) => fs.stat(at('nothing'))],
  ['stat of a URL of nothing', (fs, at) => fs.stat(pathToFileURL(at('no thing')))],
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
  ['readFile with a number for options', (fs, at) => fs.readFile(at('file'), 5 as never)],
  ['writeFile with a number for options', (fs, at) => fs.writeFile(at('new'), '', 5 as never)],
  ['copyFile', (fs, at) => fs.copyFile(at('file'), at('new'))],
  ['copyFile over what is longer', (fs, at) => fs.copyFile(at('full/one'), at('file'))],
  ['copyFile through links', (fs, at) => fs.copyFile(at('soft'), at('dangling'))],
  ['copyFile onto itself', (fs, at) => fs.copyFile(at('file'), at('soft'))],
  ['copyFile of URLs', (fs, at) => fs.copyFile(pathToFileURL(at('file')), Buffer.from(at('new')))],
  [
    'copyFile of permissions',
    async (fs, at) => {
      await fs.chmod(at('file'), 0o751)
      await fs.copyFile(at('file'), at('full/one'))
      await fs.copyFile(at('file'), at('new'))
    },
  ],
  [
    'copyFile to what must not be there',
    (fs, at) => fs.copyFile(at('file'), at('full/one'), constants.COPYFILE_EXCL),
  ],
  [
    'copyFile to what is not there',
    (fs, at) => fs.copyFile(at('file'), at('new'), constants.COPYFILE_EXCL),
  ],
  [
    'copyFile that may clone',
    (fs, at) => fs.copyFile(at('file'), at('new'), constants.COPYFILE_FICLONE),
  ],
  [
    'copyFile that must clone',
    (fs, at) => fs.copyFile(at('file'), at('new'), constants.COPYFILE_FICLONE_FORCE),
  ],
  ['copyFile of nothing', (fs, at) => fs.copyFile(at('nothing'), at('new'))],
  ['copyFile into nothing', (fs, at) => fs.copyFile(at('file'), at('a/b'))],
  ['copyFile of a folder', (fs, at) => fs.copyFile(at('full'), at('new'))],
  ['copyFile onto a folder', (fs, at) => fs.copyFile(at('file'), at('full'))],
  ['copyFile with null for a mode', (fs, at) => fs.copyFile(at('file'), at('new'), null as never)],
  ['copyFile with a mode beyond', (fs, at) => fs.copyFile(at('file'), at('new'), 8)],
  ['copyFile with text for a mode', (fs, at) => fs.copyFile(at('file'), at('new'), 'x' as never)],
  ['copyFile of a number', (fs, at) => fs.copyFile(5 as never, at('new'))],
  ['copyFile to nothing at all', (fs, at) => fs.copyFile(at('file'), undefined as never)],
  ['readdir', (fs, at) => fs.readdir(at(''))],
  ['readdir of what is empty', (fs, at) => fs.readdir(at('empty'))],
  ['readdir of a buffer path', (fs, at) => fs.readdir(Buffer.from(at('')), 'hex')],
  ['readdir of a URL', (fs, at) => fs.readdir(pathToFileURL(at('')), { encoding: 'base64' })],
  ['readdir in buffers', (fs, at) => fs.readdir(at(''), 'buffer')],
  ['readdir in buffers, by options', (fs, at) => fs.readdir(at(''), { encoding: 'buffer' })],
  ['readdir with types', (fs, at) => fs.readdir(at(''), { withFileTypes: true })],
  [
    'readdir with types, of a URL',
    (fs, at) => fs.readdir(pathToFileURL(at('')), { withFileTypes: true }),
  ],
  [
    'readdir with types, of a buffer path',
    (fs, at) => fs.readdir(Buffer.from(at('')), { withFileTypes: true }),
  ],
  [
    'readdir with types, in buffers',
    (fs, at) => fs.readdir(at(''), { withFileTypes: true, encoding: 'buffer' } as never),
  ],
  [
    'readdir of names that are not UTF-8, in order',
    async (fs, at) => {
      const bytes = [0xff, 0xc3, 0x41, 0x7f]
      const paths = bytes.map((byte) => Buffer.concat([Buffer.from(at('empty/')), Buffer.of(byte)]))
      for (const path of paths) await fs.writeFile(path, '')
      const names = [
        await fs.readdir(at('empty')),
        await fs.readdir(at('empty'), 'latin1'),
        await fs.readdir(at('empty'), 'buffer'),
      ]
      for (const path of paths) await fs.unlink(path)
      return names
    },
  ],
  ['readdir all the way', (fs, at) => fs.readdir(at(''), { recursive: true } as never)],
  ['readdir with null', (fs, at) => fs.readdir(at(''), null)],
  ['readdir of nothing', (fs, at) => fs.readdir(at('nothing'))],
  ['readdir of a file', (fs, at) => fs.readdir(at('file'))],
  ['readdir in no encoding', (fs, at) => fs.readdir(at(''), 'klingon' as never)],
  ['readdir with a number for options', (fs, at) => fs.readdir(at(''), 5 as never)],
  ['readdir of a number', (fs) => fs.readdir(5 as never)],
  ['access', (fs, at) => fs.access(at('file'))],
  ['access to read and write', (fs, at) => fs.access(at('file'), constants.R_OK | constants.W_OK)],
  ['access to run', (fs, at) => fs.access(at('file'), constants.X_OK)],
  ['access to run a folder', (fs, at) => fs.access(at('full'), constants.X_OK)],
  ['access of a URL of nothing', (fs, at) => fs.access(pathToFileURL(at('no thing')))],
  ['access through a dangling link', (fs, at) => fs.access(at('dangling'))],
  ['access with null for a mode', (fs, at) => fs.access(at('file'), null as never)],
  ['access with a mode beyond', (fs, at) => fs.access(at('file'), 8)],
  ['access with text for a mode', (fs, at) => fs.access(at('file'), 'r' as never)],
]

testConformance(CASES)
