/**
 * The renderer's PNG files, read by a decoder of this test's own, that shares nothing with what
 * writes them: any filter, check sums bit by bit.
 */
import { readFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { deflateSync, inflateSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Scheduler, shared } from '../../dist/index.js'
import { makeFolder } from '../cli/support.js'
import { buildRenderer, load } from '../support/renderer.js'

type Png = typeof import('../../examples/renderer/png.mjs')
type Apng = typeof import('../../examples/renderer/apng.mjs')

let png: Png
let Animation: Apng['Animation']
const scheduler = new Scheduler(1)
const folder = makeFolder()

beforeAll(async () => {
  buildRenderer()
  png = await load<Png>('png')
  Animation = (await load<Apng>('apng')).Animation
})

afterAll(() => {
  scheduler[Symbol.dispose]()
  folder.remove()
})

interface Chunk {
  type: string
  data: Buffer
}

function checksum(bytes: Uint8Array): number {
  let sum = 0xffffffff
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; ++bit) {
      const isOdd = ((sum ^ (byte >>> bit)) & 1) === 1
      sum = (sum >>> 1) ^ (isOdd ? 0xedb88320 : 0)
    }
  }
  return ~sum >>> 0
}

/** The chunks of a file, whose check sums are right, and after which there is nothing. */
function chunksOf(file: Buffer): Chunk[] {
  expect(file.toString('hex', 0, 8)).toBe('89504e470d0a1a0a')
  const chunks: Chunk[] = []
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at)
    expect(file.readUInt32BE(end)).toBe(checksum(file.subarray(at + 4, end)))
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, end) })
    at = end + 4
  }
  return chunks
}

/** The size of a picture with 8 bits for each of red, green, blue and opacity. */
function sizeOf(chunk: Chunk | undefined): [width: number, height: number] {
  const { type, data } = chunk as Chunk
  expect(type).toBe('IHDR')
  expect([...data.subarray(8)]).toEqual([8, 6, 0, 0, 0])
  return [data.readUInt32BE(0), data.readUInt32BE(4)]
}

/** What a filter of PNG adds, by the bytes at the left, above, and above that at the left. */
const GUESSES = [
  () => 0,
  (left: number) => left,
  (_: number, above: number) => above,
  (left: number, above: number) => Math.floor((left + above) / 2),
  (left: number, above: number, corner: number) => {
    const near = [left, above, corner].map((each) => Math.abs(left + above - corner - each))
    return [left, above, corner][near.indexOf(Math.min(...near))] as number
  },
]

function pixelsOf(data: Buffer, width: number, height: number): Uint8Array {
  const rows = inflateSync(data)
  const bytes = 4 * width
  expect(rows.length).toBe(height * (1 + bytes))
  const pixels = new Uint8Array(height * bytes)
  for (let i = 0; i < pixels.length; ++i) {
    const [y, x] = [Math.floor(i / bytes), i % bytes]
    const left = x < 4 ? 0 : (pixels[i - 4] as number)
    const above = y < 1 ? 0 : (pixels[i - bytes] as number)
    const corner = x < 4 || y < 1 ? 0 : (pixels[i - bytes - 4] as number)
    const guess = GUESSES[rows[y * (1 + bytes)] as number] as (typeof GUESSES)[4]
    pixels[i] = (rows[y * (1 + bytes) + 1 + x] as number) + guess(left, above, corner)
  }
  return pixels
}

/** Pictures with rows of each kind: smooth ones, repeated ones, and noise. */
function picture(width: number, height: number, seed = 1): Uint8Array {
  const pixels = shared(Uint8Array, 4 * width * height)
  let noise = seed
  for (let i = 0; i < pixels.length; ++i) {
    const [x, y] = [Math.floor(i / 4) % width, Math.floor(i / 4 / width)]
    noise = Math.imul(noise, 0x19660d) + 0x3c6ef35f
    pixels[i] = [x * 5 + (i % 4), x * x + seed, x * 3 + y * 7, noise >>> 24][(y >> 1) % 4] as number
  }
  return pixels
}

describe('a picture', () => {
  test.each([
    [1, 1],
    [1, 9],
    [31, 1],
    [64, 33],
  ])('of %s by %s is read as it was', async (width, height) => {
    const pixels = picture(width, height)
    const [header, data, end, ...others] = chunksOf(
      await png.encodePng(scheduler, pixels, width, height),
    )
    expect(sizeOf(header)).toEqual([width, height])
    expect(data?.type).toBe('IDAT')
    expect(end).toEqual({ type: 'IEND', data: Buffer.alloc(0) })
    expect(others).toEqual([])
    expect(pixelsOf((data as Chunk).data, width, height)).toEqual(Uint8Array.from(pixels))
  })

  test('is filtered row by row, and smaller for it', async () => {
    const [width, height] = [64, 64]
    const pixels = picture(width, height)
    const rowsOf = async (level: number) => {
      const file = await png.encodePng(scheduler, pixels, width, height, { level })
      return (chunksOf(file)[1] as Chunk).data
    }
    const data = await rowsOf(9)
    const rows = inflateSync(data)
    const filters = new Set(Array.from({ length: height }, (_, y) => rows[y * (1 + 4 * width)]))
    expect(filters.size).toBeGreaterThan(1)
    expect(data.length).toBeLessThan(deflateSync(pixels, { level: 9 }).length)
    expect(inflateSync(await rowsOf(1))).toEqual(rows)
  })

  test.each([
    [2, 2, 15],
    [2, 2, 17],
    [0, 2, 0],
    [-2, -2, 16],
    [1.5, 2, 12.5],
  ])('of %s by %s has no %s bytes', async (width, height, bytes) => {
    const pixels = new Uint8Array(bytes)
    await expect(png.encodePng(scheduler, pixels, width, height)).rejects.toThrow(RangeError)
  })
})

describe('an animation', () => {
  const [width, height] = [20, 13]
  const frames = [1, 2, 3].map((seed) => picture(width, height, seed))
  const delays = [40, 0, 65_535]

  function expectAll(file: Buffer): void {
    const [header, control, ...chunks] = chunksOf(file)
    expect(sizeOf(header)).toEqual([width, height])
    expect(control).toEqual({ type: 'acTL', data: Buffer.from('0000000300000000', 'hex') })
    const types = ['fcTL', 'IDAT', 'fcTL', 'fdAT', 'fcTL', 'fdAT', 'IEND']
    expect(chunks.map(({ type }) => type)).toEqual(types)
    let sequence = 0
    for (const [i, pixels] of frames.entries()) {
      const [{ data: frame }, { data }] = chunks.slice(2 * i) as [Chunk, Chunk]
      expect(frame.length).toBe(26)
      const numbers = [0, 4, 8, 12, 16].map((at) => frame.readUInt32BE(at))
      expect(numbers).toEqual([sequence++, width, height, 0, 0])
      expect([frame.readUInt16BE(20), frame.readUInt16BE(22)]).toEqual([delays[i], 1000])
      if (i > 0) expect(data.readUInt32BE(0)).toBe(sequence++)
      const read = pixelsOf(data.subarray(i === 0 ? 0 : 4), width, height)
      expect(read).toEqual(Uint8Array.from(pixels))
    }
  }

  test('is written frame by frame, into a file of Node', async () => {
    const path = join(folder.path, 'one.png')
    const file = await open(path, 'w')
    // Its types know no options of write().
    const animation = new Animation(scheduler, file as never, width, height)
    for (const [i, frame] of frames.entries()) await animation.add(frame, delays[i] as number)
    const length = await animation.end()
    await file.close()
    const written = readFileSync(path)
    expect(written.length).toBe(length)
    expectAll(written)
  })

  test('has its frames in order, where nobody waits for them', async () => {
    const path = join(folder.path, 'two.png')
    const file = await scheduler.io.open(path, 'w')
    const animation = new Animation(scheduler, file, width, height, { level: 1 })
    const added = frames.map((frame, i) => animation.add(frame, delays[i] as number))
    await animation.end()
    await Promise.all(added)
    await file.close()
    expectAll(readFileSync(path))
  })

  test.each([-1, 65_536, Number.NaN])('has no frame of %s ms', async (delay) => {
    const animation = new Animation(scheduler, { write: async () => {} }, width, height)
    await expect(animation.add(picture(width, height), delay)).rejects.toThrow(RangeError)
  })

  test('fails with the first write that does, and with what is no picture', async () => {
    const full = { write: () => Promise.reject(new Error('full')) }
    const animation = new Animation(scheduler, full, width, height)
    await expect(animation.add(picture(width, height), 1)).rejects.toThrow('full')
    await expect(animation.end()).rejects.toThrow('full')
    const other = new Animation(scheduler, { write: async () => {} }, width, height)
    await expect(other.end()).rejects.toThrow(RangeError)
    await expect(other.add(picture(3, 3), 1)).rejects.toThrow(RangeError)
  })
})
