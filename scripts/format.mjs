// `npm run format`: makes every file look as it should. `npm test` checks that they do.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

import { root, run, script, succeeds } from './tools.mjs'

/** The one whose opinion counts, Debian 12's: they differ in details from version to version. */
const CLANG_FORMAT = 'clang-format version 14.'

/** TypeScript, JavaScript, JSON: form, and what the linter finds. Returns an exit status. */
export function biome(options) {
  return run(process.execPath, ['node_modules/@biomejs/biome/bin/biome', 'check', ...options])
}

/** C++. Returns an exit status, or nothing where there is no such clang-format. */
export function clangFormat(options) {
  const program = ['clang-format-14', 'clang-format'].find(isTheOne)
  if (program === undefined) return undefined
  const files = [
    'native',
    'test/native',
    'test/kernels',
    'bench/native',
    'bench/io',
    'bench/frames',
    'examples',
  ].flatMap(sources)
  return run(program, [...options, ...files])
}

function isTheOne(program) {
  if (!succeeds(program, ['--version'])) return false
  return execFileSync(program, ['--version'], { encoding: 'utf8' }).includes(CLANG_FORMAT)
}

function sources(folder) {
  if (!existsSync(join(root, folder))) return []
  const paths = readdirSync(join(root, folder), { recursive: true })
  return paths.filter((path) => /\.(h|c|cc)$/.test(path)).map((path) => join(folder, path))
}

await script(import.meta.url, () => {
  const status = [biome(['--write']), clangFormat(['-i'])]
  return Math.max(...status.map((one) => one ?? 0))
})
