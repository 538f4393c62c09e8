/**
 * The renderer's film, with a frame graph and without: the files that both leave, what compares
 * them, and what is refused. How long anything takes is not tested.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inflateSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import type { Record as FilmRecord } from '../../examples/renderer/film.mjs'
import { makeFolder, type Ran, run, writeFiles } from '../cli/support.js'
import { root } from '../support/program.js'
import { buildRenderer } from '../support/renderer.js'

const [WIDTH, HEIGHT] = [32, 18]
const SETTINGS = ['--size', `${WIDTH}x${HEIGHT}`, '--quality', '0', '--fps', '20', '--seconds', '1']
const PICTURES = 20

const folder = makeFolder()
const graph = join(folder.path, 'graph')
const blocking = join(folder.path, 'blocking')

const programOf = (name: string) => join(root, 'out/renderer', `${name}.mjs`)

function start(name: string, ...args: string[]): Ran {
  return run(process.execPath, [programOf(name), ...args])
}

function draw(into: string, ...more: string[]): void {
  const { status, stderr } = start('show', ...SETTINGS, '--out', into, ...more)
  if (status !== 0) throw new Error(`status ${status}: ${stderr}`)
}

function recordIn(where: string): FilmRecord {
  return JSON.parse(readFileSync(join(where, 'film.json'), 'utf8'))
}

beforeAll(() => {
  buildRenderer()
  draw(graph)
  draw(blocking, '--blocking')
})

afterAll(() => folder.remove())

/** The chunks of a PNG file, of which there are some of each type. */
function chunksOf(path: string): { type: string; data: Buffer }[] {
  const file = readFileSync(path)
  expect(file.toString('hex', 0, 8)).toBe('89504e470d0a1a0a')
  const chunks: { type: string; data: Buffer }[] = []
  for (let at = 8; at < file.length; ) {
    const end = at + 8 + file.readUInt32BE(at)
    chunks.push({ type: file.toString('latin1', at + 4, at + 8), data: file.subarray(at + 8, end) })
    at = end + 4
  }
  return chunks
}

function checkSize(header: Buffer | undefined): void {
  expect([header?.readUInt32BE(0), header?.readUInt32BE(4)]).toEqual([WIDTH, HEIGHT])
}

/** Whether that is what is in a picture: rows of pixels, each after a byte for its filter. */
function checkRows(data: Uint8Array): void {
  expect(inflateSync(data).length).toBe(HEIGHT * (1 + 4 * WIDTH))
}

describe.each([
  ['graph', graph],
  ['blocking', blocking],
])('the film of the version %s', (version, where) => {
  test('is recorded', () => {
    const { film, shown, first, cores, ...record } = recordIn(where)
    const settings = { width: WIDTH, height: HEIGHT, quality: 0, fps: 20, seconds: 1 }
    expect(film).toEqual({ ...settings, folder: where })
    expect(record.version).toBe(version)
    expect(first).toBeGreaterThan(0)
    expect(cores).toBeGreaterThan(0)
    expect(shown.length).toBeGreaterThan(0)
    expect(shown.length).toBeLessThanOrEqual(PICTURES)
    for (const [i, { due, at }] of shown.entries()) {
      expect(at).toBeGreaterThan(shown[i - 1]?.at ?? 0)
      expect(due).toBeGreaterThan(shown[i - 1]?.due ?? -1)
      expect(Math.round(due)).toBe(50 * Math.round(due / 50))
      expect(due).toBeLessThan(1000)
    }
  })

  test('has a file for each picture that was shown', () => {
    const names = readdirSync(where).filter((name) => /^\d+\.png$/.test(name))
    const { shown } = recordIn(where)
    const expected = shown.map((_, i) => `${String(i).padStart(5, '0')}.png`)
    expect(names.sort()).toEqual(expected)
    for (const name of names) {
      const [header, data, ...rest] = chunksOf(join(where, name))
      expect([header?.type, data?.type, ...rest.map(({ type }) => type)]).toEqual([
        ...['IHDR', 'IDAT', 'IEND'],
      ])
      checkSize(header?.data)
      checkRows(data?.data as Buffer)
    }
  })
})

describe('the frame graph', () => {
  test('leaves an animation of every fourth picture', () => {
    const chunks = chunksOf(join(graph, 'preview.png'))
    checkSize(chunks[0]?.data)
    expect(chunks[1]?.type).toBe('acTL')
    const frames = Math.ceil(recordIn(graph).shown.length / 4)
    expect(chunks[1]?.data.readUInt32BE(0)).toBe(frames)
    expect(chunks.filter(({ type }) => type === 'fcTL')).toHaveLength(frames)
    const later = chunks.filter(({ type }) => type === 'fdAT')
    expect(later).toHaveLength(frames - 1)
    checkRows(chunks.find(({ type }) => type === 'IDAT')?.data as Buffer)
    for (const { data } of later) checkRows(data.subarray(4))
  })

  test('leaves a trace of its nodes and kernels', () => {
    const text = readFileSync(join(graph, 'trace.json'), 'utf8')
    const { traceEvents } = JSON.parse(text) as { traceEvents: { name: string }[] }
    const names = new Set(traceEvents.map(({ name }) => name))
    expect([...names]).toEqual(
      expect.arrayContaining(['animate', 'draw: drawTile', 'show', 'save']),
    )
  })
})

describe('the comparison', () => {
  test('is a table with both, and a chart with a dot for each picture', () => {
    const { status, stdout, stderr } = start('compare', graph, blocking)
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^1 s of film, 20 pictures a second, 32 by 18, quality 0\nNode v/)
    expect(stdout).toMatch(/^ +graph +blocking$/m)
    const lengths = [graph, blocking].map((each) => recordIn(each).shown.length)
    const [drawn, without] = lengths as [number, number]
    expect(stdout).toMatch(new RegExp(`^pictures shown +${drawn} of 20 +${without} of 20$`, 'm'))
    const path = join(graph, 'frame-times.svg')
    expect(stdout).toContain(path)
    const svg = readFileSync(path, 'utf8')
    checkXml(svg)
    expect(svg.match(/<circle /g)).toHaveLength(drawn + without)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  })

  test('is refused for films that differ, and for none', () => {
    const { film, ...record } = recordIn(graph)
    const other = { ...record, film: { ...film, fps: 25, quality: 1 } }
    writeFiles(folder.path, { 'other/film.json': JSON.stringify(other) })
    const refused = start('compare', graph, join(folder.path, 'other'))
    expect(refused).toMatchObject({ status: 1, stdout: '' })
    expect(refused.stderr).toBe(
      'compare: these are different films: quality 0 and 1, fps 20 and 25\n',
    )
    expect(start('compare', graph, join(folder.path, 'none'))).toMatchObject({ status: 1 })
    expect(start('compare', graph)).toMatchObject({ status: 2 })
  })
})

/** Whether every element is closed where it has to be. */
function checkXml(text: string): void {
  const open: string[] = []
  const element = /<(\/?)([a-z]+)((?: [a-zA-Z-]+="[^"<&]*"| )*)(\/?)>/g
  for (const [, isEnd, name, , isWhole] of text.matchAll(element)) {
    if (isEnd) expect(open.pop()).toBe(name)
    else if (!isWhole) open.push(name as string)
  }
  expect(open).toEqual([])
  expect(text.replace(element, '')).not.toMatch(/[<&]/)
}

describe('an option', () => {
  test.each([
    [['--fps', '0'], '--fps has numbers from 1 to 1000, not 0'],
    [['--fps', ''], '--fps has numbers from 1 to 1000, not nothing'],
    [['--size', 'x'], '--size is as 240x135, not x'],
    [['--size', '0x9'], '--size has numbers from 1 to 8192, not 0'],
    [['--quality', '0.5'], '--quality has whole numbers, not 0.5'],
    [['--seconds'], "Option '--seconds <value>' argument missing"],
    [['--fast'], "Unknown option '--fast'"],
    [['film'], "Unexpected argument 'film'"],
  ])('%j is refused in a line', (args, message) => {
    const { status, stdout, stderr } = start('show', ...args)
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: '',
      stderr: `show: ${message}\n`,
    })
  })
})

describe.each([
  ['graph', []],
  ['blocking', ['--blocking']],
])('the version %s', (version, more) => {
  test('ends its film and records it when it is interrupted', async () => {
    const into = join(folder.path, `interrupted-${version}`)
    const args = [...SETTINGS, '--seconds', '600', '--out', into, ...more]
    const child = spawn(process.execPath, [programOf('show'), ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const closed = once(child, 'close')
    child.stderr.once('data', () => child.kill('SIGINT')) // A line about a picture.
    const said = (await child.stderr.setEncoding('utf8').toArray()).join('')
    const [status, signal] = await closed
    expect({ status, signal, said }).toMatchObject({ status: 130, signal: null })
    const { shown } = recordIn(into)
    expect(shown.length).toBeGreaterThan(0)
    expect(readdirSync(into).filter((name) => /^\d+\.png$/.test(name))).toHaveLength(shown.length)
  })
})

test('a film removes the files of the one before, and no others', () => {
  const into = join(folder.path, 'again')
  writeFiles(into, { 'kept.png': '', '99999.png': '' })
  draw(into, '--blocking', '--seconds', '0.1')
  const names = readdirSync(into)
  expect(names).toContain('kept.png')
  expect(names).toContain('00000.png')
  expect(names).not.toContain('99999.png')
})
