/**
 * `heddle/fs`: `node:fs/promises`, with `readFile` done by the global scheduler's fibers.
 *
 * What is not done here is forwarded, so that this module can take the other's place.
 */
import type { ObjectEncodingOptions, PathLike } from 'node:fs'
import * as promises from 'node:fs/promises'

import { IoError } from './errors.js'
import { currentScheduler } from './scope.js'
import './scheduler.js'

export * from 'node:fs/promises'

type ReadOptions = (ObjectEncodingOptions & { flag?: string | number; signal?: AbortSignal }) | null

/**
 * The contents of a file, as `node:fs/promises` gives them: a `Buffer`, or a string if there is an
 * encoding.
 *
 * Errors are Node's, with `code`, `errno`, `syscall` and `path`. A `FileHandle`, a `flag` or a
 * `signal` is left to Node.
 */
export const readFile = read as typeof promises.readFile

async function read(
  path: PathLike | promises.FileHandle,
  options?: ReadOptions | BufferEncoding,
): Promise<Buffer | string> {
  const { encoding, ...others } =
    typeof options === 'string' ? { encoding: options } : (options ?? {})
  const isPath = typeof path === 'string' || path instanceof URL || path instanceof Uint8Array
  const isPlain = Object.values(others).every((value) => value === undefined)
  if (!isPath || !isPlain || (encoding != null && !Buffer.isEncoding(encoding))) {
    return promises.readFile(path, options as Parameters<typeof promises.readFile>[1])
  }
  const bytes = await currentScheduler().io.readFile(path).get().catch(asNode)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return encoding == null ? buffer : buffer.toString(encoding)
}

/** Node names no path when it is the reading that fails. */
function asNode(error: unknown): never {
  const isRead = error instanceof IoError && error.syscall === 'read'
  throw isRead ? new IoError(error.errno, error.syscall) : error
}

export default { ...promises, readFile }
