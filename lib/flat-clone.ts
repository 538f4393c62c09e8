/**
 * Clones of what bindings and arguments mostly are: a few numbers, texts and shared arrays in plain
 * objects and arrays. There and back, two arrays and a number take 1.8 µs, of 6.6 with V8's.
 */
import { types } from 'node:util'

import { lengthOf, makeView, type SharedBuffers, viewNumberOf } from './shared-views.js'
import { whole } from './whole.js'

/** In place of a count of buffers, which other clones begin with. */
const MARK = -1
/** The mark, and the number of words. */
const HEAD = 2
const DOUBLE = 8
/** Beyond them V8's own clones are no slower. */
const WORDS_MAX = 256

const Code = {
  Undefined: 0,
  Null: 1,
  False: 2,
  True: 3,
  Number: 4,
  Text: 5,
  /** Its class, its buffer's number, its offset and its length. */
  View: 6,
  /** That view again, by its place among the views. */
  Same: 7,
  /** How many, and each. */
  Array: 8,
  /** How many, and each; names are texts. */
  Object: 9,
} as const

class Writer {
  readonly words: number[] = [MARK, 0]
  readonly texts: string[] = []
  readonly #shared: SharedBuffers
  readonly #views: ArrayBufferView[] = []
  readonly #objects: object[] = []

  constructor(shared: SharedBuffers) {
    this.#shared = shared
  }

  /** False: there is something else in it, or too much. */
  write(value: unknown): boolean {
    if (this.words.length > WORDS_MAX) return false
    switch (typeof value) {
      case 'number':
        this.words.push(Code.Number, value)
        return true
      case 'string':
        this.words.push(Code.Text)
        this.texts.push(value)
        return true
      case 'boolean':
        this.words.push(value ? Code.True : Code.False)
        return true
      case 'undefined':
        this.words.push(Code.Undefined)
        return true
      case 'object':
        return value === null ? this.words.push(Code.Null) > 0 : this.#writeObject(value)
      default:
        return false
    }
  }

  #writeObject(value: object): boolean {
    if (ArrayBuffer.isView(value)) return this.#writeView(value)
    if (types.isProxy(value) || this.#objects.includes(value)) return false
    this.#objects.push(value)
    if (Array.isArray(value)) {
      if (Object.keys(value).length !== value.length) return false // Holes, or names.
      this.words.push(Code.Array, value.length)
      for (const each of value) if (!this.write(each)) return false
      return true
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return false
    const names = Object.keys(value)
    this.words.push(Code.Object, names.length)
    for (const name of names) {
      if (name === '__proto__') return false
      this.texts.push(name)
      if (!this.write((value as Record<string, unknown>)[name])) return false
    }
    return true
  }

  #writeView(view: ArrayBufferView): boolean {
    const before = this.#views.indexOf(view)
    if (before >= 0) return this.words.push(Code.Same, before) > 0
    const number = viewNumberOf(view)
    const { buffer, byteOffset } = view
    if (number < 0 || !types.isSharedArrayBuffer(buffer)) return false
    this.#views.push(view)
    const of = this.#shared.numberOf(buffer as unknown as SharedArrayBuffer)
    this.words.push(Code.View, number, of, byteOffset, lengthOf(view))
    return true
  }
}

class Reader {
  readonly #words: Float64Array
  readonly #texts: readonly string[]
  readonly #shared: SharedBuffers
  readonly #views: ArrayBufferView[] = []
  #word = HEAD
  #text = 0

  constructor(words: Float64Array, texts: readonly string[], shared: SharedBuffers) {
    this.#words = words
    this.#texts = texts
    this.#shared = shared
  }

  read(): unknown {
    switch (this.#next()) {
      case Code.Undefined:
        return undefined
      case Code.Null:
        return null
      case Code.False:
        return false
      case Code.True:
        return true
      case Code.Number:
        return this.#next()
      case Code.Text:
        return this.#nextText()
      case Code.View:
        return this.#readView()
      case Code.Same:
        return this.#views[this.#next()]
      case Code.Array:
        return Array.from({ length: this.#next() }, () => this.read())
      default:
        return this.#readObject()
    }
  }

  #readView(): ArrayBufferView {
    const number = this.#next()
    const buffer = this.#shared.bufferOf(this.#next())
    const offset = this.#next()
    const view = makeView(number, buffer, offset, this.#next())
    this.#views.push(view)
    return view
  }

  #readObject(): object {
    const object: Record<string, unknown> = {}
    for (let left = this.#next(); left > 0; --left) {
      const name = this.#nextText()
      object[name] = this.read()
    }
    return object
  }

  #next(): number {
    return whole(this.#words[this.#word++] as number)
  }

  #nextText(): string {
    return this.#texts[this.#text++] as string
  }
}

/** Undefined: it is for V8. */
export function flatTo(value: unknown, shared: SharedBuffers): Uint8Array | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const writer = new Writer(shared)
  if (!writer.write(value)) return undefined
  const { words, texts } = writer
  words[1] = words.length
  const text = Buffer.from(JSON.stringify(texts))
  const bytes = new Uint8Array(words.length * DOUBLE + text.length)
  new Float64Array(bytes.buffer, 0, words.length).set(words)
  bytes.set(text, words.length * DOUBLE)
  return bytes
}

/** Whether the bytes are of {@link flatTo}. */
export function isFlat(bytes: ArrayBuffer): boolean {
  return new Float64Array(bytes, 0, 1)[0] === MARK
}

export function flatFrom(bytes: ArrayBuffer, shared: SharedBuffers): unknown {
  const count = new Float64Array(bytes, 0, HEAD)[1] as number
  const words = new Float64Array(bytes, 0, count)
  const texts = JSON.parse(Buffer.from(bytes, count * DOUBLE).toString()) as string[]
  return new Reader(words, texts, shared).read()
}
