// Where the benchmark programs are, how they are built, and what they were built with.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { join } from 'node:path'

import { buildNative } from '../../../scripts/build.mjs'
import { Failure, filtered, must, root, succeeds } from '../../../scripts/tools.mjs'

const OUT = join(root, 'out/bench')
const SOURCES = join(root, 'bench/native')

/** Where Debian keeps the sources of what `librust-…-dev` packages. */
const CRATES = '/usr/share/cargo/registry'

/** Heddle's own programs; their CMake targets have the same names. */
const HEDDLE = [
  'fib',
  'fib_default',
  'queens',
  'uts',
  'sort',
  'matmul',
  'leaf',
  'switch',
  'fiber',
  'loop',
  'skew',
  'tiny',
  'wake',
  'jobs',
]

/** The path of a program: `heddle/fib`, `tbb/fib`, `gomp/fib`, `libomp/fib`, `rayon/fib`. */
export function pathOf(program) {
  const [by, name] = program.split('/')
  if (by === 'heddle') return join(root, `out/release/bench/${name}_bench`)
  if (by === 'rayon') return join(OUT, `rayon/target/release/${name}`)
  return join(OUT, `peers/${by}-${name}`)
}

/** What counts the instructions of a fork and a join. */
export const FORK_COST = join(root, 'out/release/test/sched.fork_cost_test')

/** Builds Heddle's programs, and the peers' as far as they are installed. */
export async function build() {
  const targets = [...HEDDLE.map((name) => `${name}_bench`), 'sched.fork_cost_test']
  await buildNative('release', '--target', ...targets)
  await buildPeers()
  buildRayon()
}

async function buildPeers() {
  const folder = join(OUT, 'peers')
  const isProgress = (line) => /^(-- |\[|Consolidate)/.test(line)
  for (const args of [
    ['-S', join(SOURCES, 'peers'), '-B', folder],
    ['--build', folder],
  ]) {
    const { status } = await filtered('cmake', args, isProgress)
    if (status !== 0) throw new Failure(`cmake ${args.join(' ')} failed`)
  }
}

/** Builds a copy, since cargo writes beside the sources. Offline: nothing is fetched. */
function buildRayon() {
  if (!succeeds('cargo', ['--version']) || !existsSync(CRATES)) return
  const folder = join(OUT, 'rayon')
  mkdirSync(folder, { recursive: true })
  cpSync(join(SOURCES, 'peers/rayon'), folder, { recursive: true })
  const config = ['source.crates-io.replace-with="debian"', `source.debian.directory="${CRATES}"`]
  const manifest = ['--manifest-path', join(folder, 'Cargo.toml')]
  const options = ['--release', '--offline', '--quiet', ...manifest]
  must('cargo', ['build', ...options, ...config.flatMap((one) => ['--config', one])])
}

/** The machine, and the versions of all that takes part. */
export function machine() {
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    kernel: `Linux ${release()}`,
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
    gcc: firstLine('g++', ['-dumpfullversion']),
    clang: version('clang++', ['--version']),
    rustc: version('rustc', ['--version']),
    oneTBB: firstLine('pkg-config', ['--modversion', 'tbb']),
    Boost: header('/usr/include/boost/version.hpp', /BOOST_LIB_VERSION "(.*)"/)?.replace('_', '.'),
    rayon: header(join(OUT, 'rayon/Cargo.lock'), /name = "rayon"\nversion = "(.*)"/),
  }
}

function firstLine(command, args) {
  if (!succeeds(command, args)) return undefined
  return execFileSync(command, args, { encoding: 'utf8' }).split('\n')[0]
}

function version(command, args) {
  return /\d+\.\d+(\.\d+)?/.exec(firstLine(command, args) ?? '')?.[0]
}

function header(path, pattern) {
  return existsSync(path) ? pattern.exec(readFileSync(path, 'utf8'))?.[1] : undefined
}
