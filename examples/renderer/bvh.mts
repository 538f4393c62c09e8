/** Meshes as rays want them: triangles in the order of a tree of boxes. */
import { floats } from './memory.mjs'
import type { Mesh, Up } from './mesh.mjs'
import { buildTree, NODE_WORDS, treeFor } from './tree.mjs'

/** A mesh and its tree, on memory that every thread sees. What makes it up is never changed. */
export interface Geometry {
  /** See tree.mts. */
  readonly nodes: Float32Array
  /** The same memory, as integers. Leaves refer to triangles. */
  readonly links: Int32Array
  /** Nine numbers a triangle: its three corners. */
  readonly triangles: Float32Array
  /** Nine numbers a triangle: the normals there. */
  readonly normals: Float32Array
  /** The low corner, the high corner. */
  readonly bounds: Float32Array
}

/** Measured: a node is two boxes, and what the processor guesses wrong there. */
const TRIANGLE_COST = 0.4

/**
 * Builds the geometry of a mesh. This is the function of a kernel, so an isolate may run it.
 *
 * @param _ - the context of the kernel, which it does not need
 * @param up - to make the mesh stand in the middle of the ground, with 1 as its largest extent;
 *   without it, it stays where it is
 * @throws Error if an index is none of a vertex, or a coordinate is not finite
 */
export function buildGeometry(_: unknown, mesh: Mesh, up?: Up): Geometry {
  checkMesh(mesh)
  const { indices } = mesh
  const [positions, normals] =
    up === undefined ? [mesh.positions, mesh.normals] : standUp(mesh, up === 'z')
  const count = indices.length / 3
  const boxes = new Float32Array(6 * count)
  for (let i = 0; i < count; ++i) boundTriangle(boxes, 6 * i, positions, indices, 3 * i)
  const tree = treeFor(count)
  const nodes = floats(NODE_WORDS * buildTree(boxes, count, TRIANGLE_COST, tree))
  nodes.set(tree.nodes.subarray(0, nodes.length))
  const geometry = { nodes, links: new Int32Array(nodes.buffer), bounds: boundsOf(positions) }
  const triangles = cornersInOrder(positions, indices, tree.order)
  return { ...geometry, triangles, normals: cornersInOrder(normals, indices, tree.order) }
}

function checkMesh({ positions, normals, indices }: Mesh): void {
  const vertices = positions.length / 3
  if (normals.length !== positions.length) throw new Error('a mesh has a normal for each vertex')
  if (indices.length % 3 !== 0) throw new Error('a triangle has three vertices')
  const wrong = indices.find((index) => index >= vertices)
  if (wrong !== undefined) throw new Error(`vertex ${wrong} of ${vertices}`)
  if (!positions.every(Number.isFinite)) throw new Error('a coordinate is not finite')
}

function boundTriangle(
  boxes: Float32Array,
  at: number,
  positions: Float32Array,
  indices: Uint32Array,
  first: number,
): void {
  for (let axis = 0; axis < 3; ++axis) {
    const a = positions[3 * indices[first] + axis]
    const b = positions[3 * indices[first + 1] + axis]
    const c = positions[3 * indices[first + 2] + axis]
    boxes[at + axis] = Math.min(a, b, c)
    boxes[at + 3 + axis] = Math.max(a, b, c)
  }
}

/** The low corner and the high corner of all points; a point at 0, if there are none. */
export function boundsOf(positions: Float32Array): Float32Array {
  const bounds = floats(6)
  if (positions.length === 0) return bounds
  for (let i = 0; i < 3; ++i) bounds[i] = bounds[3 + i] = positions[i]
  for (let i = 3; i < positions.length; ++i) {
    const axis = i % 3
    if (positions[i] < bounds[axis]) bounds[axis] = positions[i]
    if (positions[i] > bounds[3 + axis]) bounds[3 + axis] = positions[i]
  }
  return bounds
}

function standUp(mesh: Mesh, isLying: boolean): [positions: Float32Array, normals: Float32Array] {
  const positions = isLying ? turned(mesh.positions) : mesh.positions.slice()
  const normals = isLying ? turned(mesh.normals) : mesh.normals
  const bounds = boundsOf(positions)
  const extents = [0, 1, 2].map((axis) => bounds[3 + axis] - bounds[axis])
  const scale = 1 / (Math.max(...extents) || 1)
  const [x, z] = [0, 2].map((axis) => (bounds[axis] + bounds[3 + axis]) / 2)
  for (let i = 0; i < positions.length; i += 3) {
    positions[i] = (positions[i] - x) * scale
    positions[i + 1] = (positions[i + 1] - bounds[1]) * scale
    positions[i + 2] = (positions[i + 2] - z) * scale
  }
  return [positions, normals]
}

/** By a quarter about the x axis: what was along z is along y. */
function turned(vectors: Float32Array): Float32Array {
  const turned = new Float32Array(vectors.length)
  for (let i = 0; i < vectors.length; i += 3) {
    turned[i] = vectors[i]
    turned[i + 1] = vectors[i + 2]
    turned[i + 2] = -vectors[i + 1]
  }
  return turned
}

/** Three numbers of each corner of each triangle, in the order of the leaves. */
function cornersInOrder(
  vectors: Float32Array,
  indices: Uint32Array,
  order: Uint32Array,
): Float32Array {
  const corners = floats(3 * indices.length)
  let to = 0
  for (const triangle of order) {
    for (let corner = 0; corner < 3; ++corner) {
      const from = 3 * indices[3 * triangle + corner]
      corners[to++] = vectors[from]
      corners[to++] = vectors[from + 1]
      corners[to++] = vectors[from + 2]
    }
  }
  return corners
}
