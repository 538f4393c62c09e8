/**
 * Writing to standard output and standard error, at once and by system call.
 *
 * A pipe whose reader is slow makes the writer wait: that is the back-pressure.
 */

import { writeSync } from 'node:fs'
import { constants } from 'node:os'

import { describe } from './failure.js'

const STDOUT = 1
const STDERR = 2
const CHUNK = 64 * 1024
const RETRY_MS = 5

/** Standard output cannot be written to. `status` is what to exit with. */
export class OutputClosed extends Error {
  readonly code = 'ERR_HEDDLE_OUTPUT'
  /** As the shell reports a program that a closed pipe has ended. */
  readonly status = 128 + constants.signals.SIGPIPE
}

/** Something on the screen that is in the way of other lines. */
export interface Obstacle {
  clear(): void
  /** Whether standard output is on the same screen. */
  readonly isOnOutput: boolean
}

let obstacle: Obstacle | undefined

/** Has something cleared before anything else is written to the screen that it is on. */
export function setObstacle(next: Obstacle | undefined): void {
  obstacle = next
}

/** Standard output, in large pieces. */
export class Output {
  readonly #encoding: 'latin1' | 'utf8'
  #text = ''

  constructor(encoding: 'latin1' | 'utf8') {
    this.#encoding = encoding
  }

  /**
   * Adds a text.
   *
   * @throws OutputClosed if nobody reads any more
   */
  write(text: string): void {
    this.#text += text
    if (this.#text.length >= CHUNK) this.flush()
  }

  /** Writes what was added. Throws as {@link write}. */
  flush(): void {
    if (this.#text === '') return
    const bytes = Buffer.from(this.#text, this.#encoding)
    this.#text = ''
    writeOut(bytes)
  }
}

/** Writes a text to standard output. Throws as {@link Output.write}. */
export function say(text: string): void {
  writeOut(Buffer.from(text))
}

/** Writes a line to standard error, or does not: there is nowhere else to say so. */
export function complain(line: string): void {
  obstacle?.clear()
  scribble(`heddle: ${line}\n`)
}

/** Writes a text to standard error, as {@link complain}, whatever is in the way. */
export function scribble(text: string): void {
  try {
    writeAll(STDERR, Buffer.from(text))
  } catch {}
}

function writeOut(bytes: Uint8Array): void {
  if (obstacle?.isOnOutput) obstacle.clear()
  try {
    writeAll(STDOUT, bytes)
  } catch (error) {
    const { code, reason } = describe(error as Error)
    if (code === 'EPIPE') throw new OutputClosed(reason)
    throw Object.assign(new Error(`cannot write to standard output: ${reason} (${code})`), { code })
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at)
    } catch (error) {
      // Somebody who shares this pipe or terminal has made it non-blocking.
      if ((error as { code?: string }).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_MS)
    }
  }
}
