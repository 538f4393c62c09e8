/**
 * `heddle/fs`: `node:fs/promises`, with files and names read and changed by the current scheduler.
 *
 * What is not done here (options beyond the common ones, Node's own `FileHandle`) is forwarded, so
 * that this module can take the other's place.
 */
import type { PathLike } from 'node:fs'
import * as promises from 'node:fs/promises'
import type { Async } from './async.js'
import { IoError } from './errors.js'
import { FileHandle } from './file-handle.js'
import { BYTES_MAX, tooLarge } from './file-handle-contents.js'
import { entriesFrom, type NameEncoding, namesIn } from './folder.js'
import type { SchedulerIo, WriteOptions } from './io.js'
import type { Path } from './paths.js'
import { currentScheduler } from './scope.js'
import './scheduler.js'

export * from 'node:fs/promises'

/** What a call may be told: an encoding, a mode, or an object of these. */
type Options = Record<string, unknown>

/** Calls whose errors name no path, as in Node: they are about a descriptor. */
const NAMELESS = new Set(['read', 'write', 'fsync', 'close'])

/** Whether a promise of Node's function is to be had in place of ours: `others` are not for us. */
function isForNode(others: Options): boolean {
  return Object.values(others).some((value) => value !== undefined)
}

function isPath(path: unknown): path is Path {
  return typeof path === 'string' || path instanceof URL || path instanceof Uint8Array
}

/** The options as an object: a string is an encoding, and null is nothing. Nonsense is for Node. */
function asObject(options: unknown): Options {
  if (typeof options === 'string') return { encoding: options }
  if (options === undefined || options === null || typeof options === 'function') return {}
  return typeof options === 'object' ? (options as Options) : { nonsense: options }
}

function isEncoding(encoding: unknown): encoding is BufferEncoding | null | undefined {
  return encoding == null || (typeof encoding === 'string' && Buffer.isEncoding(encoding))
}

/** The value, or the error as Node has it. May also throw. */
function ask<T>(call: (io: SchedulerIo) => Async<T>): Promise<T> {
  return call(currentScheduler().io).get().catch(throwAsNode)
}

async function throwAsNode(error: unknown): Promise<never> {
  if (!(error instanceof IoError) || !NAMELESS.has(error.syscall)) throw error
  if (error.code === 'EFBIG' && error.syscall === 'read') throw await tooLargeAt(error.path)
  throw new IoError(error.errno, error.syscall)
}

/** What has no size, such as a pipe, or is gone by now, has given more than the most. */
async function tooLargeAt(path = ''): Promise<RangeError> {
  const { size } = await promises.stat(path).catch(() => ({ size: 0 }))
  return tooLarge(Math.max(size, BYTES_MAX + 1))
}

function isSignal(signal: unknown): signal is AbortSignal | undefined {
  return signal === undefined || signal instanceof AbortSignal
}

/**
 * Reads into memory that is made for it here, so that nothing is copied; by one descriptor, so that
 * it is one file's, whoever gets its name meanwhile.
 */
async function readLarge(path: Path, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const file = await ask((io) => io.open(path))
  try {
    const { size } = await file.stat()
    const into = Buffer.from(new ArrayBuffer(size))
    return await ask((io) => io.readPart(`/proc/self/fd/${file.fd}`, signal, into))
  } catch (error) {
    if (!(error instanceof IoError)) throw error
    // Without /proc, or if this process may open it no more, there is a copy.
    return ask((io) => io.readFile(path, { signal }))
  } finally {
    await file.close()
  }
}

async function readFileOurs(path: unknown, options?: unknown): Promise<Buffer | string> {
  if (path instanceof FileHandle) return path.readFile(options)
  const { encoding, signal, ...others } = asObject(options)
  if (!isPath(path) || isForNode(others) || !isEncoding(encoding) || !isSignal(signal)) {
    return promises.readFile(path as PathLike, options as BufferEncoding)
  }
  let bytes = await ask((io) => io.readPart(path, signal))
  bytes ??= await readLarge(path, signal)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return encoding == null ? buffer : buffer.toString(encoding)
}

async function write(
  path: unknown,
  data: unknown,
  options: unknown,
  usual: 'w' | 'a',
): Promise<void> {
  if (path instanceof FileHandle) return path.writeFile(data, options)
  const { encoding, flag, mode, flush, signal, ...others } = asObject(options)
  const isPlain = (typeof data === 'string' || ArrayBuffer.isView(data)) && isSignal(signal)
  if (!isPath(path) || !isPlain || isForNode(others) || !isEncoding(encoding)) {
    const theirs = usual === 'w' ? promises.writeFile : promises.appendFile
    return theirs(path as PathLike, data as string, options as BufferEncoding)
  }
  const bytes = typeof data === 'string' ? Buffer.from(data, encoding ?? 'utf8') : data
  // Whatever flag is false is none: as in Node.
  const how = { flag: flag || usual, mode, flush: flush ?? false, signal } as WriteOptions
  await ask((io) => io.writeFile(path, bytes, how))
}

async function makeFolder(path: unknown, options?: unknown): Promise<string | undefined> {
  const isMode = typeof options === 'number' || typeof options === 'string'
  const { mode, recursive, ...others } = isMode ? { mode: options } : asObject(options)
  if (!isPath(path) || (recursive ?? false) !== false || isForNode(others)) {
    return promises.mkdir(path as PathLike, options as { recursive: true })
  }
  await ask((io) => io.mkdir(path, { mode: mode as number }))
  return undefined
}

/** Three bits, as copyFile and access have them. The rest is for Node to refuse. */
function isBits(mode: unknown): mode is number | undefined {
  return mode == null || (Number.isInteger(mode) && (mode as number) >= 0 && (mode as number) <= 7)
}

async function copy(from: unknown, to: unknown, mode?: unknown): Promise<void> {
  if (!isPath(from) || !isPath(to) || !isBits(mode)) {
    return promises.copyFile(from as PathLike, to as PathLike, mode as number)
  }
  return ask((io) => io.copyFile(from, to, mode ?? 0))
}

async function mayAccess(path: unknown, mode?: unknown): Promise<void> {
  if (!isPath(path) || !isBits(mode)) return promises.access(path as PathLike, mode as number)
  return ask((io) => io.access(path, mode ?? 0))
}

async function readFolder(path: unknown, options?: unknown): Promise<unknown> {
  const { encoding, withFileTypes, recursive, ...others } = asObject(options)
  const isNames = encoding === 'buffer' || isEncoding(encoding)
  if (!isPath(path) || !isNames || recursive || isForNode(others)) {
    return promises.readdir(path as PathLike, options as BufferEncoding)
  }
  const names = (encoding ?? 'utf8') as NameEncoding
  return ask((io) =>
    io.listFolder<unknown>(path, (entries) =>
      withFileTypes ? entriesFrom(entries, path, names) : namesIn(entries, names),
    ),
  )
}

async function openFile(path: unknown, flags?: unknown, mode?: unknown): Promise<unknown> {
  if (!isPath(path)) return promises.open(path as PathLike)
  const file = await ask((io) => io.open(path, (flags ?? 'r') as string, mode as number))
  return new FileHandle(file)
}

function factsOf(name: 'stat' | 'lstat', theirs: typeof promises.stat) {
  return async (path: unknown, options?: unknown) => {
    if (!isPath(path) || isForNode(asObject(options))) {
      return theirs(path as PathLike, options as undefined)
    }
    return ask((io) => io[name](path))
  }
}

/** A call about one path, or about two. */
function about(
  theirs: (path: never, to: never) => Promise<void>,
  ours: (io: SchedulerIo, path: Path, to: Path) => Async<void>,
  count: 1 | 2,
) {
  return async (path: unknown, to?: unknown, ...more: unknown[]): Promise<void> => {
    const isPlain = isPath(path) && (count === 1 ? to === undefined : isPath(to))
    if (isPlain && more.length === 0) return ask((io) => ours(io, path, to as Path))
    return (theirs as (...all: unknown[]) => Promise<void>)(path, to, ...more)
  }
}

const ours = {
  readFile: readFileOurs as typeof promises.readFile,
  writeFile: ((path, data, options) =>
    write(path, data, options, 'w')) as typeof promises.writeFile,
  appendFile: ((path, data, options) =>
    write(path, data, options, 'a')) as typeof promises.appendFile,
  stat: factsOf('stat', promises.stat) as typeof promises.stat,
  lstat: factsOf('lstat', promises.lstat as typeof promises.stat) as typeof promises.lstat,
  mkdir: makeFolder as typeof promises.mkdir,
  copyFile: copy as typeof promises.copyFile,
  access: mayAccess as typeof promises.access,
  readdir: readFolder as typeof promises.readdir,
  open: openFile as typeof promises.open,
  unlink: about(promises.unlink, (io, path) => io.unlink(path), 1) as typeof promises.unlink,
  rmdir: about(promises.rmdir, (io, path) => io.rmdir(path), 1) as typeof promises.rmdir,
  rename: about(promises.rename, (io, path, to) => io.rename(path, to), 2),
  link: about(promises.link, (io, path, to) => io.link(path, to), 2),
  symlink: about(promises.symlink, (io, target, path) => io.symlink(target, path), 2),
}

/** The contents of a file: a `Buffer`, or a string if there is an encoding. */
export const readFile: typeof promises.readFile = ours.readFile
/** Writes a file, in place of what it had. */
export const writeFile: typeof promises.writeFile = ours.writeFile
/** Writes at the end of a file. */
export const appendFile: typeof promises.appendFile = ours.appendFile
/** What is known of a file. A symbolic link stands for what it names. */
export const stat: typeof promises.stat = ours.stat
/** The same, of a symbolic link itself. */
export const lstat: typeof promises.lstat = ours.lstat
/** Makes a folder. */
export const mkdir: typeof promises.mkdir = ours.mkdir
/** Copies a file. If that fails, a file that it has made is gone again. */
export const copyFile: typeof promises.copyFile = ours.copyFile
/** Whether this process may do something with a file: it fails if not. */
export const access: typeof promises.access = ours.access
/** The names in a folder, or its entries. */
export const readdir: typeof promises.readdir = ours.readdir
/** Opens a file: a `FileHandle` with Node's methods. */
export const open: typeof promises.open = ours.open
/** Removes a name of a file. */
export const unlink: typeof promises.unlink = ours.unlink
/** Removes an empty folder. */
export const rmdir: typeof promises.rmdir = ours.rmdir
/** Gives a file another name. */
export const rename: typeof promises.rename = ours.rename
/** Gives a file one more name. */
export const link: typeof promises.link = ours.link
/** Makes a symbolic link. */
export const symlink: typeof promises.symlink = ours.symlink

export default { ...promises, ...ours }
