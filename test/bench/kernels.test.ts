/** The benchmark of kernels runs, tiny: its numbers mean nothing here, but results are right. */
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const bench = fileURLToPath(new URL('../../bench/kernels/run.mjs', import.meta.url))

/** Generous: it starts a few hundred threads. */
const HANG_MS = 120_000

interface Row {
  what: string
  side: string
  unit: string
  samples: number[]
}

interface Line {
  what: string
  measured: string
  floor: string
  holds?: boolean
}

interface Report {
  on: Record<string, string>
  results: Record<string, { rows: Row[]; lines: Line[]; missing: number }>
}

let folder: ReturnType<typeof makeFolder>
let results: string
let printed: string
let report: Report

const run = (...args: string[]) =>
  execFileSync(process.execPath, [bench, '--tiny', '--results', results, ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  })

beforeAll(() => {
  folder = makeFolder()
  results = join(folder.path, 'results/kernels.json')
  printed = run()
  report = JSON.parse(readFileSync(results, 'utf8'))
}, HANG_MS)

afterAll(() => folder.remove())

test('prints the machine, the peers and the verdict', () => {
  expect(printed).toMatch(/^cpu: .*; node: v[\d.]+; piscina: .*; comlink: .*Medians of 1 rounds/m)
  expect(printed).toMatch(/^\| what +\| measured +\| floor +\| holds +\|$/m)
  expect(printed).toMatch(/^\| fork and join over a plain call +\| -?[\d.]+ ns +\| at most 12 ns/m)
})

test('asks every question, and each has its sides', () => {
  const sides = Object.fromEntries(
    Object.entries(report.results).map(([name, { rows }]) => [name, rows.map(({ side }) => side)]),
  )
  expect(sides).toMatchObject({
    'fork-join': expect.arrayContaining(['plain', 'forked', '1 worker', '2 workers']),
    queens: expect.arrayContaining(['plain, boards in a pool', 'forked at every node']),
    empty: expect.arrayContaining(['forked in a tree', 'dispatched, awaited in order']),
    calls: expect.arrayContaining(['Heddle']),
    map: expect.arrayContaining(['plain loop', 'Heddle, dispatch']),
    sort: expect.arrayContaining(['Float64Array.prototype.sort', 'Async.of(array).sort()']),
    'start-up': expect.arrayContaining(['new Scheduler(2)', 'new Scheduler(2), await ready()']),
    delay: ['idle', 'a long dispatch', 'bare threads'],
  })
  for (const { rows, lines } of Object.values(report.results)) {
    for (const { samples } of rows) expect(samples.every(Number.isFinite)).toBe(true)
    for (const { measured } of lines) expect(measured).toMatch(/\d/)
  }
})

test('what is not asked for stays as it was', () => {
  const before = JSON.stringify(report.results.calls)
  run('sort', 'fork')
  const after = JSON.parse(readFileSync(results, 'utf8')) as Report
  expect(JSON.stringify(after.results.calls)).toBe(before)
  expect(Object.keys(after.results)).toEqual(Object.keys(report.results))
})

test('says which questions there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [bench, '--tiny', 'nonsense'], {
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(/'nonsense' is none of fork-join, queens/),
  })
})
