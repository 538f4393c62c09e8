/** Frames as one animated PNG file, which is written while they come. */
import type { TaskScheduler } from 'heddle'

import { chunk, compress, header, type PngOptions, SIGNATURE } from './png.mjs'

/** Where a file is written: an open file of heddle's, or of Node's. */
export interface Sink {
  write(bytes: Uint8Array, options: { position: number }): PromiseLike<unknown>
}

/** The end of the delay that a frame can have, in milliseconds: it has 16 bits. */
const DELAY_END = 0x1_0000

/**
 * Writes an animated PNG. Programs that know no animations show its first frame.
 *
 * The file says at its beginning how many frames there are, so {@link Animation.end} goes back
 * there: until then it is no whole file.
 */
export class Animation {
  /** How many frames were added. */
  frames = 0
  #position = 0
  /** Fulfilled when all that was added so far is written. */
  #written: Promise<void> = Promise.resolve()
  /** Of all chunks about frames, in order: each has a number. */
  #sequence = 0
  readonly #scheduler: TaskScheduler
  readonly #file: Sink
  readonly #width: number
  readonly #height: number
  readonly #options: PngOptions

  constructor(
    scheduler: TaskScheduler,
    file: Sink,
    width: number,
    height: number,
    options: PngOptions = {},
  ) {
    this.#scheduler = scheduler
    this.#file = file
    this.#width = width
    this.#height = height
    this.#options = options
  }

  /**
   * Adds a frame, which is shown for some milliseconds. Frames are compressed beside each other,
   * and written in the order of the calls. A caller who waits for each has but one in memory.
   *
   * @param pixels - red, green, blue and opacity, row by row; left alone until this is done
   * @throws RangeError if that is no such picture, or no such time
   */
  add(pixels: Uint8Array, milliseconds: number): Promise<void> {
    const delay = Math.round(milliseconds)
    if (!(delay >= 0 && delay < DELAY_END)) {
      return Promise.reject(new RangeError(`a frame cannot last ${milliseconds} ms`))
    }
    const compressed = compress(this.#scheduler, pixels, this.#width, this.#height, this.#options)
    const isFirst = this.frames++ === 0
    const before = this.#written
    this.#written = (async () => {
      // Both are waited for, so that no failure is lost.
      const [data] = await Promise.all([compressed, before])
      if (isFirst) await this.#write(...this.#beginning(0))
      await this.#write(this.#control(delay), ...this.#dataOf(data, isFirst))
    })()
    return this.#written
  }

  /**
   * Ends the file, and gives its length in bytes.
   *
   * @throws RangeError if it has no frame
   */
  async end(): Promise<number> {
    await this.#written
    if (this.frames === 0) throw new RangeError('an animation has at least one frame')
    await this.#write(chunk('IEND'))
    const length = this.#position
    this.#position = 0
    await this.#write(...this.#beginning(this.frames))
    return length
  }

  #beginning(frames: number): Buffer[] {
    const data = Buffer.alloc(8) // The second number: it is played without end.
    data.writeUInt32BE(frames, 0)
    return [SIGNATURE, header(this.#width, this.#height), chunk('acTL', data)]
  }

  /** What is said about a frame: it replaces all of the one before. */
  #control(delay: number): Buffer {
    const data = Buffer.alloc(26)
    data.writeUInt32BE(this.#sequence++, 0)
    data.writeUInt32BE(this.#width, 4)
    data.writeUInt32BE(this.#height, 8)
    data.writeUInt16BE(delay, 20)
    data.writeUInt16BE(1000, 22)
    return chunk('fcTL', data)
  }

  #dataOf(data: Buffer, isFirst: boolean): Buffer[] {
    if (isFirst) return [chunk('IDAT', data)]
    const number = Buffer.alloc(4)
    number.writeUInt32BE(this.#sequence++, 0)
    return [chunk('fdAT', number, data)]
  }

  async #write(...parts: readonly Buffer[]): Promise<void> {
    const bytes = Buffer.concat(parts)
    await this.#file.write(bytes, { position: this.#position })
    this.#position += bytes.length
  }
}
