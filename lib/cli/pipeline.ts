/**
 * Feeds an engine with files while they are being found, and tells results in their order.
 */
import { Batch, BatchQueue, type Listener } from './batch.js'
import type { Engine } from './engine.js'
import { Failing } from './failing.js'
import type { Group } from './walk.js'

/** Batches grow from the one to the other: results should come soon, and the calls be few. */
const BATCH_FIRST = 64
const BATCH_MAX = 2048
/** Batches that may wait for a slow file in the first of them. Bounds memory. */
const BATCHES_MAX = 32

/** Tells `listener` about every file of every group, in order. Rejects with what it throws. */
export async function digestAll(
  groups: Iterable<Group>,
  engine: Engine,
  listener: Listener,
): Promise<void> {
  const queue = new BatchQueue(listener)
  const running = new Set<Promise<void>>()
  // Of its own, and in every race: a batch's promise may reject while nobody waits for it.
  const failure = new Failing()
  const advance = () => failure.catch(() => queue.advance())
  for (const batch of batchesOf(groups)) {
    queue.push(batch)
    const run = engine.digest(batch, advance).then(
      () => void running.delete(run),
      (reason) => failure.fail(reason),
    )
    running.add(run)
    while (running.size >= engine.batches || queue.length >= BATCHES_MAX) {
      await Promise.race([failure.promise, ...running])
    }
  }
  await Promise.race([failure.promise, Promise.all(running)])
}

function* batchesOf(groups: Iterable<Group>): Generator<Batch, void, undefined> {
  let batch = new Batch()
  let size = BATCH_FIRST
  for (const group of groups) {
    batch.add(group)
    if (batch.paths.length < size) continue
    yield batch
    batch = new Batch()
    size = Math.min(size * 2, BATCH_MAX)
  }
  if (batch.paths.length > 0) yield batch
}
