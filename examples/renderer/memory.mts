/** Arrays on shared memory, and lists of numbers whose length is not known beforehand. */

/** `length` zeros that every thread sees. */
export function floats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length))
}

/** The same, of whole numbers. */
export function words(length: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(4 * length))
}

/** The same, with all 53 bits. */
export function doubles(length: number): Float64Array {
  return new Float64Array(new SharedArrayBuffer(8 * length))
}

/** Numbers one after the other, on memory that doubles when it is full. */
export class List {
  length = 0
  #values = new Float64Array(1024)

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = new Float64Array(2 * this.length)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.length++] = value
  }

  /** What was pushed: a view, good until the next push. */
  get values(): Float64Array {
    return this.#values.subarray(0, this.length)
  }
}

/**
 * Numbers triples of 32-bit integers from 0, in the order of their first coming: equal triples have
 * the same number.
 *
 * A hash table with linear probing. It is never more than half full, so that probes end.
 */
export class Welder {
  length = 0
  readonly #mask: number
  /** By slot: one more than the number of its triple, or 0: it is free. */
  readonly #slots: Int32Array
  /** By number, three each. */
  readonly #triples: Int32Array

  /** @param triplesMax - how many different triples may come */
  constructor(triplesMax: number) {
    let slots = 16
    while (slots < 2 * triplesMax) slots *= 2
    this.#mask = slots - 1
    this.#slots = new Int32Array(slots)
    this.#triples = new Int32Array(3 * triplesMax)
  }

  /** The number of a triple. It is new if that is what `length` was before. */
  weld(a: number, b: number, c: number): number {
    const triples = this.#triples
    let slot = mix(a, b, c) & this.#mask
    for (;;) {
      const found = this.#slots[slot] - 1
      if (found < 0) break
      const at = 3 * found
      if (triples[at] === a && triples[at + 1] === b && triples[at + 2] === c) return found
      slot = (slot + 1) & this.#mask
    }
    const at = 3 * this.length
    triples[at] = a
    triples[at + 1] = b
    triples[at + 2] = c
    this.#slots[slot] = ++this.length
    return this.length - 1
  }
}

/** Every bit of the three has a say in the lowest ones. */
function mix(a: number, b: number, c: number): number {
  let h = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b) ^ Math.imul(c, 0xc2b2ae35)
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
  return h ^ (h >>> 13)
}
