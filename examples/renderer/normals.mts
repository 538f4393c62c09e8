/** Normals of vertices. */
import { floats } from './memory.mjs'

/**
 * Unit normals, three numbers a vertex: the mean of the triangles around it, each weighted by its
 * area, as its cross product is.
 *
 * @param positions - three numbers a vertex
 * @param indices - three vertices a triangle, counter-clockwise as seen from outside
 */
export function smoothNormals(positions: Float32Array, indices: Uint32Array): Float32Array {
  const sums = new Float64Array(positions.length)
  for (let i = 0; i < indices.length; i += 3) {
    const a = 3 * indices[i]
    const b = 3 * indices[i + 1]
    const c = 3 * indices[i + 2]
    const ux = positions[b] - positions[a]
    const uy = positions[b + 1] - positions[a + 1]
    const uz = positions[b + 2] - positions[a + 2]
    const vx = positions[c] - positions[a]
    const vy = positions[c + 1] - positions[a + 1]
    const vz = positions[c + 2] - positions[a + 2]
    const x = uy * vz - uz * vy
    const y = uz * vx - ux * vz
    const z = ux * vy - uy * vx
    for (let corner = 0; corner < 3; ++corner) {
      const at = 3 * indices[i + corner]
      sums[at] += x
      sums[at + 1] += y
      sums[at + 2] += z
    }
  }
  const normals = floats(positions.length)
  for (let i = 0; 3 * i < sums.length; ++i) {
    copyUnit(normals, i, sums[3 * i], sums[3 * i + 1], sums[3 * i + 2])
  }
  return normals
}

/** Makes the direction of a vector the normal of a vertex; up, where it has none. */
export function copyUnit(
  normals: Float32Array,
  vertex: number,
  x: number,
  y: number,
  z: number,
): void {
  const length = Math.sqrt(x * x + y * y + z * z)
  const hasDirection = length > 0 && length < Number.POSITIVE_INFINITY
  normals[3 * vertex] = hasDirection ? x / length : 0
  normals[3 * vertex + 1] = hasDirection ? y / length : 1
  normals[3 * vertex + 2] = hasDirection ? z / length : 0
}
