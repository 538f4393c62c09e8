/**
 * Files whose bytes are an array, without being read first.
 */
import { constants } from 'node:buffer'

import { type Abortable, begin } from './abort.js'
import type { Async } from './async.js'
import { checkObject } from './block.js'
import { bind } from './clone.js'
import { DisposedError, IoError, invalidType } from './errors.js'
import { native } from './native.js'
import { checkSignal } from './operate.js'
import { checkInteger, checkOneOf } from './options.js'
import { encodePath, type Path, showPath } from './paths.js'
import * as stream from './stream.js'

const DISPOSED = -1

const ADVICE = ['normal', 'sequential', 'random']

/** How a file is mapped. */
export interface MapOptions extends Abortable {
  /**
   * How it will be read. `'normal'`, the default, reads megabytes around each page that is looked
   * at: `'random'` is some 140 times faster where a few bytes here and there are read that are not
   * cached, and slow from beginning to end.
   */
  advice?: 'normal' | 'sequential' | 'random' | undefined
  /** Not there before all of it is in memory, as by {@link MappedFile.prefetch}. */
  populate?: boolean | undefined
}

/**
 * A file's bytes as an array: `io.map(path)`.
 *
 * Nothing is read before it is looked at, and looking waits for the disk: {@link prefetch} first
 * what a thread must not wait for. A page that was not written to shows what the file has at the
 * time. Writing changes the array only, never the file.
 *
 * If somebody cuts the file, or the disk fails, what is lost reads as zeros, with what was written
 * there, and {@link isCut} is true.
 *
 * The memory is given back when nobody has the array any more, or when this is disposed. Node
 * counts it as memory of arrays, though a page that was not written to takes none. It cannot be
 * transferred to another thread: a message or a clone has a copy.
 *
 * @example
 * ```ts
 * await using scheduler = new Scheduler(2)
 * using map = await scheduler.io.map('LICENSE')
 * await map.prefetch(0, 11)
 * console.log(Buffer.from(map.bytes.subarray(0, 11)).toString()) // MIT License
 * ```
 */
export class MappedFile implements Disposable {
  /** What is in the file. Empty once this is disposed. */
  readonly bytes: Uint8Array
  /** How many bytes it had when it was mapped. */
  readonly size: number
  /** As it was given. */
  readonly path: string
  readonly #open: () => number
  #map: number
  #isCut = false

  /** @internal */
  constructor(open: () => number, buffer: ArrayBuffer, map: number, path: string) {
    this.#open = open
    this.#map = map
    this.bytes = new Uint8Array(buffer)
    this.size = buffer.byteLength
    this.path = path
    bind(this)
  }

  /** Some of the bytes were not there when they were looked at, and are zeros. */
  get isCut(): boolean {
    if (this.#map !== DISPOSED) this.#isCut ||= native.isCut(this.#map) !== 0
    return this.#isCut
  }

  /**
   * Brings a part into memory: nobody waits for the disk who then looks at it, unless the memory is
   * short. What has been cut off the file is passed over.
   *
   * @param offset - where it begins. Default: 0
   * @param length - how many bytes it has. Default: to the end
   * @throws TypeError with code `ERR_INVALID_ARG_TYPE`, RangeError with code `ERR_OUT_OF_RANGE`
   * @throws DisposedError with code `ERR_HEDDLE_DISPOSED`
   */
  prefetch(offset = 0, length?: number, options?: Abortable): Async<void> {
    checkInteger('offset', offset, 0, this.size)
    const most = this.size - offset
    const count = length === undefined ? most : checkInteger('length', length, 0, most)
    const signal = checkSignal(options)
    const slot = stream.fileSlot(this.path, () => undefined)
    return begin(slot, signal, () => {
      const runtime = this.#open()
      const isGone = this.#map === DISPOSED
      if (isGone || native.prefetchFile(runtime, slot.handle, this.#map, offset, count) === 0) {
        throw new DisposedError()
      }
    })
  }

  /** The array is empty from now on. Twice is fine. */
  [Symbol.dispose](): void {
    if (this.#map === DISPOSED) return
    void this.isCut // The last time that it can be known.
    native.dropMap(this.#map)
    this.#map = DISPOSED
  }
}

/** @internal `open`: the number of the scheduler, or a throw. */
export function mapFile(open: () => number, path: Path, options?: MapOptions): Async<MappedFile> {
  const { advice = 'normal', populate = false } = checkObject(options) ?? {}
  const how = checkOneOf('options.advice', ADVICE, advice)
  if (typeof populate !== 'boolean') throw invalidType('options.populate', 'a boolean', populate)
  const signal = checkSignal(options)
  const [encoded, shown] = [encodePath('path', path), showPath(path)]
  const slot = stream.fileSlot(shown, (handle) => {
    const taken = native.takeMap(handle)
    if (typeof taken === 'number') throw new IoError(taken, 'mmap', shown)
    return new MappedFile(open, ...taken, shown)
  })
  return begin(slot, signal, () =>
    native.mapFile(open(), slot.handle, encoded, how, populate, constants.MAX_LENGTH),
  )
}
