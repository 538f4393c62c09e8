/** Pictures as PNG files, without keeping this thread from other work. */
import { promisify } from 'node:util'
import { deflate as deflateWith } from 'node:zlib'

import type { TaskScheduler } from 'heddle'

import { filter, type Options } from './kernels.mjs'

const deflate = promisify(deflateWith)

/** What a PNG file begins with. */
export const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** How a picture is compressed. */
export interface PngOptions extends Options {
  /** From 1, which is fast, to 9; 6 by default. */
  readonly level?: number | undefined
}

/**
 * The PNG file of a picture.
 *
 * An isolate filters the rows and zlib's threads compress them; this thread adds up check sums.
 *
 * @param pixels - red, green, blue and opacity, row by row. On shared memory they are not copied,
 *   and are left alone until this is done
 * @throws RangeError if there are not `4 * width * height` bytes, or none at all
 */
export async function encodePng(
  scheduler: TaskScheduler,
  pixels: Uint8Array,
  width: number,
  height: number,
  options: PngOptions = {},
): Promise<Buffer> {
  return pngOf(await compress(scheduler, pixels, width, height, options), width, height)
}

/** The file of a picture that is compressed. */
export function pngOf(data: Uint8Array, width: number, height: number): Buffer {
  return Buffer.concat([SIGNATURE, header(width, height), chunk('IDAT', data), chunk('IEND')])
}

/** What is in the data chunks of a picture. For arguments and errors see {@link encodePng}. */
export async function compress(
  scheduler: TaskScheduler,
  pixels: Uint8Array,
  width: number,
  height: number,
  { level = 6, ...options }: PngOptions,
): Promise<Buffer> {
  const isSize = [width, height].every((n) => Number.isInteger(n) && n > 0)
  if (!isSize || pixels.length !== 4 * width * height) {
    throw new RangeError(`${pixels.length} bytes are no picture of ${width} by ${height}`)
  }
  return deflate(await filter(scheduler, pixels, width, height, options), { level })
}

/** The chunk that says: 8 bits a channel, red, green, blue and opacity. */
export function header(width: number, height: number): Buffer {
  const data = Buffer.alloc(13)
  data.writeUInt32BE(width, 0)
  data.writeUInt32BE(height, 4)
  data.set([8, 6], 8)
  return chunk('IHDR', data)
}

/** A chunk of a file: the length of its data, its type, the data, and the check sum of both. */
export function chunk(type: string, ...parts: readonly Uint8Array[]): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), ...parts])
  const whole = Buffer.allocUnsafe(typed.length + 8)
  whole.writeUInt32BE(typed.length - 4, 0)
  whole.set(typed, 4)
  whole.writeUInt32BE(checksum(typed), typed.length + 4)
  return whole
}

/** By byte: what it does to the check sum. */
const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let sum = byte
  for (let bit = 0; bit < 8; ++bit) sum = sum & 1 ? 0xedb88320 ^ (sum >>> 1) : sum >>> 1
  return sum
})

/** CRC-32, as in ISO 3309. */
function checksum(bytes: Uint8Array): number {
  let sum = -1
  for (let i = 0; i < bytes.length; ++i) sum = TABLE[(sum ^ bytes[i]) & 255] ^ (sum >>> 8)
  return ~sum >>> 0
}
