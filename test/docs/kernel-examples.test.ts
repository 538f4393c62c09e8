/** The programs in examples/ that compute on every core: small, and against oracles. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'

import { afterAll, describe, expect, test } from 'vitest'

import { trace } from '../../examples/path-tracer-kernels.mjs'
import { quicksort } from '../../examples/quicksort-kernels.mjs'
import { countWords } from '../../examples/word-count-kernels.mjs'
import { makeFolder, run } from '../cli/support.js'
import { root } from '../support/program.js'

const folder = makeFolder()
afterAll(() => folder.remove())

const TIMES = String.raw`: [\d.]+ ms on \d cores, [\d.]+ ms on one \([\d.]+x\)`

/** Runs one: what it prints below its times. It has compared both of its results by then. */
function example(name: string, args: readonly (string | number)[], threads = 2): string[] {
  const program = join(root, 'examples', name)
  const env = { THREADS: String(threads), TMPDIR: folder.path }
  const { status, stdout, stderr } = run(process.execPath, [program, ...args.map(String)], { env })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const [times, ...lines] = stdout.split('\n')
  expect(times).toMatch(new RegExp(`^[^:]+${TIMES}$`))
  return lines.slice(0, -1)
}

/** Runs one that writes a picture: its file. */
function pictureOf(
  name: string,
  before: readonly number[],
  after: readonly number[] = [],
  threads = 2,
): Buffer {
  const path = join(folder.path, 'picture.png')
  example(name, [...before, path, ...after], threads)
  return readFileSync(path)
}

/** A picture without filters, as `png.mjs` writes them. */
function decode(file: Buffer) {
  expect(file.subarray(0, 16).toString('hex')).toBe('89504e470d0a1a0a0000000d49484452')
  // Of the last chunk, which is empty, everybody knows the check sum.
  expect(file.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082')
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)]
  const channels = file[25] === 2 ? 3 : 1
  expect(file.toString('latin1', 37, 41)).toBe('IDAT')
  const rows = inflateSync(file.subarray(41, 41 + file.readUInt32BE(33)))
  expect(rows.length).toBe((width * channels + 1) * height)
  const at = (x: number, y: number) => {
    const first = y * (width * channels + 1) + 1 + x * channels
    return [...rows.subarray(first, first + channels)]
  }
  return { width, height, at }
}

test('mandelbrot.mjs paints black what stays where it is', () => {
  const { width, height, at } = decode(pictureOf('mandelbrot.mjs', [64]))
  expect([width, height]).toEqual([64, 40])
  const stays = (re: number, im: number) => {
    let z = { re: 0, im: 0 }
    for (let i = 0; i < 1000; ++i) {
      z = { re: z.re ** 2 - z.im ** 2 + re, im: 2 * z.re * z.im + im }
      if (Math.hypot(z.re, z.im) > 16) return false
    }
    return true
  }
  let black = 0
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) {
      const inside = stays((x - width * 0.67) * 0.06, (y - height / 2) * 0.06)
      expect(at(x, y).join() === '0,0,0').toBe(inside)
      black += Number(inside)
    }
  }
  expect(black).toBeGreaterThan(300)
})

describe('queens.mjs counts as OEIS A000170 does', () => {
  test.each([
    { n: 1, ways: 1 },
    { n: 2, ways: 0 },
    { n: 5, ways: 10 },
    { n: 8, ways: 92 },
  ])('$ways for $n', ({ n, ways }) => {
    expect(example('queens.mjs', [n])).toEqual([`${ways} ways`])
  })
})

test('k-means.mjs finds the centres that points were scattered around', () => {
  const [line] = example('k-means.mjs', [30_000])
  const centres = [2, 2, 8, 3, 5, 8, 14, 9, 11, 15, 3, 14, 17, 3, 18, 16]
  const found = `${line}`.split(' ').map(Number)
  expect(found).toHaveLength(centres.length)
  for (const [i, x] of centres.entries())
    expect(Math.abs((found[i] as number) - x)).toBeLessThan(0.1)
})

test('path-tracer.mjs paints each pixel by itself: in any order, on any number of threads', () => {
  const [width, height, samples] = [40, 25, 8]
  const [file, ...others] = [1, 2, 3].map((n) =>
    pictureOf('path-tracer.mjs', [width], [samples], n),
  )
  for (const other of others) expect(other).toEqual(file)
  const pixels = new Uint8ClampedArray(3 * width * height)
  const { at } = decode(file as Buffer)
  for (let i = width * height - 1; i >= 0; --i) {
    const [x, y] = [i % width, Math.floor(i / width)]
    trace(undefined, x, y, { pixels, width, height, samples })
    expect(at(x, y)).toEqual([...pixels.subarray(3 * i, 3 * i + 3)])
  }
  const [red = 0, green = 0, blue = 0] = at(12, 10)
  expect(red).toBeGreaterThan(1.5 * Math.max(green, blue)) // The sphere on the left.
})

test.each([0, 1, 2, 24, 100, 20_000])('quicksort.mjs sorts %s numbers', (n) => {
  expect(example('quicksort.mjs', [n])).toEqual(['as sort() does'])
})

test('quicksort-kernels.mjs sorts what is sorted, equal, or upside down', () => {
  const orders = [(i: number) => i, (i: number) => -i, () => 7, (i: number) => i % 3, Math.sin]
  for (const order of orders) {
    const values = Float64Array.from({ length: 30_000 }, (_, i) => order(i))
    const sorted = values.slice().sort()
    quicksort(values, 0, values.length)
    expect(values).toEqual(sorted)
  }
})

describe('word-count.mjs', () => {
  test('counts each word once, wherever the parts of the text end', () => {
    const words = ['a', 'Heddle', 'weaves', 'threads', 'threads', 'WEAVES', 'heddle', 'threads']
    const gaps = [' ', ', ', '\n', ' 12 ', '\u00e9']
    const text = Array.from({ length: 400 }, (_, i) => `${words[i % 8]}${gaps[i % 5]}`).join('')
    const path = join(folder.path, 'text')
    writeFileSync(path, text.repeat(900)) // Eight parts.
    const [line] = example('word-count.mjs', [path])
    expect(line).toBe('threads 135000, heddle 90000, weaves 90000, a 45000')
  })

  test('gives a word to the part that it begins in', () => {
    const text = Buffer.from('one two three two')
    const whole = countWords(undefined, text, 0, text.length)
    expect(whole).toEqual(new Map(Object.entries({ one: 1, two: 2, three: 1 })))
    for (let size = 1; size <= text.length; ++size) {
      const total = new Map<string, number>()
      for (let begin = 0; begin < text.length; begin += size) {
        const part = countWords(undefined, text, begin, Math.min(begin + size, text.length))
        for (const [word, n] of part) total.set(word, (total.get(word) ?? 0) + n)
      }
      expect(total).toEqual(whole)
    }
  })

  test('makes up a text, and removes it', () => {
    const [line] = example('word-count.mjs', [1])
    expect(line).toMatch(/^ba \d+, den \d+, ko \d+, li \d+, mur \d+$/)
    expect(readdirSync(folder.path)).not.toContainEqual(expect.stringContaining('words-'))
  })
})

/** The coordinates of living cells, after one generation more. */
function evolve(living: readonly string[], size: number): string[] {
  const neighbours = new Map<string, number>()
  for (const [x = 0, y = 0] of living.map((cell) => cell.split(',').map(Number))) {
    for (let i = 0; i < 9; ++i) {
      const at = `${(x + (i % 3) - 1 + size) % size},${(y + Math.floor(i / 3) - 1 + size) % size}`
      if (i !== 4) neighbours.set(at, (neighbours.get(at) ?? 0) + 1)
    }
  }
  const isAlive = (at: string, n: number) => n === 3 || (n === 2 && living.includes(at))
  return [...neighbours].filter(([at, n]) => isAlive(at, n)).map(([at]) => at)
}

test.each([
  { size: 32, generations: 0 },
  { size: 32, generations: 1 },
  { size: 37, generations: 60 },
  { size: 48, generations: 151 },
])('life.mjs goes by the rules, $generations times', ({ size, generations }) => {
  const middle = size >> 1
  const pentomino = [
    [1, 0],
    [2, 0],
    [0, 1],
    [1, 1],
    [1, 2],
  ]
  const glider = [
    [1, 0],
    [2, 1],
    [0, 2],
    [1, 2],
    [2, 2],
  ]
  const at = (cells: number[][], y: number) =>
    cells.map(([left = 0, top = 0]) => `${middle + left},${y + top}`)
  let living = [...at(pentomino, middle), ...at(glider, 1)]
  for (let i = 0; i < generations; ++i) living = evolve(living, size)

  const path = join(folder.path, 'picture.png')
  const lines = example('life.mjs', [size, generations, path])
  expect(lines).toEqual([`${living.length} cells are alive`])
  const picture = decode(readFileSync(path))
  const all = Array.from({ length: size ** 2 }, (_, i) => [i % size, Math.floor(i / size)])
  const found = all.filter(([x = 0, y = 0]) => picture.at(x, y)[0] === 255).map(String)
  expect(found.sort()).toEqual(living.sort())
})
