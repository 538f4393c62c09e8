/**
 * Checksums of files on their way from native code to whoever asked for them.
 */
import { IoError } from './errors.js'
import { type Path, showPath } from './paths.js'
import type { Receiver } from './post.js'
import { callAt, digestAt, hashesIn } from './records.js'

/** What was found in a file, or why it was not. `index` is that of the path. */
export type FileDigest<P extends Path = Path> =
  | { path: P; index: number; size: number; xxh3: string; error?: undefined }
  | { path: P; index: number; error: IoError }

/**
 * Whoever takes results as they come. The paths are known by their indices.
 *
 * @internal
 */
export interface DigestSink {
  found(index: number, size: number, xxh3: string): void
  failed(index: number, errno: number, syscall: string): void
  /** Comes after each group of calls of the others. */
  arrived(isLast: boolean): void
}

const HASH_DIGITS = 32

/** Reads the records of one digest() call. */
export class DigestReceiver implements Receiver {
  readonly #sink: DigestSink
  #missing: number

  constructor(count: number, sink: DigestSink) {
    this.#missing = count
    this.#sink = sink
  }

  receive(first: number, end: number): boolean {
    const sink = this.#sink
    const hashes = hashesIn(first, end)
    for (let record = first, at = 0; record < end; ++record, at += HASH_DIGITS) {
      const { index, errno, size } = digestAt(record)
      if (errno === 0) sink.found(index, size, hashes.slice(at, at + HASH_DIGITS))
      else sink.failed(index, errno, callAt(record))
    }
    this.#missing -= end - first
    sink.arrived(this.#missing === 0)
    return this.#missing === 0
  }
}

/** Results that come in groups and are handed out one by one. */
export class Digests<P extends Path> implements AsyncIterable<FileDigest<P>>, DigestSink {
  readonly #paths: readonly P[]
  #come: FileDigest<P>[] = []
  /** How many of those that have come. */
  #handedOut = 0
  #isComplete: boolean
  #more: Promise<void> | undefined
  #wake: (() => void) | undefined

  constructor(paths: readonly P[]) {
    this.#paths = paths
    this.#isComplete = paths.length === 0
  }

  found(index: number, size: number, xxh3: string): void {
    this.#come.push({ path: this.#paths[index] as P, index, size, xxh3 })
  }

  failed(index: number, errno: number, syscall: string): void {
    const path = this.#paths[index] as P
    this.#come.push({ path, index, error: new IoError(errno, syscall, showPath(path)) })
  }

  arrived(isLast: boolean): void {
    this.#isComplete = isLast
    this.#wake?.()
    this.#wake = undefined
    this.#more = undefined
  }

  [Symbol.asyncIterator](): AsyncIterator<FileDigest<P>, void, undefined> {
    // Not a generator: what is there already costs one promise, and not half a dozen.
    return { next: () => this.#next() }
  }

  async #next(): Promise<IteratorResult<FileDigest<P>, void>> {
    while (this.#handedOut === this.#come.length) {
      if (this.#isComplete) return { done: true, value: undefined }
      this.#come = []
      this.#handedOut = 0
      // Whoever else asks waits for the same.
      this.#more ??= new Promise((resolve) => {
        this.#wake = resolve
      })
      await this.#more
    }
    return { done: false, value: this.#come[this.#handedOut++] as FileDigest<P> }
  }
}
