/** `heddle/fs` stands in for `node:fs/promises`. */
import { execFileSync } from 'node:child_process'
import * as node from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import fs, * as named from '../../dist/fs.js'
import { root, runProgram } from '../support/program.js'

let folder: string
let file: string

beforeAll(async () => {
  folder = await node.mkdtemp(join(tmpdir(), 'heddle-fs-'))
  file = join(folder, 'text')
  await node.writeFile(file, 'grüße')
})

afterAll(async () => {
  await node.rm(folder, { recursive: true })
})

test('has everything that node:fs/promises has', () => {
  for (const name of Object.keys(node)) {
    if (name !== 'default') expect(fs).toHaveProperty(name)
    expect(named).toHaveProperty(name)
  }
  expect(fs.readFile).toBe(named.readFile)
  expect(fs.readFile).not.toBe(node.readFile)
  expect(fs.open).not.toBe(node.open)
  expect(fs.chmod).toBe(node.chmod)
})

test('every name can be imported, and is what require gives', () => {
  const names = Object.keys(node).filter((name) => name !== 'default')
  const program = `
    import { createRequire } from 'node:module'
    import whole, { ${names.join(', ')} } from '${root}/dist/fs.mjs'
    const imported = { ${names.join(', ')} }
    const required = createRequire('${root}/')('./dist/fs.js')
    const isSame = (name) => imported[name] === required[name] && imported[name] === whole[name]
    console.log(Object.keys(imported).filter((name) => !isSame(name)).join())
  `
  expect(runProgram(program)).toMatchObject({ stdout: '\n', stderr: '', code: 0 })
})

test('a handle waits for what is not there yet, and is closed behind it', async () => {
  const pipe = join(folder, 'pipe')
  execFileSync('mkfifo', [pipe])
  const [reading, writing] = await Promise.all([fs.open(pipe, 'r'), fs.open(pipe, 'w')])
  const read = reading.read(Buffer.alloc(9))
  const closing = reading.close()
  await writing.write('late')
  expect(await read).toMatchObject({ bytesRead: 4, buffer: Buffer.from('late\0\0\0\0\0') })
  await closing
  expect(reading.fd).toBe(-1)
  await writing.close()
})

describe('readFile does what Node does', () => {
  test.each([
    ['no options', undefined],
    ['null', null],
    ['an encoding', 'utf8' as const],
    ['an encoding in an object', { encoding: 'latin1' as const }],
    ['no encoding in an object', { encoding: null }],
    ['a flag', { flag: 'r' }],
  ])('with %s', async (_, options) => {
    const expected = await node.readFile(file, options)
    expect(await fs.readFile(file, options)).toEqual(expected)
    expect(await fs.readFile(pathToFileURL(file), options)).toEqual(expected)
    expect(await fs.readFile(Buffer.from(file), options)).toEqual(expected)
  })

  test('with a FileHandle', async () => {
    const handle = await node.open(file)
    expect(await fs.readFile(handle, 'utf8')).toBe('grüße')
    await handle.close()
  })

  test.each([
    ['a missing file', () => join(folder, 'missing'), undefined],
    ['a folder', () => folder, undefined],
    ['a NUL', () => 'a\0b', undefined],
    ['no path', () => 7, undefined],
    ['no encoding', () => file, 'klingon'],
    ['an aborted signal', () => file, { signal: AbortSignal.abort() }],
  ])('and fails as Node does for %s', async (_, path, options) => {
    const call = (read: typeof node.readFile) =>
      read(path() as string, options as never).then(
        () => 'no error',
        ({ code, errno, syscall, message }) => ({ code, errno, syscall, message }),
      )
    const [ours, nodes] = [await call(fs.readFile), await call(node.readFile)]
    if (_ === 'a NUL' || _ === 'no path')
      expect(ours).toMatchObject({ code: (nodes as { code: string }).code })
    else expect(ours).toEqual(nodes)
  })
})
