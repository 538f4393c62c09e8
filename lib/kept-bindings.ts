/**
 * Bindings that a kernel has again and again, with other numbers among them: as isolates keep them,
 * and as the thread that binds them tells whether they are still the same.
 */
import { AGAIN_VALUES } from './layout.js'
import { whole } from './whole.js'

export type Bindings = Record<string, unknown>

/** Those that are numbers, as far as there is room for them, in the order of the properties. */
export function numberedOf(bindings: Bindings): string[] {
  const names: string[] = []
  for (const name of Object.keys(bindings)) {
    if (typeof bindings[name] === 'number' && names.length < AGAIN_VALUES) names.push(name)
  }
  return names
}

/** What an isolate has. */
export class KeptBindings {
  readonly version: number
  readonly bindings: Bindings
  readonly #numbered: readonly string[]

  constructor(version: number, bindings: Bindings) {
    this.version = version
    this.bindings = bindings
    this.#numbered = numberedOf(bindings)
  }

  /** Takes the numbers from `at` on. */
  read(numbers: Float64Array, at: number): void {
    for (let i = 0; i < this.#numbered.length; ++i) {
      this.bindings[this.#numbered[i] as string] = whole(numbers[at + i] as number)
    }
  }
}

/** What a node was bound to last, and whether that will do again. */
export class LastBindings {
  #names: readonly string[] = []
  #values: unknown[] = []
  #numbered: readonly string[] = []
  #isPlain = false

  /** False: they are to be cloned anew, and {@link keep} is to be told. */
  isAs(bindings: Bindings): boolean {
    if (!this.#isPlain) return false
    let at = 0
    for (const name in bindings) {
      if (name !== this.#names[at]) return false
      const value = bindings[name]
      const before = this.#values[at]
      if (typeof before === 'number' ? typeof value !== 'number' : value !== before) return false
      at += 1
    }
    return at === this.#names.length && this.#areNumbersKept(bindings)
  }

  keep(bindings: Bindings): void {
    this.#names = Object.keys(bindings)
    this.#values = this.#names.map((name) => bindings[name])
    this.#numbered = numberedOf(bindings)
    this.#isPlain = this.#values.every(isImmutable)
  }

  /** Writes the numbers: how many. False: they are as they were. */
  write(bindings: Bindings, to: Float64Array): number {
    for (let i = 0; i < this.#numbered.length; ++i) {
      to[i] = bindings[this.#numbered[i] as string] as number
    }
    return this.#numbered.length
  }

  /** Those beyond the room for numbers are part of the clone. */
  #areNumbersKept(bindings: Bindings): boolean {
    if (this.#numbered.length < AGAIN_VALUES) return true
    for (const [i, name] of this.#names.entries()) {
      if (this.#numbered.includes(name)) continue
      if (!Object.is(bindings[name], this.#values[i])) return false
    }
    return true
  }
}

/** It stays what it is, or is shared. */
function isImmutable(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return true
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  return buffer instanceof SharedArrayBuffer
}
