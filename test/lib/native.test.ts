/** The loader: what it says where there is no binary, or one that does not load. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'

import type { HeddleError } from '../../lib/errors'
import { type Host, load, native } from '../../lib/native'

const HOST: Host = { platform: 'linux', arch: process.arch, libc: 'glibc 2.36', node: 'v20.4.0' }

let root: string

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'heddle-native-'))
  vi.stubEnv('HEDDLE_PREBUILD', undefined)
})

afterEach(() => {
  rmSync(root, { recursive: true })
  vi.unstubAllEnvs()
})

/** Makes a file under the root, and returns its path. */
function place(path: string, content = 'not a library'): string {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
  return file
}

function failure(host: Host = HOST): HeddleError {
  try {
    load(root, host)
  } catch (error) {
    return error as HeddleError
  }
  throw new Error('it loaded')
}

test('the addon is loaded', () => {
  expect(native).toBeTypeOf('object')
})

describe('on another operating system', () => {
  test('one sentence says that heddle needs Linux', () => {
    const error = failure({ platform: 'darwin', arch: 'arm64', libc: '', node: 'v20.4.0' })
    expect(error).toMatchObject({
      code: 'ERR_HEDDLE_PLATFORM',
      message: 'heddle needs Linux (io_uring, futexes): this is darwin-arm64',
    })
  })
})

describe('without a binary', () => {
  test('the error has a code', () => {
    expect(failure().code).toBe('ERR_HEDDLE_NATIVE')
  })

  test.each(['glibc 2.36', 'musl'])('names the machine, with %s', (libc) => {
    const { message } = failure({ ...HOST, libc })
    expect(message).toContain(`linux-${process.arch}, ${libc}, Node v20.4.0`)
  })

  test('names every place it looked in', () => {
    const { message } = failure()
    expect(message).toContain(`${join(root, 'out/release/heddle.node')}: not there`)
    expect(message).toContain(`${join(root, 'build')} and ${join(root, 'prebuilds')}: No native`)
  })

  test('an installed package is told to rebuild, and what that takes', () => {
    expect(failure().message).toMatch(/g\+\+.*:\n {2}npm rebuild heddle$/)
  })

  test('a checkout is told to build', () => {
    place('CMakeLists.txt')
    expect(failure().message).toMatch(/\n {2}npm run build$/)
  })
})

describe('with a binary that does not load', () => {
  test.each([
    ["a checkout's build", 'out/release/heddle.node'],
    ["node-gyp's build", 'build/Release/heddle.node'],
    ['a prebuilt one', `prebuilds/linux-${process.arch}/heddle.node`],
  ])('%s: the error names the file and the reason', (_, path) => {
    const file = place(path)
    const error = failure()
    expect(error.code).toBe('ERR_HEDDLE_NATIVE')
    expect(error.message).toContain(`${file}: file too short`)
    expect(error.cause).toMatchObject({ code: 'ERR_DLOPEN_FAILED' })
  })

  test('an older binary does not hide it', () => {
    const broken = place('out/release/heddle.node')
    place(`prebuilds/linux-${process.arch}/heddle.node`)
    expect(failure().message).toContain(broken)
  })

  test('HEDDLE_PREBUILD names another folder', () => {
    place('out/release/heddle.node')
    const file = place('elsewhere/heddle.node')
    vi.stubEnv('HEDDLE_PREBUILD', dirname(file))
    expect(failure().message).toContain(file)
  })
})
