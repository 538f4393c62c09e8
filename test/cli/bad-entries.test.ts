/** What cannot be summed: one line on standard error each, exit status 1, and nothing else lost. */
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cli, heddle, linesOf, makeFolder, run, writeFiles, xxhsumCheck } from './support.js'

const folder = makeFolder()
const cwd = folder.path
let server: Server

beforeAll(async () => {
  writeFiles(cwd, {
    'a-first': 'first',
    'new\nline': 'x',
    'new\nfolder/x': 'x',
    'locked-file': 'x',
    'locked-folder/x': 'x',
    'z-last': 'last',
  })
  symlinkSync('nowhere', join(cwd, 'dangling'))
  symlinkSync('loop-b', join(cwd, 'loop-a'))
  symlinkSync('loop-a', join(cwd, 'loop-b'))
  symlinkSync('pipe', join(cwd, 'to-pipe'))
  execFileSync('mkfifo', [join(cwd, 'pipe')])
  await new Promise<void>((resolve) => {
    server = createServer().listen(join(cwd, 'socket'), resolve)
  })
  chmodSync(join(cwd, 'locked-file'), 0)
  chmodSync(join(cwd, 'locked-folder'), 0)
})

afterAll(() => {
  server.close()
  chmodSync(join(cwd, 'locked-folder'), 0o700)
  folder.remove()
})

const NEWLINE = 'a name with a newline cannot be written in this format'

/** All the bad entries, in their order. */
const COMPLAINTS = [
  'heddle: ./dangling: a link that leads nowhere (ENOENT)',
  'heddle: ./locked-file: permission denied (EACCES)',
  'heddle: ./locked-folder: permission denied (EACCES)',
  'heddle: ./loop-a: too many symbolic links encountered (ELOOP)',
  'heddle: ./loop-b: too many symbolic links encountered (ELOOP)',
  `heddle: ./new\\nfolder/x: ${NEWLINE} (ERR_HEDDLE_NAME)`,
  `heddle: ./new\\nline: ${NEWLINE} (ERR_HEDDLE_NAME)`,
  'heddle: ./pipe: not a regular file (ENXIO)',
  'heddle: ./socket: not a regular file (ENXIO)',
  'heddle: ./to-pipe: not a regular file (ENXIO)',
]

const DROP = '-dac_override,-dac_read_search'

/** Root may read everything; without these two capabilities it is as everybody else. */
function asUser(args: string[]) {
  const isRoot = process.getuid?.() === 0
  const limits = isRoot ? ['setpriv', `--bounding-set=${DROP}`, `--inh-caps=${DROP}`] : ['env']
  const [program = '', ...rest] = [...limits, process.execPath, cli, ...args]
  return run(program, rest, { cwd })
}

describe.each(['auto', 'threads'])('with --backend %s', (backend) => {
  test('every kind gets its line, and the rest is summed', () => {
    const { status, stdout, stderr } = asUser(['sum', '--backend', backend])
    expect(linesOf(stderr)).toEqual(COMPLAINTS)
    expect(linesOf(stdout).map((line) => line.slice(34))).toEqual(['./a-first', './z-last'])
    expect(xxhsumCheck(stdout, cwd).status).toBe(0)
    expect(status).toBe(1)
  })

  test('so it is when they are given as PATHs', () => {
    const paths = ['z-last', 'pipe', 'missing', 'dangling', 'socket', '/dev/null', 'a-first/x', '']
    const { status, stdout, stderr } = heddle(['sum', '--backend', backend, ...paths], { cwd })
    expect(linesOf(stderr)).toEqual([
      'heddle: pipe: not a regular file (ENXIO)',
      'heddle: missing: no such file or directory (ENOENT)',
      'heddle: dangling: no such file or directory (ENOENT)',
      'heddle: socket: not a regular file (ENXIO)',
      'heddle: /dev/null: not a regular file (ENXIO)',
      'heddle: a-first/x: not a directory (ENOTDIR)',
      "heddle: '': no such file or directory (ENOENT)",
    ])
    expect(linesOf(stdout)).toHaveLength(1)
    expect(status).toBe(1)
  })

  test('so it is with --json, which can hold any name', () => {
    const { status, stdout, stderr } = asUser(['sum', '--json', '--backend', backend])
    const objects = linesOf(stdout).map((line) => JSON.parse(line))
    const { summary } = objects.pop()
    const failed = objects.filter(({ error }) => error)
    const withoutNames = COMPLAINTS.filter((line) => !line.includes('ERR_HEDDLE_NAME'))
    expect(
      failed.map(({ path, error }) => `heddle: ${path}: ${error.message} (${error.code})`),
    ).toEqual(withoutNames)
    expect(linesOf(stderr)).toEqual(withoutNames)
    const names = objects.filter(({ error }) => !error).map(({ path }) => path)
    expect(names).toEqual(['./a-first', './new\nfolder/x', './new\nline', './z-last'])
    expect(summary).toMatchObject({ files: 4, errors: withoutNames.length })
    expect(status).toBe(1)
  })
})

test('a line on standard error is one line, whatever is in the name', () => {
  const { stderr } = heddle(['sum', 'missing \x1b[2J\r\n\u0085\u202e', 'é\t'], { cwd })
  expect(linesOf(stderr)).toEqual([
    'heddle: missing \\x1b[2J\\r\\n\\u{85}\\u{202e}: no such file or directory (ENOENT)',
    'heddle: é\\t: no such file or directory (ENOENT)',
  ])
})

test('a folder too deep for a path is one line, and no crash', () => {
  const deep = makeFolder()
  const step = 'd'.repeat(250)
  run('/bin/bash', ['-c', `for i in {1..20}; do mkdir ${step} && cd ${step}; done; touch bottom`], {
    cwd: deep.path,
  })
  mkdirSync(join(deep.path, 'e'))
  writeFiles(deep.path, { 'e/f': 'x' })
  const { status, stdout, stderr } = heddle(['sum'], { cwd: deep.path })
  expect(linesOf(stderr)).toHaveLength(1)
  expect(stderr).toContain('(ENAMETOOLONG)')
  expect(linesOf(stdout)).toHaveLength(1)
  expect(status).toBe(1)
  run('rm', ['-rf', deep.path])
})
