/** Runs the `heddle` command as a user would, on folders made for the purpose. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The compiled command. */
export const cli = fileURLToPath(new URL('../../dist/cli/heddle.js', import.meta.url))

/** Generous: a machine may be slow, and only a hang may reach it. */
const HANG_MS = 60_000

export interface Ran {
  status: number | null
  signal: NodeJS.Signals | null
  /** Bytes as characters 0 to 255, as names need not be UTF-8. */
  stdout: string
  stderr: string
}

export interface Options {
  cwd?: string
  env?: NodeJS.ProcessEnv
  input?: string
}

/** Runs a program to its end. */
export function run(program: string, args: readonly string[], options: Options = {}): Ran {
  const { cwd, env, input } = options
  const ended = spawnSync(program, args, {
    cwd,
    env: { ...process.env, ...env },
    input: input === undefined ? '' : Buffer.from(input, 'latin1'),
    maxBuffer: 1 << 28,
    timeout: HANG_MS,
    killSignal: 'SIGABRT',
  })
  if (ended.error) throw ended.error
  const { status, signal, stdout, stderr } = ended
  return { status, signal, stdout: stdout.toString('latin1'), stderr: stderr.toString() }
}

/** Runs `heddle` with these arguments. */
export function heddle(args: readonly string[], options?: Options): Ran {
  return run(process.execPath, [cli, ...args], options)
}

/** Runs a command line, in which `$HEDDLE` is the command. */
export function shell(line: string, options: Options = {}): Ran {
  const env = { ...options.env, HEDDLE: `${process.execPath} ${cli}` }
  return run('/bin/bash', ['-c', line], { ...options, env })
}

/** Verifies what `heddle sum` printed, as Debian's xxhsum does. */
export function xxhsumCheck(lines: string, cwd: string): Ran {
  return run('xxhsum', ['-c', '--quiet', '--strict'], { cwd, input: lines })
}

/** Lines without their ends. */
export function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

/** An empty folder, and how to take it away. */
export function makeFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), 'heddle-cli-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/** Writes files, whose names are bytes. */
export function writeFiles(folder: string, files: Record<string, string | Buffer>): void {
  for (const [name, contents] of Object.entries(files)) {
    const path = `${folder}/${name}`
    mkdirSync(Buffer.from(dirname(path), 'latin1'), { recursive: true })
    writeFileSync(Buffer.from(path, 'latin1'), contents)
  }
}
