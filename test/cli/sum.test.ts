/** What `heddle sum` prints, compared with what xxhsum prints and verifies. */
import { mkdirSync, rmSync, symlinkSync, truncateSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { heddle, linesOf, makeFolder, run, shell, writeFiles, xxhsumCheck } from './support.js'

const folder = makeFolder()
const cwd = folder.path

/** Contents that cross the sizes at which reading changes its ways. */
const SIZES = [0, 1, 255, 4095, 4096, 4097, 65536, 262143, 262144, 262145, 1_000_003]
const SPARSE_BYTES = 64 << 20
const HASH_DIGITS = 32

/** Names that could be taken for something else. They are bytes, and not all are UTF-8. */
const NAMES = [
  'plain.txt',
  'with space',
  ' leading space',
  'trailing space ',
  '-dash',
  '--json',
  'back\\slash',
  '\\leading backslash',
  'back\\nslash n',
  'tab\there',
  'carriage\rreturn',
  'escape\x1b[31m',
  'quote\'s "and" $HOME `x` *?',
  '#comment',
  'stdin',
  '(round)',
  '99aa06d3014798d86001c324468d497f  not a checksum',
  Buffer.from('größe 漢字 🧵').toString('latin1'),
  'not utf-8 \xff\xfe',
  '\x80',
  'a',
  'a.txt',
  'a/inner',
  'a/z/deep',
  'a-b',
  `long ${'x'.repeat(240)}`,
]

beforeAll(() => {
  const contents = Object.fromEntries(NAMES.map((name) => [`names/${name}`, `in ${name}`]))
  delete contents['names/a']
  writeFiles(cwd, contents)
  for (const bytes of SIZES) {
    writeFiles(cwd, { [`sizes/${bytes}`]: Buffer.alloc(bytes, 'heddle sum ') })
  }
  writeFiles(cwd, { 'sizes/sparse': '' })
  truncateSync(join(cwd, 'sizes/sparse'), SPARSE_BYTES)
  mkdirSync(join(cwd, 'links'))
  symlinkSync('../sizes/4096', join(cwd, 'links/to-file'))
  symlinkSync('../sizes', join(cwd, 'links/to-folder'))
  symlinkSync('..', join(cwd, 'links/up'))
  symlinkSync('/proc/self/limits', join(cwd, 'links/proc'))
  mkdirSync(join(cwd, 'empty/of/files'), { recursive: true })
})

afterAll(folder.remove)

/** The order that is promised: names in a folder by their bytes, a folder where its name is. */
function inOrder(paths: string[]): string[] {
  const key = (path: string) => path.replaceAll('/', '\0')
  return [...paths].sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

const pathsOf = (stdout: string) => linesOf(stdout).map((line) => line.slice(HASH_DIGITS + 2))

describe.each(['auto', 'threads'])('with --backend %s', (backend) => {
  const sum = (...args: string[]) => heddle(['sum', '--backend', backend, ...args], { cwd })

  test('xxhsum -c verifies every line', () => {
    const { status, stdout, stderr } = sum()
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(xxhsumCheck(stdout, cwd)).toMatchObject({ status: 0, stdout: '', stderr: '' })
  })

  test('prints every file and nothing else, in the promised order', () => {
    const found = run('find', ['-L', 'names', 'sizes', '-type', 'f', '-print0'], { cwd })
    const paths = found.stdout.split('\0').slice(0, -1)
    expect(paths).toHaveLength(NAMES.length - 1 + SIZES.length + 1)
    expect(pathsOf(sum('names', 'sizes').stdout)).toEqual(inOrder(paths))
  })

  test('prints the very bytes that xxhsum -H128 prints', () => {
    const paths = [...SIZES, 'sparse'].map((size) => `sizes/${size}`)
    expect(sum(...paths).stdout).toBe(run('xxhsum', ['-H128', ...paths], { cwd }).stdout)
  })

  test('a name is passed on byte by byte', () => {
    const { stdout } = sum('names')
    for (const name of NAMES) if (name !== 'a') expect(pathsOf(stdout)).toContain(`names/${name}`)
  })

  test('follows links to files, and to folders only where they are given', () => {
    expect(pathsOf(sum('links').stdout)).toEqual(['links/proc', 'links/to-file'])
    const given = sum('links/to-folder')
    expect(given.status).toBe(0)
    expect(linesOf(given.stdout)).toHaveLength(SIZES.length + 1)
  })
})

test('PATHs come in the order given, and as often as given', () => {
  const paths = ['sizes/1', 'sizes/0', 'sizes/1', './sizes/1', 'sizes//1']
  const { status, stdout } = heddle(['sum', ...paths], { cwd })
  expect(status).toBe(0)
  expect(pathsOf(stdout)).toEqual(paths)
})

test('a PATH need not be UTF-8', () => {
  // Node decodes arguments, so that only the shell can give this one.
  const { status, stdout } = shell(`$HEDDLE sum -- names/$'\\x80' names/-dash`, { cwd })
  expect(status).toBe(0)
  expect(pathsOf(stdout)).toEqual(['names/\x80', 'names/-dash'])
})

test('a PATH that ends with a slash does not get another one', () => {
  expect(pathsOf(heddle(['sum', 'names/a/'], { cwd }).stdout)).toEqual([
    'names/a/inner',
    'names/a/z/deep',
  ])
})

test('a file called stdin is not taken for standard input by xxhsum', () => {
  const inNames = join(cwd, 'names')
  const { stdout } = heddle(['sum', 'stdin'], { cwd: inNames })
  expect(pathsOf(stdout)).toEqual(['./stdin'])
  expect(xxhsumCheck(stdout, inNames).status).toBe(0)
})

test('nothing under a PATH is nothing to print', () => {
  expect(heddle(['sum', 'empty'], { cwd })).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('a file system that does not say what is a folder is asked about each entry', () => {
  // There is none here, so Node is made to answer as it does there.
  writeFiles(cwd, {
    'no-types.cjs': `
      const fs = require('fs')
      const { readdirSync } = fs
      fs.readdirSync = (path, options) => {
        const refusal = Object.assign(new TypeError(), { code: 'ERR_INVALID_ARG_TYPE' })
        if (options.withFileTypes) throw refusal
        return readdirSync(path, options)
      }
    `,
  })
  const env = { NODE_OPTIONS: `--require ${join(cwd, 'no-types.cjs')}` }
  const paths = ['names', 'sizes', 'links']
  const asked = heddle(['sum', ...paths], { cwd, env })
  expect(asked).toEqual(heddle(['sum', ...paths], { cwd }))
  expect(asked.status).toBe(0)
  rmSync(join(cwd, 'no-types.cjs'))
})

test('leaves out the file that it writes', () => {
  const { status, stderr } = shell('$HEDDLE sum > sizes/out.xxh', { cwd })
  expect({ status, stderr }).toEqual({
    status: 0,
    stderr: 'heddle: ./sizes/out.xxh: left out, it is the output\n',
  })
  const check = run('xxhsum', ['-c', '--quiet', 'sizes/out.xxh'], { cwd })
  expect(check).toMatchObject({ status: 0, stdout: '', stderr: '' })
})

test('many more files than are in work at once come complete and in order', () => {
  const many = makeFolder()
  const names = Array.from({ length: 5000 }, (_, i) => `${i % 70}/${i}`)
  writeFiles(many.path, Object.fromEntries(names.map((name) => [name, name])))
  const { status, stdout } = heddle(['sum', '--threads', '3'], { cwd: many.path })
  expect(status).toBe(0)
  expect(pathsOf(stdout)).toEqual(inOrder(names.map((name) => `./${name}`)))
  expect(xxhsumCheck(stdout, many.path)).toMatchObject({ status: 0, stdout: '' })
  many.remove()
})
