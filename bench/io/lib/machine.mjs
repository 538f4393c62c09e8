// What the programs run on and are built with, and the files that they read.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus, release } from 'node:os'
import { join } from 'node:path'

import { Failure, filtered, root, succeeds } from '../../../scripts/tools.mjs'
import { PROGRAM } from './measure.mjs'

/** Builds the program of C++. */
export async function buildProgram() {
  const folder = join(root, 'out/bench/io')
  const isProgress = (line) => /^(-- (?!No )|\[|Consolidate)/.test(line)
  for (const args of [
    ['-S', join(root, 'bench/io'), '-B', folder],
    ['--build', folder],
  ]) {
    const { status } = await filtered('cmake', args, isProgress)
    if (status !== 0) throw new Failure(`cmake ${args.join(' ')} failed`)
  }
}

/** Calls `use` with a folder that has all files to be read, and removes it in the end. */
export async function withFiles(parent, { fileBytes, loadBytes, small }, use) {
  const folder = mkdtempSync(join(parent, 'heddle-io-'))
  const make = (...args) => execFileSync(PROGRAM, args, { stdio: 'inherit' })
  try {
    make('make', join(folder, 'large'), '--bytes', String(fileBytes))
    make('make', join(folder, 'load'), '--bytes', String(loadBytes))
    make('make-small', join(folder, 'small'), '--count', String(small))
    return await use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function firstLine(command, args) {
  if (!succeeds(command, args)) return undefined
  return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]
}

/** How far the kernel reads ahead on the disk that has `folder`. */
function readAhead(folder) {
  const { dev } = statSync(folder)
  const number = `${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}`
  const path = `/sys/dev/block/${number}/queue/read_ahead_kb`
  return existsSync(path) ? `${readFileSync(path, 'utf8').trim()} KiB` : undefined
}

/** What Heddle reads with here. */
function engine() {
  const { Scheduler } = createRequire(import.meta.url)(join(root, 'dist/index.js'))
  const scheduler = new Scheduler(1)
  const { backend } = scheduler.io
  scheduler[Symbol.dispose]()
  return backend
}

export function machine(folder) {
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    kernel: `Linux ${release()}`,
    'file system': firstLine('stat', ['-f', '-c', '%T', folder]),
    'read-ahead': readAhead(folder),
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
    node: process.version,
    gcc: firstLine('g++', ['-dumpfullversion']),
    liburing: firstLine('pkg-config', ['--modversion', 'liburing']),
    fio: firstLine('fio', ['--version'])?.replace('fio-', ''),
    Heddle: engine(),
  }
}
