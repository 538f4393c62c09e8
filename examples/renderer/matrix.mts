/**
 * Where things are: affine matrices of twelve numbers, three rows of four. The first three of a row
 * turn and scale, and the fourth one moves.
 */

/** Maps a point of a thing to where it is in the world. */
export type Matrix = readonly number[]

/**
 * Scales by `size`, turns by `yaw` about the y axis and then by `roll` about the z axis, and moves.
 */
export function placed(
  x: number,
  y: number,
  z: number,
  size: number,
  yaw: number,
  roll = 0,
): Matrix {
  const [c, s] = [size * Math.cos(yaw), size * Math.sin(yaw)]
  const [a, b] = [Math.cos(roll), Math.sin(roll)]
  return [a * c, -b * size, a * s, x, b * c, a * size, b * s, y, -s, 0, c, z]
}

/**
 * Writes the inverse of a matrix to `out`, from `at`.
 *
 * @throws RangeError if it has none: it makes everything flat
 */
export function invert(m: Matrix, out: Float64Array, at: number): void {
  const [a, b, c, x, d, e, f, y, g, h, i, z] = m
  const [p, q, r] = [e * i - f * h, f * g - d * i, d * h - e * g]
  const determinant = a * p + b * q + c * r
  const k = 1 / determinant
  if (!Number.isFinite(k)) throw new RangeError('a matrix has no inverse')
  const rows = [
    [p * k, (c * h - b * i) * k, (b * f - c * e) * k],
    [q * k, (a * i - c * g) * k, (c * d - a * f) * k],
    [r * k, (b * g - a * h) * k, (a * e - b * d) * k],
  ]
  for (const [row, [u, v, w]] of rows.entries()) {
    out.set([u, v, w, -(u * x + v * y + w * z)], at + 4 * row)
  }
}

/**
 * Writes the box around a box that a matrix has moved to `out`, from `at` (Arvo 1990).
 *
 * @param bounds - the low corner, the high corner
 */
export function boundMoved(
  m: Matrix,
  bounds: Float32Array,
  out: Float32Array | Float64Array,
  at: number,
): void {
  for (let row = 0; row < 3; ++row) {
    let low = m[4 * row + 3]
    let high = low
    for (let axis = 0; axis < 3; ++axis) {
      const a = m[4 * row + axis] * bounds[axis]
      const b = m[4 * row + axis] * bounds[3 + axis]
      low += Math.min(a, b)
      high += Math.max(a, b)
    }
    out[at + row] = low
    out[at + 3 + row] = high
  }
}
