/** Programs in processes of their own: how they end is what is tested. */
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Where programs find the package that is under test. */
export const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

/** A program that may call `gc()` says whether all but one of those in `made` are collected. */
export const SAYS_IF_COLLECTED = `
  const left = () => made.filter((each) => each.deref() !== undefined).length
  for (let i = 0; i < 100 && left() > 1; ++i) {
    await new Promise((resolve) => setTimeout(resolve, 1)) // What was looked at stays so long.
    gc()
  }
  console.log(left() <= 1)
`

/** Generous: a machine may be slow, and only a hang may reach it. */
const HANG_MS = 60_000

function argumentsFor(source: string, flags: readonly string[]): string[] {
  const head = `import * as heddle from '${root}/dist/index.mjs'\n`
  return [...flags, '--input-type=module', '--eval', head + source]
}

/**
 * Runs an ES module that has the package as `heddle`, to its end; with a `launcher`, another
 * program and its arguments, that runs it.
 */
export function runProgram(
  source: string,
  flags: readonly string[] = [],
  launcher: readonly string[] = [],
): Ended {
  const all = [...launcher, process.execPath, ...argumentsFor(source, flags)]
  const ended = spawnSync(all[0] as string, all.slice(1), {
    encoding: 'utf8',
    timeout: HANG_MS,
    killSignal: 'SIGABRT',
  })
  return { code: ended.status, signal: ended.signal, stdout: ended.stdout, stderr: ended.stderr }
}

/** The same, beside other things. */
export function startProgram(source: string, flags: readonly string[] = []): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, argumentsFor(source, flags), {
      timeout: HANG_MS,
      killSignal: 'SIGABRT',
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (text) => {
      stdout += text
    })
    child.stderr.on('data', (text) => {
      stderr += text
    })
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
