// Says what a binary asks of the machine that loads it, and fails a prebuilt one that asks for more
// than Node does: a newer glibc than 2.28, or another library.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { Failure, root, script } from './tools.mjs'

const GLIBC_MAX = '2.28'
const LIBRARIES = /^(libc\.so\.6|libm\.so\.6|libpthread\.so\.0|ld-linux-.*)$/

/** Throws a Failure that names what the prebuilt binaries must not ask for. */
export function checkPrebuilds() {
  const problems = prebuilds().flatMap((file) => {
    const { glibc, libraries } = inspect(file)
    const newest = glibc
      .map(({ version }) => version)
      .sort(compare)
      .at(-1)
    console.log(`${file}: needs glibc ${newest}, ${libraries.join(', ')}`)
    return [
      ...libraries.filter((name) => !LIBRARIES.test(name)),
      ...glibc
        .filter(({ version }) => compare(version, GLIBC_MAX) > 0)
        .map(({ name, version }) => `${name}, which came with glibc ${version}`),
    ].map((what) => `${file} needs ${what}`)
  })
  if (problems.length > 0) throw new Failure(problems.join('\n'))
}

/** What an ELF file shows and needs. readelf reads every architecture's. */
export function inspect(file) {
  const symbols = readelf('--dyn-syms', file).matchAll(
    /(GLOBAL|WEAK) .* (?<section>UND|\d+) (?<name>[^\s@]+)(@+GLIBC_(?<version>[\d.]+).*)?$/gm,
  )
  const all = [...symbols].map(({ groups }) => groups)
  return {
    exports: all.filter(({ section }) => section !== 'UND').map(({ name }) => name),
    glibc: all.filter(({ version }) => version),
    libraries: [...readelf('--dynamic', file).matchAll(/NEEDED.*\[(.*)\]/g)].map(
      ([, name]) => name,
    ),
    hasExecutableStack: /GNU_STACK.*RWE/.test(readelf('--program-headers', file)),
  }
}

function readelf(what, file) {
  return execFileSync('readelf', ['--wide', what, file], { cwd: root, encoding: 'utf8' })
}

function compare(a, b) {
  return a.localeCompare(b, 'en', { numeric: true })
}

/** Every prebuilt binary, relative to the checkout. */
export function prebuilds() {
  return readdirSync(join(root, 'prebuilds'), { recursive: true })
    .filter((path) => path.endsWith('.node'))
    .map((path) => join('prebuilds', path))
}

await script(import.meta.url, checkPrebuilds)
