/** Random numbers that depend on their seed alone, without anything to remember. */

/** 32 random bits that two numbers decide: the finalizer of MurmurHash3 (Appleby 2011). */
export function mix(a: number, b: number): number {
  let h = (Math.imul(a, 0x9e3779b1) + b + 0x7f4a7c15) | 0
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** A number from 0 to less than 1, of 32 random bits. */
export function fraction(bits: number): number {
  return (bits >>> 0) / 0x1_0000_0000
}
