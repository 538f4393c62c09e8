/**
 * Why a file has no checksum, in words for people and in a code for programs.
 */
import { getSystemErrorMap } from 'node:util'

export interface Failure {
  readonly code: string
  readonly reason: string
}

/** What an error of `fs` or of `scheduler.io` says. */
interface SystemError extends Error {
  readonly code?: string
  readonly errno?: number
}

/** The format that `xxhsum -c` verifies has a line for each name. */
export const NEWLINE_IN_NAME: Failure = {
  code: 'ERR_HEDDLE_NAME',
  reason: 'a name with a newline cannot be written in this format',
}

/** A device, a pipe, a socket. The code is the one that `scheduler.io` gives for them. */
export const NOT_REGULAR: Failure = { code: 'ENXIO', reason: 'not a regular file' }

/** Puts an error into words. `kind`: what the path was found to be. */
export function describe(error: SystemError, kind?: 'link'): Failure {
  const { code = 'ERR_HEDDLE_UNKNOWN', errno } = error
  if (code === NOT_REGULAR.code) return NOT_REGULAR
  if (code === 'ENOENT' && kind === 'link') return { code, reason: 'a link that leads nowhere' }
  const known = errno === undefined ? undefined : getSystemErrorMap().get(errno)
  return { code, reason: known?.[1] ?? error.message }
}
