/** Reads words and numbers from the bytes of a text, line by line, without making strings. */

const NEWLINE = 10
const RETURN = 13
const TAB = 9
const SPACE = 32
const SLASH = 47
const PLUS = 43
const MINUS = 45
const POINT = 46

/** Powers of ten that doubles hold exactly. */
const POWERS = Float64Array.from({ length: 23 }, (_, n) => Number(`1e${n}`))

/** Up to so many digits, a whole number is a double without rounding. */
const DIGITS_MAX = 15

export class Cursor {
  at = 0
  readonly #bytes: Uint8Array
  readonly #name: string

  /** @param name - of the file, for its errors */
  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes
    this.#name = name
  }

  get isAtEnd(): boolean {
    return this.at >= this.#bytes.length
  }

  /** Whether nothing but blanks is left of this line. */
  get isAtLineEnd(): boolean {
    this.#skipBlanks()
    return this.isAtEnd || this.#bytes[this.at] === NEWLINE
  }

  /** To the first character of the next line, or the end of the text. */
  nextLine(): void {
    const end = this.#bytes.indexOf(NEWLINE, this.at)
    this.at = end < 0 ? this.#bytes.length : end + 1
  }

  /**
   * Whether the next word of this line is `word`, and not only begins with it; if so, it is read.
   */
  takes(word: string): boolean {
    this.#skipBlanks()
    for (let i = 0; i < word.length; ++i) {
      if (this.#bytes[this.at + i] !== word.charCodeAt(i)) return false
    }
    const after = this.#bytes[this.at + word.length]
    if (after !== undefined && !isBlank(after) && after !== NEWLINE) return false
    this.at += word.length
    return true
  }

  /** Whether a slash is next; if so, it is read. */
  takesSlash(): boolean {
    if (this.#bytes[this.at] !== SLASH) return false
    ++this.at
    return true
  }

  /** Whether a digit or a sign is next. */
  get isAtNumber(): boolean {
    const byte = this.#bytes[this.at]
    return isDigit(byte) || byte === MINUS || byte === PLUS
  }

  /** A whole number. @throws Error if there is none */
  integer(): number {
    this.#skipBlanks()
    const sign = this.#sign()
    const first = this.at
    let value = 0
    while (isDigit(this.#bytes[this.at])) value = 10 * value + this.#bytes[this.at++] - 48
    if (this.at === first) throw this.error('a whole number is missing')
    return sign * value
  }

  /**
   * A decimal number.
   *
   * With at most 15 digits and a power of ten up to 22, one division or product of two doubles that
   * are exact gives the nearest double (Clinger 1990). Others go the long way.
   *
   * @throws Error if there is none, or it is not finite
   */
  number(): number {
    this.#skipBlanks()
    const first = this.at
    const sign = this.#sign()
    let value = 0
    let digits = 0
    let scale = 0
    let byte = this.#bytes[this.at]
    for (; isDigit(byte); byte = this.#bytes[++this.at], ++digits) value = 10 * value + byte - 48
    if (byte === POINT) {
      byte = this.#bytes[++this.at]
      for (; isDigit(byte); byte = this.#bytes[++this.at], ++digits, --scale) {
        value = 10 * value + byte - 48
      }
    }
    if (digits === 0) throw this.error('a number is missing')
    if ((byte | 32) === 101) {
      ++this.at
      scale += this.integer()
    }
    if (digits > DIGITS_MAX || Math.abs(scale) >= POWERS.length) return this.#slowly(first)
    return sign * (scale < 0 ? value / POWERS[-scale] : value * POWERS[scale])
  }

  /** What is wrong with this line. */
  error(what: string): Error {
    let line = 1
    const end = Math.min(this.at, this.#bytes.length)
    for (let i = 0; i < end; ++i) if (this.#bytes[i] === NEWLINE) ++line
    return new Error(`${this.#name}: line ${line}: ${what}`)
  }

  #slowly(first: number): number {
    // Shared bytes are none that a decoder takes, so they are copied.
    const value = Number(String.fromCharCode(...this.#bytes.slice(first, this.at)))
    if (!Number.isFinite(value)) throw this.error('a number is not finite')
    return value
  }

  #sign(): 1 | -1 {
    const byte = this.#bytes[this.at]
    if (byte === MINUS || byte === PLUS) ++this.at
    return byte === MINUS ? -1 : 1
  }

  #skipBlanks(): void {
    while (isBlank(this.#bytes[this.at])) ++this.at
  }
}

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 48 && byte <= 57
}
