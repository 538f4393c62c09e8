/**
 * Files, read and digested by a scheduler's fibers.
 */
import type { Dirent, Stats } from 'node:fs'

import { type Abortable, begin } from './abort.js'
import type { Async } from './async.js'
import { checkObject } from './block.js'
import { Completion } from './completion.js'
import { DigestReceiver, type DigestSink, Digests, type FileDigest } from './digest.js'
import { invalidType, invalidValue } from './errors.js'
import { EventFd } from './event-fd.js'
import { bytesFrom, File, observed, readNothing, readStats } from './file.js'
import { parseFlags, parseMode } from './file-flags.js'
import { entriesFrom, namesFrom } from './folder.js'
import { FileCall, SYNCS } from './layout.js'
import { type MapOptions, type MappedFile, mapFile } from './mapped-file.js'
import { native } from './native.js'
import { checkSignal } from './operate.js'
import { checkArray, checkInteger, checkMilliseconds } from './options.js'
import { encodePath, encodePaths, type Path, showPath } from './paths.js'
import * as post from './post.js'
import { type ReadFile, readAll } from './read-files.js'
import { type ReadOptions, readLarge, readSmall, readWhole } from './reading.js'
import * as stream from './stream.js'

/** As poll(2) has them. */
const POLLIN = 1
const POLLOUT = 4

/** The I/O of one scheduler: `scheduler.io`. */
export class SchedulerIo {
  /** The number of the open scheduler, or a throw. */
  readonly #open: () => number

  /** @internal */
  constructor(open: () => number) {
    this.#open = open
  }

  /** Which engine is in use. */
  get backend(): 'io_uring' | 'threads' {
    return native.backend(this.#open())
  }

  /** Why that one. */
  get reason(): string {
    return native.reason(this.#open())
  }

  /**
   * The contents of a file.
   *
   * What is cached comes from there. Of a large file the rest comes straight from the disk, without
   * the cache: then it takes next to no time of any processor. But for shared memory that is given
   * as `into`, this thread makes a copy: of 100 MB it takes some 30 ms.
   *
   * It fails with an {@link IoError}, whose `code` is Node's own, such as `ENOENT`; `EFBIG` if it
   * is larger than 2^31 - 1 bytes, or than `into`.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad input
   */
  readFile(path: Path, options?: ReadOptions): Async<Uint8Array> {
    return readWhole(this.#open, path, encodePath('path', path), options)
  }

  /**
   * The contents of a file that is small, and nothing of a large one: that is read into memory that
   * is nobody else's, as far as it goes.
   *
   * @internal
   */
  readPart(path: Path, signal: AbortSignal | undefined): Async<Uint8Array | undefined>
  readPart(path: Path, signal: AbortSignal | undefined, into: Uint8Array): Async<Uint8Array>
  readPart(path: Path, signal: AbortSignal | undefined, into?: Uint8Array) {
    if (into === undefined) return readSmall(this.#open, path, signal)
    return readLarge(this.#open, path, signal, into)
  }

  /**
   * The contents of many files, as they come: an error stands where one cannot be read. At most 64
   * are read ahead of whoever iterates; who stops early begins no more.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for a bad path
   */
  readFiles<P extends Path>(paths: readonly P[]): AsyncIterable<ReadFile<P>> {
    const all = checkArray('paths', paths)
    const encoded = all.map((path, i) => encodePath(`paths[${i}]`, path))
    this.#open()
    const read = (path: P, i: number) => readWhole(this.#open, path, encoded[i] as Uint8Array)
    return readAll(all, read)
  }

  /**
   * Writes a file: a new one, or in place of what it had.
   *
   * @param data - a string, which is written as UTF-8, or bytes, which are copied now
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad input
   */
  writeFile(path: Path, data: string | ArrayBufferView, options?: WriteOptions): Async<void> {
    const { flag = 'w', mode, flush = false } = checkObject(options) ?? {}
    const signal = checkSignal(options)
    if (typeof flush !== 'boolean') throw invalidType('options.flush', 'a boolean', flush)
    const flags = parseFlags(flag, 'options.flag') | (flush ? SYNCS : 0)
    const bits = parseMode(mode, 0o666, 'options.mode')
    return this.#call(FileCall.WriteFile, [path], {
      flags,
      mode: bits,
      bytes: bytesFrom(data),
      signal,
    })
  }

  /**
   * Opens a file, as Node does: to read if nothing else is said.
   *
   * @param mode - permissions of a new file: 0o666 without those that the process withholds
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad input
   */
  open(path: Path, flags: string | number = 'r', mode?: number | string): Async<File> {
    const [bytes, shown] = [encodePath('path', path), showPath(path)]
    const [how, bits] = [parseFlags(flags), parseMode(mode, 0o666)]
    const read = (handle: number) => new File(this.#open, native.takeFile(handle), shown)
    const slot = stream.fileSlot(shown, read)
    native.openFile(this.#open(), slot.handle, bytes, how, bits)
    return observed<File>(slot)
  }

  /**
   * A file's bytes as an array that is read in as it is looked at.
   *
   * It fails with an {@link IoError}: with code `ENODEV` or `EIO` if it is nothing that can be
   * mapped, such as a pipe or what is in /proc, `EISDIR` if it is a folder, `EFBIG` if no array can
   * be as long, `ENOTSUP` if this program's host allows no memory in arrays but its own.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for bad input
   */
  map(path: Path, options?: MapOptions): Async<MappedFile> {
    return mapFile(this.#open, path, options)
  }

  /** What is known of a file. A symbolic link stands for what it names. */
  stat(path: Path): Async<Stats> {
    return this.#call(FileCall.Stat, [path], { read: readStats })
  }

  /** The same, of a symbolic link itself. */
  lstat(path: Path): Async<Stats> {
    return this.#call(FileCall.Lstat, [path], { read: readStats })
  }

  /** Removes a file's name, and the file with its last one. */
  unlink(path: Path): Async<void> {
    return this.#call(FileCall.Unlink, [path])
  }

  /** Removes an empty folder. */
  rmdir(path: Path): Async<void> {
    return this.#call(FileCall.RemoveFolder, [path])
  }

  /** Gives a file or a folder another name, in place of what had it. */
  rename(path: Path, to: Path): Async<void> {
    return this.#call(FileCall.Rename, [path, to])
  }

  /** Makes a folder, with permissions `mode`: 0o777 without those that the process withholds. */
  mkdir(path: Path, options?: { mode?: number | string | undefined }): Async<void> {
    const mode = parseMode(checkObject(options)?.mode, 0o777, 'options.mode')
    return this.#call(FileCall.MakeFolder, [path], { mode })
  }

  /** Gives a file one more name. */
  link(path: Path, to: Path): Async<void> {
    return this.#call(FileCall.Link, [path, to])
  }

  /** Makes `path` a symbolic link that says `target`. */
  symlink(target: Path, path: Path): Async<void> {
    return this.#call(FileCall.SymbolicLink, [target, path])
  }

  /**
   * Comes after so many milliseconds: some 10 us late, where there is a processor for it.
   *
   * @param milliseconds - 0 to 2^31 - 1, with fractions
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   */
  timeout(milliseconds: number, options?: Abortable): Async<void> {
    checkMilliseconds(milliseconds)
    const signal = checkSignal(options)
    const slot = stream.fileSlot(undefined, readNothing)
    return begin(slot, signal, () => native.timer(this.#open(), slot.handle, milliseconds))
  }

  /**
   * Comes when the descriptor can be read or written without waiting, or has an error or an end,
   * which reading or writing then tells of. Once. The descriptor stays open meanwhile.
   *
   * It fails with an {@link IoError} with code `EBADF` if it is none.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`, RangeError with
   *   code `ERR_OUT_OF_RANGE`
   */
  poll(fd: number, event: 'in' | 'out', options?: Abortable): Async<void> {
    checkInteger('fd', fd, 0, 2 ** 31 - 1)
    if (event !== 'in' && event !== 'out') throw invalidValue('event', `'in' or 'out'`, event)
    const signal = checkSignal(options)
    const slot = stream.fileSlot(undefined, readNothing)
    const bits = event === 'in' ? POLLIN : POLLOUT
    return begin(slot, signal, () => native.poll(this.#open(), slot.handle, fd, bits))
  }

  /**
   * A new descriptor that native code writes to, so that JavaScript is told.
   *
   * @param initial - the number to begin with: an integer from 0 to 2^32 - 1
   * @throws IoError with code `EMFILE` if there are too many
   */
  eventfd(initial = 0): EventFd {
    return new EventFd(this.#open, initial)
  }

  /** Something that is done elsewhere, and signalled by native code or another thread. */
  completion(): Completion {
    return new Completion(this.#open())
  }

  /**
   * Copies a file, with its permissions, in place of what `to` had. If that fails, a file that it
   * has made is gone again.
   *
   * @param mode - of `fs.constants`: `COPYFILE_EXCL`, `COPYFILE_FICLONE`, `COPYFILE_FICLONE_FORCE`
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   */
  copyFile(from: Path, to: Path, mode = 0): Async<void> {
    return this.#call(FileCall.CopyFile, [from, to], { flags: checkInteger('mode', mode, 0, 7) })
  }

  /** The names in a folder, sorted byte for byte, or its entries. */
  readdir(path: Path, options?: { withFileTypes?: false | undefined }): Async<string[]>
  readdir(path: Path, options: { withFileTypes: true }): Async<Dirent[]>
  readdir(path: Path, options?: { withFileTypes?: boolean | undefined }): Async<unknown> {
    const { withFileTypes = false } = checkObject(options) ?? {}
    if (typeof withFileTypes !== 'boolean') {
      throw invalidType('options.withFileTypes', 'a boolean', withFileTypes)
    }
    if (!withFileTypes) return this.listFolder(path, namesFrom)
    return this.listFolder(path, (entries) => entriesFrom(entries, path))
  }

  /**
   * Fails unless this process may do with a file what `mode` says.
   *
   * @param mode - of `fs.constants`: `F_OK` if nothing else is said, `R_OK`, `W_OK`, `X_OK`
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   */
  access(path: Path, mode = 0): Async<void> {
    return this.#call(FileCall.Access, [path], { flags: checkInteger('mode', mode, 0, 7) })
  }

  /**
   * What `read` makes of a folder's entries.
   *
   * @internal
   */
  listFolder<T>(path: Path, read: (entries: Buffer) => T): Async<T> {
    const take = (handle: number) => read(Buffer.from(native.takeBytes(handle)))
    return this.#call(FileCall.ReadFolder, [path], { flags: 1, read: take })
  }

  /**
   * Checksums of many files, as they finish: XXH3 with 128 bits, in hexadecimal.
   *
   * Files are read on all workers, a bounded number at a time. One that cannot be read, or is not a
   * regular file, comes with its `error`.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for a bad path
   */
  digest<P extends Path>(paths: readonly P[]): AsyncIterable<FileDigest<P>> {
    const all = checkArray('paths', paths)
    const bytes = encodePaths('paths', all)
    const digests = new Digests(all)
    this.digestInto(digests, bytes, all.length)
    return digests
  }

  /**
   * As {@link digest}, for `count` paths that are encoded already: each ends with a NUL.
   *
   * @internal
   */
  digestInto(sink: DigestSink, paths: Uint8Array, count: number): void {
    const runtime = this.#open()
    if (count === 0) sink.arrived(true)
    else native.digest(runtime, post.expect(new DigestReceiver(count, sink)), paths, count)
  }

  #call<T>(code: FileCall, paths: [path: Path, to?: Path], more: Details = {}): Async<T> {
    const { flags = 0, mode = 0, bytes, read = readNothing, signal } = more
    const [path, to] = paths
    const names = to === undefined ? ['path'] : ['path', 'to']
    const encoded = paths.map((each, i) => encodePath(names[i] as string, each as Path))
    const slot = stream.fileSlot(showPath(path), read, to === undefined ? to : showPath(to))
    const joined = Buffer.concat(encoded)
    return begin(slot, signal, () =>
      native.fileCall(this.#open(), slot.handle, code, flags, mode, joined, bytes),
    )
  }
}

/** How {@link SchedulerIo.writeFile} opens the file, and how sure it is. */
export interface WriteOptions extends Abortable {
  /** As in Node: `'w'` if nothing else is said, `'a'` to append, `'wx'` for a new file only. */
  flag?: string | number | undefined
  /** Permissions of a new file, 0o666 without those that the process withholds. */
  mode?: number | string | undefined
  /** Not done before the disk has it. */
  flush?: boolean | undefined
}

/** What belongs to a call beside its paths. */
interface Details {
  flags?: number
  mode?: number
  bytes?: Uint8Array
  signal?: AbortSignal | undefined
  read?: (handle: number) => unknown
}
