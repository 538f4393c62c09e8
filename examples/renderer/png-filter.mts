/** The filters of PNG: rows as differences from what is beside or above, which compress better. */

/** Bytes of a pixel. */
const PIXEL = 4

/** Those of the filters of PNG that are tried, by their numbers there. */
const SUB = 1
const UP = 2
const PAETH = 4

/**
 * The rows of a picture, each after the number of the filter that it went through: the one with the
 * least sum of differences, as the specification of PNG recommends. This is the function of a
 * kernel.
 *
 * @param pixels - four bytes each, row by row
 * @returns `height * (1 + 4 * width)` bytes on shared memory
 */
export function filterRows(
  _: unknown,
  pixels: Uint8Array,
  width: number,
  height: number,
): Uint8Array {
  const bytes = PIXEL * width
  const rows = new Uint8Array(new SharedArrayBuffer(height * (1 + bytes)))
  const above = new Uint8Array(bytes)
  const row = new Uint8Array(bytes)
  const tries = [SUB, UP, PAETH].map((filter) => ({ filter, made: new Uint8Array(bytes) }))
  for (let y = 0; y < height; ++y) {
    row.set(pixels.subarray(y * bytes, (y + 1) * bytes))
    let best = tries[0]
    let least = Number.POSITIVE_INFINITY
    for (const each of tries) {
      const sum = filterRow(each.filter, row, above, each.made)
      if (sum < least) {
        best = each
        least = sum
      }
    }
    rows[y * (1 + bytes)] = best.filter
    rows.set(best.made, y * (1 + bytes) + 1)
    above.set(row)
  }
  return rows
}

/** Filters one row, and gives the sum of the differences, where 255 is -1. */
function filterRow(filter: number, row: Uint8Array, above: Uint8Array, out: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < row.length; ++i) {
    const left = i < PIXEL ? 0 : row[i - PIXEL]
    const up = above[i]
    const guess =
      filter === SUB ? left : filter === UP ? up : paeth(left, up, i < PIXEL ? 0 : above[i - PIXEL])
    const difference = (row[i] - guess) & 255
    out[i] = difference
    sum += difference < 128 ? difference : 256 - difference
  }
  return sum
}

/** Whichever of the three is nearest to `left + up - corner` (Paeth 1991). */
function paeth(left: number, up: number, corner: number): number {
  const toLeft = Math.abs(up - corner)
  const toUp = Math.abs(left - corner)
  const toCorner = Math.abs(left + up - 2 * corner)
  if (toLeft <= toUp && toLeft <= toCorner) return left
  return toUp <= toCorner ? up : corner
}
