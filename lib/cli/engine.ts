/**
 * What computes checksums: the seam between `heddle sum` and what it is compared with.
 */
import type { DigestSink } from '../digest.js'
import { IoError } from '../errors.js'
import type { Scheduler } from '../scheduler.js'
import type { Batch } from './batch.js'
import { describe } from './failure.js'

export interface Engine {
  /** Batches to have in work at once, so that there is always something to do. */
  readonly batches: number
  /** Finds all results of a batch, and calls `advance`, which never throws, when there are some. */
  digest(batch: Batch, advance: () => void): Promise<void>
}

/** `scheduler.io` as an engine. */
export class HeddleEngine implements Engine {
  readonly batches = 3
  readonly #scheduler: Scheduler

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler
  }

  digest(batch: Batch, advance: () => void): Promise<void> {
    const indices = batch.start()
    const paths = `${indices.map((index) => batch.paths[index]).join('\0')}\0`
    return new Promise((resolve) => {
      const sink = new BatchSink(batch, indices, advance, resolve)
      this.#scheduler.io.digestInto(sink, Buffer.from(paths, 'latin1'), indices.length)
    })
  }
}

/** Puts results where they belong in a batch. */
class BatchSink implements DigestSink {
  readonly #batch: Batch
  readonly #indices: readonly number[]
  readonly #advance: () => void
  readonly #resolve: () => void

  constructor(batch: Batch, indices: readonly number[], advance: () => void, resolve: () => void) {
    this.#batch = batch
    this.#indices = indices
    this.#advance = advance
    this.#resolve = resolve
  }

  found(index: number, size: number, xxh3: string): void {
    this.#batch.found(this.#indices[index] as number, size, xxh3)
  }

  failed(index: number, errno: number, syscall: string): void {
    const failure = describe(new IoError(errno, syscall))
    this.#batch.failed(this.#indices[index] as number, failure)
  }

  arrived(isLast: boolean): void {
    this.#advance()
    if (isLast) this.#resolve()
  }
}
