/**
 * What was summed so far, as dataflow values: the workers do the additions.
 */
import { Async } from '../async.js'

/** Counts files, a group at a time. */
export class Totals {
  /** Files with a checksum. */
  files: Async<bigint> = Async.of(0n)
  /** Bytes in them. */
  bytes: Async<bigint> = Async.of(0n)

  add(files: number, bytes: number): void {
    this.files = this.files.add(BigInt(files))
    this.bytes = this.bytes.add(BigInt(bytes))
  }
}
