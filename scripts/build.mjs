// `npm run build` brings the addon and dist/ up to date; `npm run build release asan tsan` the C++
// tests of these builds, too.
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { setup } from './setup.mjs'
import { Failure, filtered, must, root, script } from './tools.mjs'

/** Every CMake build: its folder in out/, and its options. */
export const BUILDS = {
  release: [],
  // Node itself has no sanitizer, so an addon that has one could not be loaded.
  asan: ['-DSANITIZE=address,undefined', '-DHEDDLE_ADDON=OFF'],
  tsan: ['-DSANITIZE=thread', '-DHEDDLE_ADDON=OFF'],
  arm64: [
    '-DHEDDLE_ADDON=OFF',
    '-DCMAKE_SYSTEM_NAME=Linux',
    '-DCMAKE_SYSTEM_PROCESSOR=aarch64',
    '-DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc',
    '-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++',
    '-DCMAKE_CROSSCOMPILING_EMULATOR=qemu-aarch64-static;-L;/usr/aarch64-linux-gnu',
  ],
}

/** Brings the addon up to date, without the tests and benchmarks. */
export async function buildAddon() {
  await buildNative('release', '--target', 'heddle')
}

/** Brings out/NAME up to date. */
export async function buildNative(name, ...options) {
  const folder = `out/${name}`
  if (!existsSync(join(root, folder))) {
    console.log(`heddle: building ${folder}; the first time takes a while`)
  }
  // Configured every time: what was missing the last time, such as node_modules, may be there now.
  await cmake(['-S', '.', '-B', folder, ...BUILDS[name]])
  await cmake(['--build', folder, '--parallel', String(availableParallelism()), ...options])
}

/** Compiles lib/ to dist/. */
export function buildTypeScript() {
  compile('.')
}

/** Compiles the TypeScript of a folder, as its tsconfig.json says. */
export function compile(folder) {
  must(process.execPath, ['node_modules/typescript/bin/tsc', '-p', folder])
}

/** Sets up, and brings all that the package needs up to date. */
export async function buildPackage() {
  setup()
  await buildAddon()
  buildTypeScript()
}

/** Runs CMake; what it and make say when there is nothing to do is not shown. */
async function cmake(args) {
  const isNoise = (line) => /^-- |Built target|Consolidate|no work to do|globbed/.test(line)
  const { status } = await filtered('cmake', args, isNoise)
  if (status !== 0) throw new Failure(`cmake ${args.join(' ')} failed`)
}

await script(import.meta.url, async () => {
  setup()
  const names = process.argv.slice(2)
  if (names.length === 0) await buildAddon()
  for (const name of names) await buildNative(name)
  buildTypeScript()
})
