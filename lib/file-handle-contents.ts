/**
 * All that is in an open file from its current position on, and all that is written there.
 */
import { invalidType, withCode } from './errors.js'
import type { File } from './file.js'
import { type ContentOptions, checkAborted } from './file-handle-arguments.js'

/** Between two looks at the signal. */
const PART_BYTES = 512 * 1024
/** Where nothing is known about the size. */
const FIRST_BYTES = 64 * 1024
/** As in Node. */
export const BYTES_MAX = 2 ** 31 - 1

/** Reads from the current position to the end. */
export async function readContents(file: File, options: ContentOptions): Promise<Buffer | string> {
  const { encoding, signal } = options
  checkAborted(signal)
  const stats = await file.stat().get()
  const size = stats.isFile() ? stats.size : 0
  if (size > BYTES_MAX) throw tooLarge(size)
  let buffer = Buffer.allocUnsafeSlow(size > 0 ? size : FIRST_BYTES)
  let length = 0
  while (true) {
    checkAborted(signal)
    const room = Math.min(buffer.length - length, PART_BYTES)
    const count = await file.read(buffer, { offset: length, length: room }).get()
    length += count
    if (count === 0 || length === size) break
    if (length < buffer.length) continue
    if (2 * length > BYTES_MAX) throw tooLarge(2 * length)
    buffer = Buffer.concat([buffer], 2 * length)
  }
  const contents = length < buffer.length ? buffer.subarray(0, length) : buffer
  return encoding ? contents.toString(encoding) : contents
}

/** Writes at the current position: a string, bytes, or what an iterable gives of these. */
export async function writeContents(
  file: File,
  data: unknown,
  options: ContentOptions,
): Promise<void> {
  const { encoding, signal } = options
  const isPlain = typeof data === 'string' || ArrayBuffer.isView(data)
  if (!isPlain && !isIterable(data)) throw invalidType('data', 'a string, bytes or these', data)
  checkAborted(signal)
  for await (const part of isPlain ? [data] : data) {
    checkAborted(signal)
    const bytes = ArrayBuffer.isView(part) ? part : Buffer.from(part, encoding ?? 'utf8')
    for (let offset = 0; offset < bytes.byteLength; offset += PART_BYTES) {
      const length = Math.min(PART_BYTES, bytes.byteLength - offset)
      await file.write(bytes, { offset, length }).get()
      checkAborted(signal)
    }
  }
}

type Part = string | ArrayBufferView

function isIterable(data: unknown): data is Iterable<Part> | AsyncIterable<Part> {
  if (typeof data !== 'object' || data === null) return false
  return Symbol.iterator in data || Symbol.asyncIterator in data
}

/** What Node throws for a file of more than {@link BYTES_MAX}. */
export function tooLarge(size: number): RangeError {
  const error = new RangeError(`File size (${size}) is greater than 2 GiB`)
  return withCode(error, 'ERR_FS_FILE_TOO_LARGE')
}
