/**
 * What is told about each file, and to whom.
 */
import { native } from '../native.js'
import type { Files, Listener } from './batch.js'
import type { Failure } from './failure.js'
import { type ByteString, show, toJson } from './names.js'
import { complain, Output } from './output.js'

/** Told about all files in order. */
export interface Report extends Listener {
  /** What was told so far should be seen now. */
  flush(): void
}

/** The lines that `xxhsum -c` verifies. They are not escaped: 0.8.1 would not understand. */
function checksumLines({ paths, hashes }: Files, first: number, end: number): ByteString {
  let lines = ''
  for (let i = first; i < end; ++i) {
    // That is what xxhsum calls standard input.
    const path = paths[i] === 'stdin' ? './stdin' : paths[i]
    lines += `${hashes[i]}  ${path}\n`
  }
  return lines
}

/** Checksums on standard output, errors on standard error. */
export class TextReport implements Report {
  readonly #output = new Output('latin1')

  found(files: Files, first: number, end: number): void {
    this.#output.write(checksumLines(files, first, end))
  }

  failed(path: ByteString, failure: Failure): void {
    complainAbout(path, failure)
  }

  flush(): void {
    this.#output.flush()
  }
}

/** Both as JSON on standard output, a line each; errors on standard error, too. */
export class JsonReport implements Report {
  readonly #output = new Output('utf8')

  found({ paths, sizes, hashes }: Files, first: number, end: number): void {
    for (let i = first; i < end; ++i) {
      this.write({ ...toJson(paths[i] as ByteString), size: sizes[i], xxh3: hashes[i] })
    }
  }

  failed(path: ByteString, failure: Failure): void {
    const { code, reason: message } = failure
    this.write({ ...toJson(path), error: { code, message } })
    complainAbout(path, failure)
  }

  /** Writes one line. */
  write(value: object): void {
    this.#output.write(`${JSON.stringify(value)}\n`)
  }

  flush(): void {
    this.#output.flush()
  }
}

/** Tells nothing but errors, or nothing at all; remembers the checksums. */
export class Fingerprint implements Report {
  /** Bytes of the largest file. */
  largest = 0
  readonly #about: 'errors' | 'nothing'
  #lines = ''
  #sum = ''

  constructor(about: 'errors' | 'nothing') {
    this.#about = about
  }

  found(files: Files, first: number, end: number): void {
    this.largest = Math.max(this.largest, ...files.sizes.slice(first, end))
    this.#lines += checksumLines(files, first, end)
    while (this.#lines.length >= FINGERPRINT_CHUNK) this.#digest(FINGERPRINT_CHUNK)
  }

  failed(path: ByteString, failure: Failure): void {
    if (this.#about === 'errors') complainAbout(path, failure)
  }

  flush(): void {}

  /** The same for the same files with the same contents in the same order. */
  value(): string {
    this.#digest(FINGERPRINT_CHUNK)
    return this.#sum
  }

  #digest(characters: number): void {
    const lines = this.#lines.slice(0, characters)
    this.#lines = this.#lines.slice(characters)
    this.#sum = native.hash(Buffer.from(this.#sum + lines, 'latin1')).join()
  }
}

const FINGERPRINT_CHUNK = 64 * 1024

function complainAbout(path: ByteString, { code, reason }: Failure): void {
  complain(`${show(path)}: ${reason} (${code})`)
}
