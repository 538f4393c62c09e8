/** Meshes in the STL format of 3D printing: triangles that share no vertices, binary or as text. */
import { Cursor } from './cursor.mjs'
import { floats, List, Welder, words } from './memory.mjs'
import type { Mesh } from './mesh.mjs'
import { smoothNormals } from './normals.mjs'

/** 80 bytes of anything, and how many triangles there are. */
const HEADER_BYTES = 84

/** A normal and three vertices of 12 bytes each, and two bytes that nobody uses. */
const TRIANGLE_BYTES = 50

/**
 * Decodes either form. Equal vertices become one, and normals are computed: those of the file are
 * by triangle, and often wrong.
 *
 * What begins with `solid` may be binary all the same, where exporters write that into the header.
 * So a file is binary if it is as long as its number of triangles says.
 *
 * @throws Error that names the file and what is wrong: a length that is none, a text that ends
 *   without `endsolid`, a triangle of other than three vertices, a number that is missing or not
 *   finite, or no triangles at all
 */
export function decodeStl(bytes: Uint8Array, name: string): Mesh {
  const corners = isText(bytes) ? cornersOfText(bytes, name) : cornersOfBinary(bytes, name)
  if (corners.length === 0) throw new Error(`${name}: it has no triangles`)
  return weldCorners(corners)
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function isText(bytes: Uint8Array): boolean {
  const view = viewOf(bytes)
  const isBinary =
    bytes.length >= HEADER_BYTES &&
    bytes.length === HEADER_BYTES + TRIANGLE_BYTES * view.getUint32(80, true)
  return !isBinary && new Cursor(bytes, '').takes('solid')
}

/** Nine coordinates a triangle. */
function cornersOfBinary(bytes: Uint8Array, name: string): Float32Array {
  if (bytes.length < HEADER_BYTES) {
    throw new Error(`${name}: cut off, or no STL: ${bytes.length} bytes have no room for a header`)
  }
  const view = viewOf(bytes)
  const triangles = view.getUint32(80, true)
  const length = HEADER_BYTES + TRIANGLE_BYTES * triangles
  if (bytes.length < length) {
    const has = `${bytes.length} bytes, and ${triangles} triangles take ${length}`
    throw new Error(`${name}: cut off, or no STL: it has ${has}`)
  }
  const corners = new Float32Array(9 * triangles)
  for (let i = 0; i < corners.length; ++i) {
    const triangle = Math.floor(i / 9)
    const at = HEADER_BYTES + TRIANGLE_BYTES * triangle + 12 + 4 * (i - 9 * triangle)
    const value = view.getFloat32(at, true)
    if (!Number.isFinite(value)) {
      throw new Error(`${name}: triangle ${triangle + 1}: a number is not finite`)
    }
    corners[i] = value
  }
  return corners
}

function cornersOfText(bytes: Uint8Array, name: string): Float32Array {
  const cursor = new Cursor(bytes, name)
  const corners = new List()
  let facets = 0
  let isWhole = false
  for (; !cursor.isAtEnd; cursor.nextLine()) {
    if (cursor.takes('vertex')) {
      for (let i = 0; i < 3; ++i) corners.push(cursor.number())
    } else if (cursor.takes('endfacet')) {
      if (corners.length !== 9 * ++facets) throw cursor.error('a triangle has three vertices')
    } else if (cursor.takes('endsolid')) {
      isWhole = true
    }
  }
  if (!isWhole || corners.length !== 9 * facets) {
    throw new Error(`${name}: cut off: no "endsolid" after ${facets} triangles`)
  }
  return Float32Array.from(corners.values)
}

function weldCorners(corners: Float32Array): Mesh {
  for (let i = 0; i < corners.length; ++i) corners[i] += 0 // No -0: it has other bits than 0.
  const bits = new Int32Array(corners.buffer)
  const indices = words(corners.length / 3)
  const welder = new Welder(indices.length)
  const firsts = new List() // By vertex: a corner that it is made of.
  for (let i = 0; i < indices.length; ++i) {
    indices[i] = welder.weld(bits[3 * i], bits[3 * i + 1], bits[3 * i + 2])
    if (indices[i] === firsts.length) firsts.push(i)
  }
  const positions = floats(3 * firsts.length)
  const { values } = firsts
  for (let i = 0; i < positions.length; ++i) {
    positions[i] = corners[3 * values[Math.floor(i / 3)] + (i % 3)]
  }
  return { positions, normals: smoothNormals(positions, indices), indices }
}
