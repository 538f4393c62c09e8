/**
 * What `heddle/fs` opens: a `FileHandle` with the methods, the results and the events of Node's.
 *
 * As in Node, what uses the descriptor holds it: a call until it has ended, a stream until it is
 * closed. `close()` gives up the handle's own hold, and the last one to do so closes the file.
 */
import { EventEmitter } from 'node:events'
import * as node from 'node:fs'
import type { Interface } from 'node:readline'
import type { ReadableStream } from 'node:stream/web'
import { promisify } from 'node:util'

import { IoError, withCode } from './errors.js'
import type { File } from './file.js'
import {
  checkSome,
  contentOptions,
  placeOf,
  readArguments,
  writeArguments,
} from './file-handle-arguments.js'
import { readContents, writeContents } from './file-handle-contents.js'
import { lines, readStream, webStream, writeStream } from './file-handle-streams.js'
import { checkInteger } from './options.js'

const fstat = promisify(node.fstat)
const fchmod = promisify(node.fchmod)
const fchown = promisify(node.fchown)
const futimes = promisify(node.futimes)

/** A file that `heddle/fs` has opened. One that nobody closes is closed when it is collected. */
export class FileHandle extends EventEmitter implements AsyncDisposable {
  readonly #file: File
  #holders = 1
  #isLocked = false
  #closing: Closing | undefined

  /** @internal */
  constructor(file: File) {
    super()
    this.#file = file
  }

  /** The system's number for it; -1 once it is closed. */
  get fd(): number {
    return this.#holders === 0 ? -1 : this.#file.fd
  }

  /**
   * Reads as {@link File.read} does; without a buffer, into a new one of 16 KiB.
   *
   * What is cached is there before the promise is: it holds nothing, and costs a quarter less.
   */
  async read(...all: [buffer?: unknown, offset?: unknown, length?: unknown, position?: unknown]) {
    if (this.#holders === 0) throw closed('read')
    const part = readArguments(...all)
    const { buffer } = part
    // As in Node, which does not ask the system then: the file may even be one to write.
    if (part.length === 0) return { __proto__: null, bytesRead: 0, buffer }
    const now = this.#file.readSoon(buffer, part)
    if (typeof now === 'number') return { __proto__: null, bytesRead: now, buffer }
    const bytesRead = await this.#use('read', () => now.get())
    return { __proto__: null, bytesRead, buffer }
  }

  /** The same into several buffers, one after the other. */
  readv(buffers: readonly ArrayBufferView[], position?: number | null) {
    return this.#use('readv', async () => {
      checkSome(buffers)
      const bytesRead = await this.#file.readv(buffers, { position: placeOf(position) }).get()
      return { __proto__: null, bytesRead, buffers }
    })
  }

  /** Writes all of a buffer, of a part of it, or of a string. */
  write(...all: [data: unknown, offset?: unknown, length?: unknown, position?: unknown]) {
    return this.#use('write', async () => {
      const { buffer: bytes, ...part } = writeArguments(...all)
      // As in Node, where no text is written, but of no bytes nothing is said to the system.
      const isNothing = typeof all[0] !== 'string' && bytes.byteLength === 0
      const bytesWritten = isNothing ? 0 : await this.#file.write(bytes, part).get()
      return { __proto__: null, bytesWritten, buffer: all[0] }
    })
  }

  /** Writes several buffers, one after the other. */
  writev(buffers: readonly ArrayBufferView[], position?: number | null) {
    return this.#use('writev', async () => {
      const isNothing = Array.isArray(buffers) && buffers.length === 0
      const place = { position: placeOf(position) }
      const bytesWritten = isNothing ? 0 : await this.#file.writev(buffers, place).get()
      return { __proto__: null, bytesWritten, buffers }
    })
  }

  /** What is left from the current position on. */
  readFile(options?: unknown): Promise<Buffer | string> {
    return this.#use('readFile', () => readContents(this.#file, contentOptions(options)))
  }

  /** Writes at the current position; what was behind stays. */
  writeFile(data: unknown, options?: unknown): Promise<void> {
    return this.#use('writeFile', () => writeContents(this.#file, data, contentOptions(options)))
  }

  /** As {@link writeFile}: where it writes was decided when it was opened. */
  appendFile(data: unknown, options?: unknown): Promise<void> {
    return this.writeFile(data, options)
  }

  /** What is known of it. */
  stat(options?: { bigint?: boolean | undefined }): Promise<node.Stats | node.BigIntStats> {
    return this.#use<node.Stats | node.BigIntStats>('fstat', () =>
      options?.bigint ? fstat(this.fd, { bigint: true }) : this.#file.stat().get(),
    )
  }

  /** Makes it so many bytes long. */
  truncate(length = 0): Promise<void> {
    return this.#use('ftruncate', () => {
      checkInteger('len', length, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
      return this.#file.truncate(Math.max(0, length)).get()
    })
  }

  /** Waits until the disk has what was written. */
  sync(): Promise<void> {
    return this.#use('fsync', () => this.#file.fsync().get())
  }

  /** The same, without what is not needed to read it again. */
  datasync(): Promise<void> {
    return this.#use('fdatasync', () => this.#file.fdatasync().get())
  }

  /** Changes its permissions. */
  chmod(mode: node.Mode): Promise<void> {
    return this.#use('fchmod', () => fchmod(this.fd, mode))
  }

  /** Changes whose it is. */
  chown(user: number, group: number): Promise<void> {
    return this.#use('fchown', () => fchown(this.fd, user, group))
  }

  /** Changes its times. */
  utimes(accessed: node.TimeLike, modified: node.TimeLike): Promise<void> {
    return this.#use('futimes', () => futimes(this.fd, accessed, modified))
  }

  /** A stream of Node's that reads from this file, and closes it at its end. */
  createReadStream(options?: Record<string, unknown>): node.ReadStream {
    return readStream(this, options)
  }

  /** A stream of Node's that writes to this file, and closes it at its end. */
  createWriteStream(options?: Record<string, unknown>): node.WriteStream {
    return writeStream(this, options)
  }

  /** Its lines, for `for await`. */
  readLines(options?: Record<string, unknown>): Interface {
    return lines(this, options)
  }

  /** Its bytes. Once. */
  readableWebStream(options?: { autoClose?: boolean | undefined }): ReadableStream<Uint8Array> {
    if (this.#holders === 0) throw invalidState('closed')
    if (this.#closing !== undefined) throw invalidState('closing')
    if (this.#isLocked) throw invalidState('locked')
    const stream = webStream(this, options)
    this.#isLocked = true
    return stream
  }

  /** Closes it once nothing uses it any more. Twice is fine. */
  readonly close = (): Promise<void> => {
    if (this.#holders === 0) return Promise.resolve()
    if (this.#closing !== undefined) return this.#closing.promise
    const closing = new Closing()
    this.#closing = closing
    this.release()
    this.emit('close')
    return closing.promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @internal Uses the descriptor until {@link release}. */
  hold(): void {
    this.#holders += 1
  }

  /** @internal */
  release(): void {
    this.#holders -= 1
    if (this.#holders > 0) return
    const ended = nameless(() => this.#file.close().get())
    this.#closing?.follow(ended)
  }

  async #use<T>(name: string, call: () => Promise<T>): Promise<T> {
    if (this.#holders === 0) throw closed(name)
    this.hold()
    try {
      return await nameless(call)
    } finally {
      this.release()
    }
  }
}

/** The end of a file that is still in use. */
class Closing {
  readonly promise: Promise<void>
  #resolve!: (value: Promise<void>) => void

  constructor() {
    this.promise = new Promise((resolve) => {
      this.#resolve = resolve
    })
  }

  follow(closed: Promise<void>): void {
    this.#resolve(closed)
  }
}

/** Errors about a descriptor name no path, as in Node. */
async function nameless<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw error instanceof IoError ? new IoError(error.errno, error.syscall) : error
  }
}

function closed(syscall: string): Error {
  return Object.assign(withCode(new Error('file closed'), 'EBADF'), { syscall })
}

function invalidState(what: string): Error {
  return withCode(new Error(`Invalid state: The FileHandle is ${what}`), 'ERR_INVALID_STATE')
}
