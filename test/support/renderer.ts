/** The renderer in examples/, as its compiler leaves it in out/. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { root } from './program.js'

/** Inside the package, so that 'heddle' is found by its own name. */
const folder = join(root, 'out/renderer')

/**
 * Compiles it. Tests in other processes may do the same now: files are put in their place whole,
 * one by one, and they are the same whoever made them.
 */
export function buildRenderer(): void {
  mkdirSync(folder, { recursive: true })
  const made = mkdtempSync(join(root, 'out/renderer-'))
  try {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const args = ['-p', join(root, 'examples/renderer'), '--outDir', made]
    execFileSync(process.execPath, [compiler, ...args], { stdio: 'pipe' })
    for (const name of readdirSync(made)) renameSync(join(made, name), join(folder, name))
  } finally {
    rmSync(made, { recursive: true })
  }
}

/** A compiled module, loaded as Node does it, with the types of its source. */
export function load<M>(name: string): Promise<M> {
  return import(/* @vite-ignore */ pathToFileURL(join(folder, `${name}.mjs`)).href)
}
