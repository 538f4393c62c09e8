/**
 * What is in a folder, of the bytes that native code has of it: for each entry a type, a name, and
 * a NUL.
 */
import { constants, Dirent } from 'node:fs'

import { type Path, showPath } from './paths.js'

/** Node has them, its types do not. */
const UV = constants as unknown as Readonly<Record<string, number>>

/** Node's number for a type, by the system's. */
const TYPES: Readonly<Record<number, number | undefined>> = {
  1: UV.UV_DIRENT_FIFO,
  2: UV.UV_DIRENT_CHAR,
  4: UV.UV_DIRENT_DIR,
  6: UV.UV_DIRENT_BLOCK,
  8: UV.UV_DIRENT_FILE,
  10: UV.UV_DIRENT_LINK,
  12: UV.UV_DIRENT_SOCKET,
}

/** How names are given. */
export type NameEncoding = BufferEncoding | 'buffer'

/** Node has a constructor, which its types do not say. */
type MakeDirent = new (name: string | Buffer, type: number, path: string | Uint8Array) => Dirent

/** @internal */
export function namesFrom(entries: Buffer): string[] {
  return namesIn(entries, 'utf8') as string[]
}

/** @internal */
export function namesIn(entries: Buffer, encoding: NameEncoding): (string | Buffer)[] {
  return Array.from(each(entries, encoding), ([, name]) => name)
}

/** @internal `path` is the folder's. */
export function entriesFrom(
  entries: Buffer,
  path: Path,
  encoding: NameEncoding = 'utf8',
): Dirent[] {
  const parent = path instanceof Uint8Array ? path : showPath(path)
  const Entry = Dirent as unknown as MakeDirent
  return Array.from(
    each(entries, encoding),
    ([type, name]) => new Entry(name, TYPES[type] ?? (UV.UV_DIRENT_UNKNOWN as number), parent),
  )
}

function* each(
  entries: Buffer,
  encoding: NameEncoding,
): Generator<[type: number, name: string | Buffer]> {
  for (let at = 0; at < entries.length; ) {
    const end = entries.indexOf(0, at + 1)
    const name =
      encoding === 'buffer'
        ? Buffer.from(entries.subarray(at + 1, end))
        : entries.toString(encoding, at + 1, end)
    yield [entries[at] as number, name]
    at = end + 1
  }
}
