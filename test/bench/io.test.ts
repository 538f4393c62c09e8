/** The benchmark of I/O runs, tiny: its numbers mean nothing here, but what is read is checked. */
import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const bench = at('bench/io/run.mjs')
const side = at('bench/io/side.mjs')
const program = at('out/bench/io/io_bench')

/** Generous: it compiles the program of C++, and starts hundreds of processes. */
const HANG_MS = 300_000

interface Cell {
  group: string
  language: string
  name: string
  skipped?: string
  verified?: number
  samples?: Record<string, number[]>
}

let folder: ReturnType<typeof makeFolder>
let printed: string
let report: { on: Record<string, string>; results: Cell[] }

beforeAll(() => {
  folder = makeFolder()
  const results = join(folder.path, 'io.json')
  const plots = join(folder.path, 'plots')
  const args = [bench, '--tiny', '--folder', folder.path, '--results', results, '--plots', plots]
  printed = execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' })
  report = JSON.parse(readFileSync(results, 'utf8'))
}, HANG_MS)

afterAll(() => folder.remove())

/** Cells that were measured, and not by fio, which looks at nothing that it reads. */
const measured = () =>
  report.results.filter(({ skipped, language }) => skipped === undefined && language !== 'fio')

test('prints the machine and a table of each kind', () => {
  expect(printed).toMatch(/^cpu: .*; kernel: Linux .*; node: v[\d.]+; .*Medians of 1 rounds/m)
  expect(printed).toMatch(/^\| random 4 KiB, cached: CPU µs, thousands a second +\| 1 +\| 4 +\|$/m)
  expect(printed).toMatch(/^\| small files: CPU µs, thousands a second +\| cached +\|/m)
  expect(printed).toMatch(/^\| thread +\| who loads +\| mean µs +\| p99 +\| worst +\| MB\/s +\|$/m)
  expect(printed).toMatch(/^\| setTimeout +\| [\d.]+ +\| [\d.]+ +\|/m)
})

test('measures every method, or says why not', () => {
  const names = new Set(report.results.map(({ name }) => name))
  const pread = ['pread', 'pool of 4 threads', 'mmap', 'io_uring', 'io_uring, DEFER_TASKRUN, fixed']
  const ours = ['heddle File.read', 'heddle/fs readFile', 'heddle io.readFiles']
  expect([...names]).toEqual(
    expect.arrayContaining([...pread, 'fs.read', 'FileHandle.read', ...ours]),
  )
  for (const { skipped, name } of report.results) {
    if (skipped !== undefined) expect(skipped, name).toMatch(/\w/)
  }
  const groups = new Set(measured().map(({ group }) => group))
  expect([...groups]).toEqual(
    expect.arrayContaining(['random 4 KiB, hot, depth 4', 'small files, hot', 'timers']),
  )
})

test('verifies what each of them has read', () => {
  for (const { group, name, verified, samples } of measured()) {
    expect(verified, `${group}, ${name}`).toBeGreaterThan(0)
    for (const values of Object.values(samples ?? {})) {
      expect(values).toEqual([expect.any(Number)])
    }
  }
})

test('draws the plots', () => {
  const plots = readdirSync(join(folder.path, 'plots'))
  expect(plots).toEqual(expect.arrayContaining(['io-cpu.svg', 'io-rate.svg', 'io-p99.svg']))
  for (const name of plots) {
    const svg = readFileSync(join(folder.path, 'plots', name), 'utf8')
    expect(svg).toMatch(/^<svg .*<\/svg>\n$/s)
    expect(svg).not.toMatch(/NaN|Infinity|undefined/)
  }
})

describe('a wrong word in the file', () => {
  let file: string

  beforeAll(() => {
    file = join(folder.path, 'wrong')
    execFileSync(program, ['make', file, '--bytes', String(64 * 1024)])
    const fd = openSync(file, 'r+')
    for (let page = 0; page < 16; ++page) writeSync(fd, Uint8Array.of(0xee), 0, 1, page * 4096)
    closeSync(fd)
  })

  test.each(['pread', 'threads', 'mmap', 'ring'])('is found by %s', (method) => {
    const { status, stderr } = spawnSync(program, ['reads', file, '--method', method], {
      encoding: 'utf8',
    })
    if (status === 3) return // It cannot be done here, and that is what it says.
    expect({ status, stderr }).toEqual({ status: 1, stderr: 'wrong data: Input/output error\n' })
  })

  test.each(['fs.read', 'heddle File.read'])('is found by %s', (method) => {
    const reads = { command: 'reads', order: 'random', state: 'hot', depth: 1, block: 4096 }
    const options = { ...reads, program, file, method, timeMs: 1 }
    const { status, stderr } = spawnSync(process.execPath, [side, JSON.stringify(options)], {
      encoding: 'utf8',
    })
    expect(status).toBe(1)
    expect(stderr).toMatch(/wrong data: \d+ and not \d+/)
  })
})
