/**
 * Finds and loads the addon, or says what is wrong and which command mends it. The only file that
 * loads it.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { HeddleError } from './errors'
import type { Native } from './native-api'

/**
 * What decides whether a binary fits.
 *
 * @internal
 */
export interface Host {
  readonly platform: string
  readonly arch: string
  /** `glibc 2.36`, or `musl`. */
  readonly libc: string
  /** `v20.4.0` */
  readonly node: string
}

/**
 * Loads the addon of the package in `root`.
 *
 * A checkout's own build comes first, then what node-gyp-build finds. The first that is there is
 * the one: if it does not load, an older one behind it would only hide that.
 *
 * @throws HeddleError with code `ERR_HEDDLE_PLATFORM` if this is not Linux
 * @throws HeddleError with code `ERR_HEDDLE_NATIVE` if there is no binary, or it does not load
 * @internal
 */
export function load(root: string, host: Host): Native {
  if (host.platform !== 'linux') {
    const found = `${host.platform}-${host.arch}`
    throw new HeddleError(
      'ERR_HEDDLE_PLATFORM',
      `heddle needs Linux (io_uring, futexes): this is ${found}`,
    )
  }
  const looked: string[] = []
  const path = find(root, looked)
  if (path === undefined) throw new HeddleError('ERR_HEDDLE_NATIVE', explain(root, host, looked))
  try {
    return require(path)
  } catch (cause) {
    looked.push(`${path}: ${firstLine(cause).replace(`${path}: `, '')}`)
    throw new HeddleError('ERR_HEDDLE_NATIVE', explain(root, host, looked), { cause })
  }
}

/** The path of the first binary that is there; a line in `looked` for each place without one. */
function find(root: string, looked: string[]): string | undefined {
  // Benchmarks and sanitizer runs name another build's folder in HEDDLE_PREBUILD.
  const own = join(process.env.HEDDLE_PREBUILD || join(root, 'out', 'release'), 'heddle.node')
  if (existsSync(own)) return own
  looked.push(`${own}: not there`)
  try {
    return require('node-gyp-build').path(root)
  } catch (cause) {
    const folders = ['build', 'prebuilds'].map((folder) => join(root, folder))
    looked.push(`${folders.join(' and ')}: ${firstLine(cause)}`)
    return undefined
  }
}

function explain(root: string, host: Host, looked: string[]): string {
  const [needs, command] = existsSync(join(root, 'CMakeLists.txt'))
    ? ['', 'npm run build']
    : [' (it takes g++, make, python3, liburing-dev and libxxhash-dev)', 'npm rebuild heddle']
  return [
    `heddle has no native part for ${host.platform}-${host.arch}, ${host.libc}, Node ${host.node}`,
    ...looked.map((line) => `  ${line}`),
    `To build it here${needs}:`,
    `  ${command}`,
  ].join('\n')
}

function firstLine(error: unknown): string {
  return String((error as Error).message).split('\n', 1)[0] ?? ''
}

function here(): Host {
  return {
    platform: process.platform,
    arch: process.arch,
    node: process.version,
    get libc() {
      const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } }
      return header.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl'
    },
  }
}

/** The addon. Importing this file loads it. */
export const native: Native = load(join(__dirname, '..'), here())
