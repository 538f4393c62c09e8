/**
 * What the methods of a `FileHandle` may be given: all of Node's ways to say it.
 */
import { constants } from 'node:os'

import { checkObject } from './block.js'
import { AbortError, IoError, invalidType, invalidValue, outOfRange } from './errors.js'
import type { Transfer } from './file.js'
import { checkInteger } from './options.js'

const USUAL_BYTES = 16 * 1024

/** A buffer, and which part of it is meant. */
export interface Part extends Transfer {
  buffer: ArrayBufferView
}

/** `(buffer, offset, length, position)`, `(buffer, options)`, `(options)` or nothing. */
export function readArguments(first: unknown, ...rest: unknown[]): Part {
  if (!ArrayBuffer.isView(first)) {
    const options: Partial<Part> = checkObject((first ?? undefined) as object | undefined) ?? {}
    const { buffer = Buffer.alloc(USUAL_BYTES), ...part } = options
    if (!ArrayBuffer.isView(buffer)) throw invalidType('buffer', 'a typed array', buffer)
    return readPart(buffer, part)
  }
  const [offset, length, position] = rest
  const isObject = typeof offset === 'object' && offset !== null
  return readPart(first, (isObject ? offset : { offset, length, position }) as Transfer)
}

function readPart(buffer: ArrayBufferView, part: Transfer): Part {
  const offset = checkInteger('offset', part.offset ?? 0, 0, Number.MAX_SAFE_INTEGER)
  const length = part.length ?? buffer.byteLength - offset
  const position = checkPosition(part.position)
  if (length === 0) return { buffer, offset: 0, length, position }
  if (buffer.byteLength === 0) throw invalidValue('buffer', 'one that is not empty', buffer)
  checkInteger('length', length, 0, buffer.byteLength - offset)
  return { buffer, offset, length, position }
}

/** Here -1 is what null is, as in Node from version 22 on; older ones read on at all nonsense. */
function checkPosition(position: unknown): number | bigint | null {
  if (position === undefined || position === null || position === -1 || position === -1n)
    return null
  if (typeof position === 'number') {
    return checkInteger('position', position, -1, Number.MAX_SAFE_INTEGER)
  }
  if (typeof position !== 'bigint')
    throw invalidType('position', 'a bigint or an integer', position)
  if (position < -1n) throw outOfRange('position', 'from -1', position)
  return position
}

/** `(buffer, offset, length, position)`, `(buffer, options)`, `(string, position, encoding)`. */
export function writeArguments(data: unknown, ...rest: unknown[]): Part {
  if (ArrayBuffer.isView(data)) {
    const [offset, length, position] = rest
    const isObject = typeof offset === 'object'
    return writePart(data, (isObject ? (offset ?? {}) : { offset, length, position }) as Transfer)
  }
  if (typeof data !== 'string') throw invalidType('buffer', 'a string or a typed array', data)
  const [position, encoding] = rest
  return { buffer: encode(data, encoding), position: placeOf(position) }
}

function writePart(buffer: ArrayBufferView, part: Transfer): Part {
  if (buffer.byteLength === 0) return { buffer }
  const offset = checkInteger('offset', part.offset ?? 0, 0, buffer.byteLength)
  const rest = buffer.byteLength - offset
  const length =
    typeof part.length === 'number' ? checkInteger('length', part.length, 0, rest) : rest
  return { buffer, offset, length, position: placeOf(part.position) }
}

/** As Node writes them: what is no encoding is UTF-8. */
function encode(text: string, encoding: unknown): Buffer {
  const isOne = typeof encoding === 'string' && Buffer.isEncoding(encoding)
  if (isOne && encoding.toLowerCase() === 'hex' && text.length % 2 !== 0) {
    throw invalidValue('encoding', `one for a text of length ${text.length}`, encoding)
  }
  return Buffer.from(text, isOne ? encoding : 'utf8')
}

/** Where Node writes, or has several buffers: what is no place is the current one. */
export function placeOf(position: unknown): number | null {
  return Number.isSafeInteger(position) && (position as number) >= 0 ? (position as number) : null
}

/** @throws IoError with code `EINVAL` if there are none, as in Node */
export function checkSome(buffers: unknown): void {
  if (!Array.isArray(buffers) || buffers.length > 0) return
  throw new IoError(-constants.errno.EINVAL, 'read')
}

/** An encoding and a signal, of what a call for all of a file may be told. */
export interface ContentOptions {
  encoding?: BufferEncoding | null | undefined
  signal?: AbortSignal | undefined
}

/**
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 */
export function contentOptions(options: unknown): ContentOptions {
  const isText = typeof options === 'string'
  const isNone = options === undefined || options === null || typeof options === 'function'
  if (!isText && !isNone && typeof options !== 'object') {
    throw invalidType('options', 'a string or an object', options)
  }
  const { encoding, signal, flush } = (
    isText ? { encoding: options } : (options ?? {})
  ) as ContentOptions & { flush?: unknown }
  if (encoding && !Buffer.isEncoding(encoding)) {
    throw invalidValue('encoding', 'an encoding', encoding)
  }
  if (flush !== undefined && flush !== null && typeof flush !== 'boolean') {
    throw invalidType('options.flush', 'a boolean', flush)
  }
  if (signal !== undefined && (typeof signal !== 'object' || !('aborted' in signal))) {
    throw invalidType('options.signal', 'an AbortSignal', signal)
  }
  return { encoding: encoding || null, signal }
}

/** @throws AbortError with code `ABORT_ERR`, as Node's, if the signal has been aborted */
export function checkAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new AbortError(signal.reason)
}
