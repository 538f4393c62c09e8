/** The command line: help, version, options, nonsense, and the shape of `--json`. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cli, heddle, linesOf, makeFolder, run, writeFiles } from './support.js'

const folder = makeFolder()
const cwd = folder.path

beforeAll(() => writeFiles(cwd, { a: 'a', 'b/c': 'c', '-x': 'x', sum: 'x' }))
afterAll(folder.remove)

const OPTIONS = ['--backend', '--threads', '--json', '--summary', '--help', '--version']

describe('help', () => {
  test.each([
    ['sum', '--help'],
    ['sum', '-h'],
    ['--help', 'sum', 'a'],
  ])('heddle %s %s', (...args) => {
    const { status, stdout, stderr } = heddle(args, { cwd })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    for (const option of OPTIONS) expect(stdout).toContain(option)
    for (const line of linesOf(stdout)) expect(line.length).toBeLessThanOrEqual(100)
  })

  test('heddle --help names the commands', () => {
    expect(heddle(['--help'])).toMatchObject({
      status: 0,
      stdout: expect.stringMatching(/^Usage: heddle sum/),
      stderr: '',
    })
  })

  test('needs no addon', () => {
    const env = { HEDDLE_PREBUILD: '/nowhere' }
    expect(heddle(['sum', '--help'], { env }).status).toBe(0)
  })
})

test.each([['--version'], ['sum', '--version']])('heddle %s prints the version', (...args) => {
  const path = new URL('../../package.json', import.meta.url)
  const { version } = JSON.parse(readFileSync(path, 'utf8'))
  expect(heddle(args)).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
})

describe('nonsense is one line and exit status 2', () => {
  test.each<[string[], RegExp]>([
    [[], /what shall I do/],
    [['weave'], /unknown command 'weave'/],
    [['sum', '--frobnicate'], /unknown option '--frobnicate'/],
    [['sum', '-q'], /unknown option '-q'/],
    [['sum', '--json=yes'], /'--json' does not take an argument/],
    [['sum', '--threads'], /'--threads.*missing/],
    [['sum', '--threads', '0'], /--threads must be an integer from 1 to 1024, got '0'/],
    [['sum', '--threads', '1025'], /got '1025'/],
    [['sum', '--threads', '1.5'], /got '1.5'/],
    [['sum', '--threads=-1'], /got '-1'/],
    [['sum', '--threads', 'many'], /got 'many'/],
    [['sum', '--threads='], /got ''/],
    [['sum', '--backend', 'aio'], /--backend must be one of auto, io_uring, threads, got 'aio'/],
  ])('%j', (args, message) => {
    const { status, stdout, stderr } = heddle(args, { cwd })
    expect(stderr).toMatch(/^heddle: .*\n$/)
    expect(stderr).toMatch(message)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })
})

describe('options', () => {
  test('-- ends them', () => {
    const { status, stdout } = heddle(['sum', '--', '-x', 'sum'], { cwd })
    expect(status).toBe(0)
    expect(linesOf(stdout).map((line) => line.slice(34))).toEqual(['-x', 'sum'])
  })

  test('may come after the paths', () => {
    const { stdout } = heddle(['sum', 'a', '--json', '--threads', '2'], { cwd })
    expect(JSON.parse(linesOf(stdout)[0] ?? '')).toMatchObject({ path: 'a' })
  })

  test('--threads is how many workers there are', () => {
    const { stdout } = heddle(['sum', '--json', '--threads=3'], { cwd })
    expect(JSON.parse(linesOf(stdout).at(-1) ?? '').summary.threads).toBe(3)
  })

  test('--backend threads uses no io_uring', () => {
    const { stdout } = heddle(['sum', '--json', '--backend', 'threads'], { cwd })
    expect(JSON.parse(linesOf(stdout).at(-1) ?? '').summary.backend).toBe('threads')
  })

  test('--backend io_uring is io_uring, or says in one line that there is none', () => {
    const { status, stdout, stderr } = heddle(['sum', '--json', '--backend', 'io_uring'], { cwd })
    if (status === 0) {
      expect(JSON.parse(linesOf(stdout).at(-1) ?? '').summary.backend).toBe('io_uring')
    } else {
      expect(stderr).toMatch(/^heddle: cannot start .*\n$/)
      expect(status).toBe(1)
    }
  })
})

describe('--json', () => {
  test('is an object a line, and a summary last', () => {
    const { status, stdout, stderr } = heddle(['sum', '--json', 'a', 'missing', 'b'], { cwd })
    const objects = objectsIn(stdout)
    expect(objects.slice(0, 3)).toEqual([
      { path: 'a', size: 1, xxh3: xxh3(join(cwd, 'a')) },
      { path: 'missing', error: { code: 'ENOENT', message: 'no such file or directory' } },
      { path: 'b/c', size: 1, xxh3: xxh3(join(cwd, 'b/c')) },
    ])
    expect(objects).toHaveLength(4)
    expect(objects[3].summary).toEqual({
      files: 2,
      bytes: 2,
      errors: 1,
      seconds: expect.any(Number),
      cpuSeconds: expect.any(Number),
      threads: expect.any(Number),
      backend: expect.stringMatching(/^(io_uring|threads)$/),
      reason: expect.any(String),
      io: expect.objectContaining({ submitted: expect.any(Number), inline: expect.any(Number) }),
    })
    expect(stderr).toBe('heddle: missing: no such file or directory (ENOENT)\n')
    expect(status).toBe(1)
  })

  test('gives the bytes of a name that is not UTF-8', () => {
    const odd = makeFolder()
    writeFiles(odd.path, { 'caf\xe9': 'x', 'caf\xc3\xa9': 'y' })
    const { stdout } = heddle(['sum', '--json'], { cwd: odd.path })
    const [utf8, other] = objectsIn(stdout)
    expect(utf8).toMatchObject({ path: './café' })
    expect(utf8).not.toHaveProperty('pathBase64')
    expect(other).toMatchObject({ path: './caf\ufffd' })
    expect(Buffer.from(other.pathBase64, 'base64').toString('latin1')).toBe('./caf\xe9')
    odd.remove()
  })
})

test('the command is executable, as npm links it', () => {
  expect(readFileSync(cli, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
})

function objectsIn(stdout: string) {
  return linesOf(Buffer.from(stdout, 'latin1').toString()).map((line) => JSON.parse(line))
}

function xxh3(path: string): string {
  return run('xxhsum', ['-H128', path], {}).stdout.slice(0, 32)
}
