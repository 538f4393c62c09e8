/**
 * What `heddle sum --summary` compares itself with: Node's `fs.promises` and the same hash.
 */
import { readFile } from 'node:fs/promises'

import { native } from '../native.js'
import type { Batch } from './batch.js'
import type { Engine } from './engine.js'
import { describe } from './failure.js'
import { toPath } from './names.js'

/** Files in flight. More do not help: Node reads with four threads. */
const LANES = 64
/** Bytes in flight, about: `readFile` has whole files in memory. */
const BYTES_MAX = 1 << 30

/** Whole files, read by `fs.promises.readFile`, 64 at a time. */
export class PromisesEngine implements Engine {
  readonly batches = 1
  readonly #lanes: number

  /** `largest`: bytes of the largest file that is to be expected. */
  constructor(largest = 0) {
    this.#lanes = Math.max(1, Math.min(LANES, Math.floor(BYTES_MAX / Math.max(largest, 1))))
  }

  async digest(batch: Batch, advance: () => void): Promise<void> {
    const indices = batch.start()
    let next = 0
    const lane = async () => {
      while (next < indices.length) await digestOne(batch, indices[next++] as number)
    }
    await Promise.all(Array.from({ length: this.#lanes }, lane))
    advance()
  }
}

async function digestOne(batch: Batch, index: number): Promise<void> {
  try {
    const bytes = await readFile(toPath(batch.paths[index] as string))
    batch.found(index, bytes.length, hexOf(native.hash(bytes)))
  } catch (error) {
    batch.failed(index, describe(error as Error))
  }
}

function hexOf([high = 0n, low = 0n]: BigUint64Array): string {
  return ((high << 64n) | low).toString(16).padStart(32, '0')
}
