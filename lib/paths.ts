/**
 * File names as the system takes them: bytes that end with a NUL.
 */
import { fileURLToPath } from 'node:url'
import { types } from 'node:util'

import { invalidType, invalidValue } from './errors.js'

/** A file name. Bytes are taken as they are: names need not be UTF-8. */
export type Path = string | Uint8Array | URL

/**
 * The bytes of a path, and the NUL.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, or `ERR_INVALID_ARG_VALUE` for a NUL inside
 * @internal
 */
export function encodePath(name: string, path: Path): Buffer {
  const plain = path instanceof URL ? fileURLToPath(path) : path
  if (typeof plain !== 'string' && !types.isUint8Array(plain)) {
    throw invalidType(name, 'a string, a Uint8Array or a URL', path)
  }
  const bytes = typeof plain === 'string' ? Buffer.from(plain) : copyOf(plain)
  if (bytes.includes(0)) throw invalidValue(name, 'a path without NUL bytes', showPath(path))
  return Buffer.concat([bytes, Buffer.of(0)])
}

/**
 * The bytes of many paths, each with its NUL. Nobody else has the array.
 *
 * @throws TypeError as {@link encodePath}
 * @internal
 */
export function encodePaths(name: string, paths: readonly Path[]): Buffer {
  // All at once where all are what most are: ten times faster.
  const isPlain = (path: Path) => typeof path === 'string' && !path.includes('\0')
  if (paths.every(isPlain)) return Buffer.from(`${paths.join('\0')}\0`)
  return Buffer.concat(paths.map((path, i) => encodePath(`${name}[${i}]`, path)))
}

/**
 * A path for a message, as Node shows it: what a URL names, where it names a file.
 *
 * @internal
 */
export function showPath(path: Path): string {
  if (path instanceof URL) return nameOf(path)
  return typeof path === 'string' ? path : Buffer.from(copyOf(path)).toString()
}

/** Its bytes, whatever its own properties say of it: none if it was transferred, as in Node. */
function copyOf(bytes: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(bytes)
  } catch {
    return new Uint8Array()
  }
}

function nameOf(url: URL): string {
  try {
    return fileURLToPath(url)
  } catch {
    return url.href
  }
}
