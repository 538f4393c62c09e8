/**
 * What is known of a file, as Node has it.
 */
import { Stats } from 'node:fs'

/** Younger versions of Node make dates of the milliseconds when they are asked for. */
const HAS_DATES = 'atime' in Stats.prototype

const SECOND = 1_000_000_000n

/** A time in nanoseconds since 1970, in milliseconds: to the same bits as Node. */
function toMs(nanoseconds: bigint): number {
  return Number(nanoseconds / SECOND) * 1000 + Number(nanoseconds % SECOND) / 1e6
}

/** Of the words of a native `FileRecord`. Not by the constructor, which Node wants to itself. */
export function statsFrom(words: BigInt64Array): Stats {
  const number = (i: number) => Number(words[i])
  const [atimeMs, mtimeMs, ctimeMs, birthtimeMs] = [10, 11, 12, 13].map((i) =>
    toMs(words[i] as bigint),
  ) as [number, number, number, number]
  const stats = Object.assign(Object.create(Stats.prototype), {
    dev: number(0),
    mode: number(1),
    nlink: number(2),
    uid: number(3),
    gid: number(4),
    rdev: number(5),
    blksize: number(6),
    ino: number(7),
    size: number(8),
    blocks: number(9),
    atimeMs,
    mtimeMs,
    ctimeMs,
    birthtimeMs,
  })
  if (HAS_DATES) return stats
  const [atime, mtime, ctime, birthtime] = [atimeMs, mtimeMs, ctimeMs, birthtimeMs].map(toDate)
  return Object.assign(stats, { atime, mtime, ctime, birthtime })
}

/** To the nearest millisecond, as in Node. */
function toDate(milliseconds: number): Date {
  return new Date(Math.round(milliseconds))
}
