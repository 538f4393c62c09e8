/** Runs programs against `node:fs/promises` and against `heddle/fs`: a difference fails. */
import * as nodeFs from 'node:fs'
import * as node from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, test } from 'vitest'

import fs from '../../dist/fs.js'

export type Fs = typeof node

/** What is run: with a folder of its own for each side, with the same names in it. */
export type Program = (fs: Fs, at: (name: string) => string) => Promise<unknown>

/** `since` is the version of Node from which on Node itself does what it documents. */
export type Case = [name: string, program: Program, since?: number]

const version = Number.parseInt(process.versions.node, 10)

let folders: string[]

/** A test for each case. Its folder has files, folders and links. */
export function testConformance(cases: Case[]): void {
  beforeEach(() => {
    folders = ['node', 'heddle'].map(makeFolder)
  })
  afterEach(() => {
    for (const folder of folders) nodeFs.rmSync(folder, { recursive: true })
  })
  for (const [name, program, since = 0] of cases) {
    test.skipIf(version < since)(name, async () => {
      const theirs = await outcome(node, folders[0] as string, program)
      const ours = await outcome(fs as Fs, folders[1] as string, program)
      expect(ours).toEqual(theirs)
    })
  }
}

function makeFolder(name: string): string {
  const folder = nodeFs.mkdtempSync(join(tmpdir(), `heddle-${name}-`))
  nodeFs.writeFileSync(join(folder, 'file'), 'hello')
  nodeFs.mkdirSync(join(folder, 'full'))
  nodeFs.writeFileSync(join(folder, 'full/one'), '1')
  nodeFs.mkdirSync(join(folder, 'empty'))
  nodeFs.symlinkSync('file', join(folder, 'soft'))
  nodeFs.symlinkSync('nowhere', join(folder, 'dangling'))
  return folder
}

/** Names, kinds, permissions and contents of all that is in the folder. */
function picture(folder: string): string[] {
  const names = nodeFs.readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()
  return names.map((name) => {
    const path = join(folder, name)
    const stats = nodeFs.lstatSync(path)
    const mode = stats.mode.toString(8)
    if (stats.isSymbolicLink()) return `${name} ${mode} -> ${nodeFs.readlinkSync(path)}`
    return `${name} ${mode} ${stats.isFile() ? nodeFs.readFileSync(path, 'hex') : ''}`
  })
}

/** What came of it, without what must differ: the folder, the inode, the times. */
async function outcome(fs: Fs, folder: string, program: Program) {
  try {
    const came = await program(fs, (name) => join(folder, name))
    return { came: strip(came, folder), left: picture(folder) }
  } catch (error) {
    return { failed: describeError(error, folder), left: picture(folder) }
  }
}

function strip(came: unknown, folder: string): unknown {
  if (came instanceof nodeFs.Stats) {
    const { mode, nlink, size, uid, gid, mtime } = came
    return { mode, nlink, size, uid, gid, isFile: came.isFile(), isDate: mtime instanceof Date }
  }
  if (came instanceof nodeFs.Dirent) {
    const { name, parentPath } = came as nodeFs.Dirent & { parentPath?: unknown }
    const parent = String(parentPath).replaceAll(folder, '.')
    return { name, parent, kinds: [came.isFile(), came.isDirectory(), came.isSymbolicLink()] }
  }
  if (Array.isArray(came)) return came.map((each) => strip(each, folder))
  return typeof came === 'string' ? came.replaceAll(folder, '.') : came
}

/** Messages count where the system has said it: for the rest each has its own words. */
export function describeError(thrown: unknown, folder = '/nowhere') {
  const error = thrown as NodeJS.ErrnoException & { dest?: string }
  const replace = (text: unknown) => text && String(text).replaceAll(folder, '.')
  const { code, errno, syscall } = error
  const isOfSystem = errno !== undefined
  return {
    ...{ code, errno, syscall, path: replace(error.path), dest: replace(error.dest) },
    ...(isOfSystem ? { message: replace(error.message) } : { name: error.name }),
  }
}
