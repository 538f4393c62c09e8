/** `heddle sum --summary`: what it says, and that what it compares is the same. */
import { truncateSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { heddle, linesOf, makeFolder, writeFiles } from './support.js'

const folder = makeFolder()
const cwd = folder.path

beforeAll(() => {
  const names = Array.from({ length: 500 }, (_, i) => `tree/${i % 20}/${i}`)
  writeFiles(cwd, Object.fromEntries(names.map((name) => [name, name.repeat(100)])))
  writeFiles(cwd, { 'new\nline': 'x', sparse: '' })
})

afterAll(folder.remove)

test('prints totals and the comparison, and no checksums', () => {
  const { status, stdout, stderr } = heddle(['sum', '--summary', 'tree'], { cwd })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(linesOf(stdout).map((line) => line.split('  ', 1)[0])).toEqual([
    'files',
    'bytes',
    'seconds',
    'rate',
    'threads',
    'backend',
    'I/O',
    'fs.promises',
    'ratio',
    'checksums',
  ])
  expect(stdout).toMatch(/^files {8}500\n/)
  expect(stdout).toMatch(/^backend +(io_uring|threads) \(.+\)$/m)
  expect(stdout).toMatch(/^checksums +the same$/m)
})

test('counts what could not be read, and fails', () => {
  const { status, stdout, stderr } = heddle(['sum', '--summary', 'tree', 'missing'], { cwd })
  expect(stderr).toBe('heddle: missing: no such file or directory (ENOENT)\n')
  expect(stdout).toMatch(/^files {8}500, and 1 that could not be read$/m)
  expect(stdout).toMatch(/^checksums +the same$/m)
  expect(status).toBe(1)
})

test('with --json is one object', () => {
  const { status, stdout } = heddle(['sum', '--summary', '--json', 'tree', 'new\nline'], { cwd })
  expect(status).toBe(0)
  expect(linesOf(stdout)).toHaveLength(1)
  expect(JSON.parse(stdout).summary).toMatchObject({
    files: 501,
    errors: 0,
    io: { inFlight: 0 },
    baseline: {
      seconds: expect.any(Number),
      cpuSeconds: expect.any(Number),
      checksums: 'the same',
    },
  })
})

test('says so where fs.promises cannot do the same', { timeout: 120_000 }, () => {
  truncateSync(join(cwd, 'sparse'), 2 ** 31 + 1)
  const { status, stdout } = heddle(['sum', '--summary', 'sparse', 'tree'], { cwd })
  expect(stdout).toMatch(/^bytes +2,1/m)
  expect(stdout).toMatch(/^checksums +not compared/m)
  expect(status).toBe(0)
})
