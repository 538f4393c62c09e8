// Writes pictures as PNG files, with no more than what Node has.
import { deflateSync } from 'node:zlib'

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')
const COLOUR_TYPES = { 1: 0, 3: 2, 4: 6 }

/**
 * The file of a picture with 8 bits a channel: 1 is grey, 3 are RGB, 4 are RGBA.
 *
 * @param {Uint8Array | Uint8ClampedArray} pixels - row by row
 * @param {number} width
 * @param {number} height
 */
export function png(pixels, width, height) {
  const channels = pixels.length / (width * height)
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width, 0)
  header.writeUInt32BE(height, 4)
  header.set([8, COLOUR_TYPES[channels]], 8)

  const bytes = width * channels
  const rows = Buffer.alloc((bytes + 1) * height) // Each row begins with its filter, 0: none.
  for (let y = 0; y < height; ++y) {
    rows.set(pixels.subarray(y * bytes, (y + 1) * bytes), y * (bytes + 1) + 1)
  }
  const parts = [chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', '')]
  return Buffer.concat([SIGNATURE, ...parts])
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), Buffer.from(data)])
  const whole = Buffer.alloc(body.length + 8)
  whole.writeUInt32BE(body.length - 4, 0)
  whole.set(body, 4)
  whole.writeUInt32BE(crc(body), body.length + 4)
  return whole
}

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; ++bit) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1
  return c
})

function crc(bytes) {
  let c = ~0
  for (const byte of bytes) c = table[(c ^ byte) & 0xff] ^ (c >>> 8)
  return ~c >>> 0
}
