/**
 * How a file is opened, by Node's names for it.
 */
import { constants } from 'node:fs'
import { invalidType, invalidValue } from './errors.js'
import { checkInteger } from './options.js'

const { O_APPEND, O_CREAT, O_EXCL, O_RDONLY, O_RDWR, O_SYNC, O_TRUNC, O_WRONLY } = constants

const READ = O_RDONLY
const READ_ON = O_RDWR
const WRITE = O_TRUNC | O_CREAT | O_WRONLY
const WRITE_ON = O_TRUNC | O_CREAT | O_RDWR
const APPEND = O_APPEND | O_CREAT | O_WRONLY
const APPEND_ON = O_APPEND | O_CREAT | O_RDWR

const FLAGS: Readonly<Record<string, number>> = {
  r: READ,
  rs: READ | O_SYNC,
  sr: READ | O_SYNC,
  'r+': READ_ON,
  'rs+': READ_ON | O_SYNC,
  'sr+': READ_ON | O_SYNC,
  w: WRITE,
  wx: WRITE | O_EXCL,
  xw: WRITE | O_EXCL,
  'w+': WRITE_ON,
  'wx+': WRITE_ON | O_EXCL,
  'xw+': WRITE_ON | O_EXCL,
  a: APPEND,
  ax: APPEND | O_EXCL,
  xa: APPEND | O_EXCL,
  as: APPEND | O_SYNC,
  sa: APPEND | O_SYNC,
  'a+': APPEND_ON,
  'ax+': APPEND_ON | O_EXCL,
  'xa+': APPEND_ON | O_EXCL,
  'as+': APPEND_ON | O_SYNC,
  'sa+': APPEND_ON | O_SYNC,
}

/**
 * What open(2) takes for `flag`: a name such as `'w'`, or a number already.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 */
export function parseFlags(flag: unknown, name = 'flags'): number {
  if (typeof flag === 'number') return checkInteger(name, flag, 0, 2 ** 30 - 1)
  if (typeof flag !== 'string') throw invalidType(name, 'a string or a number', flag)
  const flags = Object.hasOwn(FLAGS, flag) ? FLAGS[flag] : undefined
  if (flags === undefined) throw invalidValue(name, "flags such as 'r' or 'w'", flag)
  return flags
}

/**
 * Permissions: a number, or octal digits.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 * @throws RangeError with code `ERR_OUT_OF_RANGE`
 */
export function parseMode(mode: unknown, otherwise: number, name = 'mode'): number {
  if (mode === undefined || mode === null) return otherwise
  if (typeof mode !== 'string') return checkInteger(name, mode, 0, 2 ** 32 - 1)
  if (!/^[0-7]+$/.test(mode)) throw invalidValue(name, 'octal digits', mode)
  return Number.parseInt(mode, 8)
}
