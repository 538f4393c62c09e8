/** What stands in for a mesh that is not there yet. */
import { buildGeometry, type Geometry } from './bvh.mjs'
import { floats, words } from './memory.mjs'

const PARALLELS = 8
const MERIDIANS = 16

/** A sphere on the ground, of diameter 1: 224 triangles, which take less than a millisecond. */
export function placeholder(): Geometry {
  const vertices = (PARALLELS + 1) * MERIDIANS
  const mesh = { positions: floats(3 * vertices), normals: floats(3 * vertices) }
  for (let i = 0; i < vertices; ++i) {
    const polar = (Math.PI * Math.floor(i / MERIDIANS)) / PARALLELS
    const around = (2 * Math.PI * (i % MERIDIANS)) / MERIDIANS
    const [y, ring] = [Math.cos(polar), Math.sin(polar)]
    const [x, z] = [ring * Math.cos(around), ring * Math.sin(around)]
    mesh.normals.set([x, y, z], 3 * i)
    mesh.positions.set([x / 2, (y + 1) / 2, z / 2], 3 * i)
  }
  return buildGeometry(undefined, { ...mesh, indices: indicesOfSphere() })
}

/** Two triangles between neighbours; but one at the poles, where the other one is flat. */
function indicesOfSphere(): Uint32Array {
  const triangles: number[] = []
  for (let row = 0; row < PARALLELS; ++row) {
    for (let column = 0; column < MERIDIANS; ++column) {
      const a = row * MERIDIANS + column
      const b = row * MERIDIANS + ((column + 1) % MERIDIANS)
      if (row > 0) triangles.push(a, b, a + MERIDIANS)
      if (row < PARALLELS - 1) triangles.push(b, b + MERIDIANS, a + MERIDIANS)
    }
  }
  const indices = words(triangles.length)
  indices.set(triangles)
  return indices
}
