/**
 * Integers as such: what is read from memory is a double, and so is all that is computed of it. Not
 * -0. The templates of kernels have the same rule as text.
 */
export function whole(x: number): number {
  const i = x | 0
  return i === x && (i !== 0 || 1 / x > 0) ? i : x
}
