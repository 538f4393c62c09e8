// What the scripts share: the checkout's root, and running programs.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The checkout. Scripts work in it, wherever they are called from. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** A failure that has said all there is to say: no stack trace. */
export class Failure extends Error {}

/** Runs a program with our own terminal. Returns its exit status. */
export function run(command, args, { env } = {}) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: 'inherit',
  })
  if (error) throw new Failure(`cannot run ${command}: ${error.message}`)
  if (signal) throw new Failure(`${command} was killed by ${signal}`)
  return status
}

/** Runs a program that must succeed, with our own terminal. */
export function must(command, args, options) {
  const status = run(command, args, options)
  if (status === 0) return
  throw new Failure(`${[command, ...args].join(' ')} failed with status ${status}`)
}

/** Whether a program runs and succeeds; with `input` on its standard input. */
export function succeeds(command, args, input = '') {
  return (
    spawnSync(command, args, { cwd: root, input, stdio: ['pipe', 'ignore', 'ignore'] }).status === 0
  )
}

/** Runs a program and passes its lines on as they come, but those that `isNoise`. Returns all. */
export async function filtered(command, args, isNoise) {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'close')
  const lines = []
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (!isNoise(line)) console.log(line)
  }
  const [status] = await exited
  return { status, lines }
}

/** Runs `main` if `url` is the program that Node was started with, and not a module of another. */
export async function script(url, main) {
  if (!process.argv[1] || realpathSync(process.argv[1]) !== fileURLToPath(url)) return
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`heddle: ${error.message}`)
    process.exitCode = 1
  }
}
