/**
 * A file that is open.
 */
import type { Stats } from 'node:fs'
import { constants } from 'node:os'
import { types } from 'node:util'

import { Async } from './async.js'
import { checkObject } from './block.js'
import { bind } from './clone.js'
import { Epoch } from './epoch.js'
import {
  IoError,
  invalidType,
  invalidValue,
  outOfRange,
  SchedulerClosedError,
  withCode,
} from './errors.js'
import { statsFrom } from './file-stats.js'
import { inTurn } from './late.js'
import { DescriptorCall } from './layout.js'
import { native } from './native.js'
import { checkArray, checkInteger } from './options.js'
import type { Slot } from './slot.js'
import * as stream from './stream.js'

/** Which part of a file is read or written. */
export interface Place {
  /** Where in the file; null, the default: where the last call without a position ended. */
  position?: number | bigint | null | undefined
}

/** Which part of a buffer goes to or comes from which part of a file. */
export interface Transfer extends Place {
  /** Bytes of the buffer to pass over. Default: none. */
  offset?: number | undefined
  /** How many bytes, at most. Default: to the end of the buffer. */
  length?: number | undefined
}

/** More is for several calls: as in Node. */
const LENGTH_MAX = 2 ** 31 - 1
const HERE = -1
/**
 * What is cached is read on this thread up to so many bytes. To hand it over takes no less of it:
 * another thread may not write to memory that could be transferred, so that it is copied here.
 */
const CACHED_MAX = 1024 * 1024

/** The true one of any typed array: properties of its own may say something else. */
const lengthOf = Object.getOwnPropertyDescriptor(
  Object.getPrototypeOf(Uint8Array.prototype),
  'byteLength',
)?.get as (this: Uint8Array) => number

/** Closes those that nobody has closed. */
const abandoned = new FinalizationRegistry<number>((file) => native.dropFile(file))

/**
 * A file that is open: `io.open(path)`.
 *
 * Calls on it run beside each other; their order is not that of the calls. One that has begun has
 * the file until it ends, also if `close()` is called meanwhile, which waits for it.
 *
 * @example
 * ```ts
 * await using scheduler = new Scheduler(2)
 * await using file = await scheduler.io.open('LICENSE')
 * const buffer = new Uint8Array(11)
 * const count = await file.read(buffer, { position: 0 })
 * console.log(Buffer.from(buffer).toString('latin1', 0, count)) // MIT License
 * ```
 */
export class File implements AsyncDisposable {
  /** The system's number for it; -1 once it is closed. */
  fd: number
  readonly #path: string
  readonly #open: () => number
  #file: number
  #closing: Async<void> | undefined

  /** @internal `both`: its number natively, and the descriptor. */
  constructor(open: () => number, both: Float64Array, path: string) {
    this.#open = open
    this.#file = both[0] as number
    this.fd = both[1] as number
    this.#path = path
    abandoned.register(this, this.#file, this)
    bind(this)
  }

  /**
   * Reads into `buffer`, and gives how many bytes it has read: fewer than asked for at the end, and
   * where what is read is no regular file.
   *
   * It fails with code `ERR_INVALID_STATE` if the buffer was transferred or made smaller meanwhile.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   * @throws IoError with code `EBADF` if the file was closed
   */
  read(buffer: ArrayBufferView, options?: Transfer): Async<number> {
    return asAsync(this.readSoon(buffer, options))
  }

  /**
   * The same into several buffers, one after the other: how many bytes in all.
   *
   * @throws TypeError, RangeError and IoError as {@link read}
   */
  readv(buffers: readonly ArrayBufferView[], options?: Place): Async<number> {
    const { parts, length, position } = checkAll(buffers, options)
    const bytes = Buffer.allocUnsafe(length)
    const lengths = parts.map(({ byteLength }) => byteLength)
    const count = this.#read(bytes, { offset: 0, length, position }, (come) => {
      checkStill(parts, lengths)
      return scatter(bytes, come, parts)
    })
    return asAsync(count)
  }

  /**
   * Writes what is in `data`, all of it, and gives how many bytes that are: at most 2^31 - 1, as
   * in Node. They are copied now.
   *
   * @param data - bytes, or a string, which is written as UTF-8
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   * @throws IoError with code `EBADF` if the file was closed
   */
  write(data: string | ArrayBufferView, options?: Transfer): Async<number> {
    const bytes = bytesFrom(data)
    const { offset, length, position } = check(bytes, options)
    checkThere('data', bytes, offset + length)
    return this.#write(bytes.subarray(offset, offset + length), position)
  }

  /**
   * The same with what is in several buffers, one after the other: how many bytes in all.
   *
   * @throws TypeError, RangeError and IoError as {@link write}
   */
  writev(buffers: readonly ArrayBufferView[], options?: Place): Async<number> {
    const { parts, length, position } = checkAll(buffers, options)
    return this.#write(Buffer.concat(parts, length), position)
  }

  /** Waits until the disk has what was written. */
  fsync(): Async<void> {
    return this.#call(DescriptorCall.Sync, 'fsync')
  }

  /** The same, without what is not needed to read it again, such as times. */
  fdatasync(): Async<void> {
    return this.#call(DescriptorCall.SyncData, 'fdatasync')
  }

  /** What is known of it. */
  stat(): Async<Stats> {
    return this.#call(DescriptorCall.Facts, 'fstat', readStats)
  }

  /**
   * Makes it so many bytes long: cut, or with zeros at the end.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   */
  truncate(length = 0): Async<void> {
    checkInteger('length', length, 0, Number.MAX_SAFE_INTEGER)
    return this.#call(DescriptorCall.Truncate, 'ftruncate', readNothing, length)
  }

  /** Closes it once the calls that have begun are over. Twice is fine, or after its scheduler. */
  close(): Async<void> {
    if (this.#closing !== undefined) return this.#closing
    this.#closing = this.#close()
    this.fd = -1
    abandoned.unregister(this)
    return this.#closing
  }

  #close(): Async<void> {
    try {
      return this.#call<void>(DescriptorCall.Close, 'close')
    } catch (error) {
      if (!(error instanceof SchedulerClosedError)) throw error
      native.dropFile(this.#file)
      return Async.inside<void>(Epoch.of(undefined))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close().get()
  }

  /**
   * Reads as {@link read} does, but what is cached at once: then it gives the number itself.
   *
   * @internal
   */
  readSoon(buffer: ArrayBufferView, options: Transfer | undefined): number | Async<number> {
    return this.#read(buffer, check(buffer, options), same)
  }

  /** The same; what it gives is what `finish` makes of the number. */
  #read(
    buffer: ArrayBufferView,
    { offset, length, position }: Checked,
    finish: (count: number) => number,
  ): number | Async<number> {
    const bytes = types.isUint8Array(buffer) ? buffer : bytesFrom(buffer, 'buffer')
    if (length === 0) bytesFrom(buffer, 'buffer') // Throws if that is because it was transferred.
    checkThere('buffer', bytes, offset + length)
    let there = 0
    if (length <= CACHED_MAX) {
      const now = native.readNow(this.#open(), this.#file, position, offset, length, bytes)
      if (now >= 0) return inTurn(length, finish(now))
      there = -1 - now
    }
    const part = bytesFrom(bytes, 'buffer').subarray(offset + there, offset + length)
    const { byteLength } = part
    const slot = stream.fileSlot(this.#path, (handle) => {
      checkStill([part], [byteLength])
      return finish(there + native.copyBytes(handle, part))
    })
    const from = position === HERE ? HERE : position + there
    if (native.readAt(this.#open(), slot.handle, this.#file, from, byteLength) === 0) {
      throw this.#closed('read')
    }
    return observed<number>(slot)
  }

  #write(bytes: Uint8Array, position: number): Async<number> {
    const { byteLength } = bytes
    const runtime = this.#open()
    const slot = stream.fileSlot(this.#path, () => byteLength)
    if (native.writeAt(runtime, slot.handle, this.#file, position, bytes) === 0) {
      throw this.#closed('write')
    }
    return Async.inside<number>(slot)
  }

  #call<T>(
    code: DescriptorCall,
    name: string,
    read: (handle: number) => unknown = readNothing,
    position = 0,
  ): Async<T> {
    const runtime = this.#open()
    const slot = stream.fileSlot(this.#path, read)
    if (!native.descriptorCall(runtime, slot.handle, code, this.#file, position)) {
      throw this.#closed(name)
    }
    return Async.inside<T>(slot)
  }

  #closed(name: string): IoError {
    return new IoError(-constants.errno.EBADF, name, this.#path)
  }
}

function asAsync(count: number | Async<number>): Async<number> {
  return typeof count === 'number' ? Async.inside<number>(Epoch.of(count)) : count
}

/** @internal */
export function readStats(handle: number): Stats {
  return statsFrom(new BigInt64Array(native.takeBytes(handle)))
}

/** @internal */
export function readNothing(): undefined {}

/**
 * @internal
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is neither
 */
export function bytesFrom(data: unknown, name = 'data'): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data)
  if (!ArrayBuffer.isView(data)) throw invalidType(name, 'a string or bytes', data)
  try {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  } catch {
    throw gone(name, data)
  }
}

/** @throws TypeError with code `ERR_INVALID_ARG_VALUE` if options have taken the memory away */
function checkThere(name: string, bytes: Uint8Array, end: number): void {
  if (lengthOf.call(bytes) < end) throw gone(name, bytes)
}

function gone(name: string, what: unknown): TypeError {
  return invalidValue(name, 'memory that was not transferred or made smaller', what)
}

/**
 * What is read is in the buffer when it has come, and what is opened can be collected, whether or
 * not anybody asks for it.
 *
 * @internal
 */
export function observed<T>(slot: Slot): Async<T> {
  const epoch = Epoch.ofSlot(slot)
  epoch.expect()
  return Async.inside<T>(epoch)
}

/** A part of a buffer, and where in the file; -1: where the last call ended. */
interface Checked {
  offset: number
  length: number
  position: number
}

function same(count: number): number {
  return count
}

function check(buffer: unknown, options: Transfer | undefined): Checked {
  if (!ArrayBuffer.isView(buffer)) throw invalidType('buffer', 'a typed array', buffer)
  const { byteLength } = buffer
  const { offset = 0, length, position } = checkObject(options) ?? {}
  checkInteger('options.offset', offset, 0, byteLength)
  const most = Math.min(byteLength - offset, LENGTH_MAX)
  const count = length ?? most
  checkInteger('options.length', count, 0, most)
  return { offset, length: count, position: checkPosition(position) }
}

function checkAll(buffers: readonly ArrayBufferView[], options: Place | undefined) {
  const expected = 'an array of typed arrays'
  const views = checkArray('buffers', buffers, expected)
  if (!views.every((view) => ArrayBuffer.isView(view))) {
    throw invalidType('buffers', expected, buffers)
  }
  const position = checkPosition(checkObject(options)?.position)
  // Last: options may have taken memory away.
  const parts = views.map((view, i) => bytesFrom(view, `buffers[${i}]`))
  const length = parts.reduce((sum, { byteLength }) => sum + byteLength, 0)
  checkInteger('the length of all buffers', length, 0, LENGTH_MAX)
  return { parts, length, position }
}

/** Copies the first `count` bytes into the parts, one after the other: how many those are. */
function scatter(bytes: Uint8Array, count: number, parts: readonly Uint8Array[]): number {
  let at = 0
  for (const part of parts) {
    part.set(bytes.subarray(at, Math.min(at + part.byteLength, count)))
    at += part.byteLength
    if (at >= count) break
  }
  return count
}

/**
 * @internal
 * @throws TypeError with code `ERR_INVALID_STATE` if a part is not as long as it was
 */
export function checkStill(parts: readonly Uint8Array[], lengths: readonly number[]): void {
  if (parts.every(({ byteLength }, i) => byteLength === lengths[i])) return
  const error = new TypeError('the buffer was transferred or made smaller while it was read into')
  throw withCode(error, 'ERR_INVALID_STATE')
}

function checkPosition(position: unknown): number {
  if (position === null || position === undefined) return HERE
  if (typeof position !== 'bigint') {
    return checkInteger('options.position', position, 0, Number.MAX_SAFE_INTEGER)
  }
  if (position < 0n || position > Number.MAX_SAFE_INTEGER) {
    throw outOfRange('options.position', 'from 0 to 2^53 - 1', position)
  }
  return Number(position)
}
