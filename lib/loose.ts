/**
 * Buffers that nobody has promised to release: the collector gives back what the program drops.
 *
 * A task releases its arguments. What is still nobody's at the end of the turn is watched, if
 * anybody can wait for it: a finalizer costs more than a buffer.
 */
import type { Epoch } from './epoch.js'

/** A buffer, as far as this file knows. */
export interface Loose {
  /** What to do when it is collected; undefined: it is somebody's already, or released. */
  onCollected(): (() => void) | undefined
}

let writers: Loose[] = []
let epochs: Epoch[] = []
let isSwept = true
const collected = new FinalizationRegistry<() => void>((release) => release())

/** A write buffer that is nobody's yet. Readers can wait for any of them. */
export function isFresh(writer: Loose): void {
  writers.push(writer)
  sweepSoon()
}

/** It has been adopted. Cheap for the last one that was made. */
export function isAdopted(writer: Loose): void {
  if (writers.at(-1) === writer) writers.pop()
}

/** A writer waits for the epoch's loose readers, or there are many. */
export function lookAfter(epoch: Epoch): void {
  epochs.push(epoch)
  sweepSoon()
}

function sweepSoon(): void {
  if (!isSwept) return
  isSwept = false
  queueMicrotask(sweep)
}

function sweep(): void {
  isSwept = true
  const buffers = writers
  for (const epoch of epochs) {
    const { loose } = epoch
    epoch.loose = undefined
    if (Array.isArray(loose)) buffers.push(...loose)
    else if (loose !== undefined) buffers.push(loose)
  }
  writers = []
  epochs = []
  for (const buffer of buffers) {
    const release = buffer.onCollected()
    if (release !== undefined) collected.register(buffer, release, buffer)
  }
}

/** It was released after all. */
export function isReleased(buffer: Loose): void {
  collected.unregister(buffer)
}
