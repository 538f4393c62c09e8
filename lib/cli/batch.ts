/**
 * Results come in any order, and are wanted in the order of the files: batches of files, each with
 * room for its results, in a queue.
 */
import type { Failure } from './failure.js'
import type { ByteString } from './names.js'
import type { Group } from './walk.js'

/** Files that follow each other, and what is known about them. */
export interface Files {
  readonly paths: readonly ByteString[]
  readonly sizes: readonly number[]
  /** Checksums in hexadecimal. */
  readonly hashes: readonly string[]
}

/** Is told about every file, in order. */
export interface Listener {
  /** These have checksums: those from `first` to the one before `end`. */
  found(files: Files, first: number, end: number): void
  failed(path: ByteString, failure: Failure): void
}

/** Some files that follow each other, and results for them as they come. */
export class Batch implements Files {
  readonly paths: ByteString[] = []
  readonly sizes: number[] = []
  /** An empty one is not there yet. */
  readonly hashes: string[] = []
  /** By index. */
  readonly #failures = new Map<number, Failure>()
  #told = 0

  /** Adds a group at the end. Only before there are results. */
  add({ paths, failure }: Group): void {
    if (failure !== undefined) this.#failures.set(this.paths.length, failure)
    this.paths.push(...paths)
  }

  /** The indices of the files that have no failure from the start. Asks for results for them. */
  start(): number[] {
    const indices: number[] = []
    for (let index = 0; index < this.paths.length; ++index) {
      this.sizes.push(0)
      this.hashes.push('')
      if (!this.#failures.has(index)) indices.push(index)
    }
    return indices
  }

  found(index: number, size: number, hash: string): void {
    this.sizes[index] = size
    this.hashes[index] = hash
  }

  failed(index: number, failure: Failure): void {
    this.#failures.set(index, failure)
  }

  /** Tells the results that are next, as far as they are there. True: they were the last ones. */
  tell(listener: Listener): boolean {
    const { paths, hashes } = this
    while (this.#told < paths.length) {
      const first = this.#told
      let end = first
      while (end < paths.length && hashes[end] !== '') ++end
      if (end > first) listener.found(this, first, end)
      this.#told = end
      if (end === paths.length) break
      const failure = this.#failures.get(end)
      if (failure === undefined) return false
      listener.failed(paths[end] as ByteString, failure)
      ++this.#told
    }
    return true
  }
}

/** Batches in their order. A limit on their number is what bounds memory. */
export class BatchQueue {
  readonly #listener: Listener
  readonly #batches: Batch[] = []

  constructor(listener: Listener) {
    this.#listener = listener
  }

  /** Batches about which not all has been told. */
  get length(): number {
    return this.#batches.length
  }

  push(batch: Batch): void {
    this.#batches.push(batch)
  }

  /** Tells what is next. To be called when batches have got results. */
  advance(): void {
    while (this.#batches[0]?.tell(this.#listener)) this.#batches.shift()
  }
}
