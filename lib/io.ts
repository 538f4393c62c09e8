/**
 * Files, read and digested by a scheduler's fibers.
 */
import { Async } from './async.js'
import { DigestReceiver, type DigestSink, Digests, type FileDigest } from './digest.js'
import { invalidType } from './errors.js'
import { Type } from './layout.js'
import { native } from './native.js'
import { encodePath, encodePaths, type Path, showPath } from './paths.js'
import * as post from './post.js'
import * as stream from './stream.js'

/** The I/O of one scheduler: `scheduler.io`. */
export class SchedulerIo {
  /** The number of the open scheduler, or a throw. */
  readonly #open: () => number

  /** @internal */
  constructor(open: () => number) {
    this.#open = open
  }

  /** Which engine is in use. */
  get backend(): 'io_uring' | 'threads' {
    return native.backend(this.#open())
  }

  /** Why that one. */
  get reason(): string {
    return native.reason(this.#open())
  }

  /**
   * The contents of a file.
   *
   * It fails with an {@link IoError}, whose `code` is Node's own, such as `ENOENT`.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for a bad path
   */
  readFile(path: Path): Async<Uint8Array> {
    const runtime = this.#open()
    const bytes = encodePath('path', path)
    const slot = stream.outside(Type.Bytes, showPath(path))
    native.readFile(runtime, slot.handle, bytes)
    return Async.inside<Uint8Array>(slot)
  }

  /**
   * Checksums of many files, as they finish: XXH3 with 128 bits, in hexadecimal.
   *
   * Files are read on all workers, a bounded number at a time. One that cannot be read, or is not a
   * regular file, comes with its `error`.
   *
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE` for a bad path
   */
  digest<P extends Path>(paths: readonly P[]): AsyncIterable<FileDigest<P>> {
    if (!Array.isArray(paths)) throw invalidType('paths', 'an array', paths)
    const bytes = encodePaths('paths', paths)
    const digests = new Digests<P>([...paths])
    this.digestInto(digests, bytes, paths.length)
    return digests
  }

  /**
   * As {@link digest}, for `count` paths that are encoded already: each ends with a NUL.
   *
   * @internal
   */
  digestInto(sink: DigestSink, paths: Uint8Array, count: number): void {
    const runtime = this.#open()
    if (count === 0) sink.arrived(true)
    else native.digest(runtime, post.expect(new DigestReceiver(count, sink)), paths, count)
  }
}
