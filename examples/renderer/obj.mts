/** Meshes in Wavefront's OBJ format: lines of text with vertices, normals and polygons. */
import { Cursor } from './cursor.mjs'
import { floats, List, Welder, words } from './memory.mjs'
import type { Mesh } from './mesh.mjs'
import { copyUnit, smoothNormals } from './normals.mjs'

/** What the statements of a file say, before vertices are made of it. */
interface Statements {
  /** Three coordinates each. */
  points: List
  /** Three coordinates each, of any length. */
  directions: List
  /** By corner of a triangle: a point, counting from 0. */
  corners: List
  /** By corner of a triangle: a direction, or -1. */
  normals: List
}

/**
 * Decodes `v`, `vn` and `f`; other statements are skipped. Polygons become fans of triangles,
 * and negative indices count from the newest. Where every corner has a normal, a vertex is made for
 * each pair of a point and a normal; else the points are the vertices, and normals are computed.
 *
 * @throws Error that names the file, the line and what is wrong: a number that is missing, an index
 *   that is out of range, a polygon of less than three corners, a file that ends within a
 *   statement, or one without polygons
 */
export function decodeObj(bytes: Uint8Array, name: string): Mesh {
  const statements = readStatements(new Cursor(bytes, name), endsWithin(bytes))
  if (statements.corners.length === 0) throw new Error(`${name}: it has no polygons`)
  const hasNormals = statements.normals.values.every((normal) => normal >= 0)
  return hasNormals ? meshOfPairs(statements) : meshOfPoints(statements)
}

/** A file that was cut off may end with a number that seems whole. So its lines have to end. */
function endsWithin(bytes: Uint8Array): boolean {
  return bytes.length > 0 && bytes[bytes.length - 1] !== 10
}

function readStatements(cursor: Cursor, isLastOpen: boolean): Statements {
  const points = new List()
  const directions = new List()
  const statements = { points, directions, corners: new List(), normals: new List() }
  for (; !cursor.isAtEnd; cursor.nextLine()) {
    if (cursor.takes('v')) readThree(cursor, points)
    else if (cursor.takes('vn')) readThree(cursor, directions)
    else if (cursor.takes('f')) readPolygon(cursor, statements)
    else continue
    if (isLastOpen && cursor.isAtLineEnd && cursor.isAtEnd) {
      throw cursor.error('the file ends within a statement')
    }
  }
  return statements
}

function readThree(cursor: Cursor, to: List): void {
  for (let i = 0; i < 3; ++i) to.push(cursor.number())
}

function readPolygon(cursor: Cursor, statements: Statements): void {
  const { corners, normals } = statements
  const first = corners.length
  let count = 0
  for (; !cursor.isAtLineEnd; ++count) {
    if (count > 2) {
      fan(corners, first)
      fan(normals, first)
    }
    readCorner(cursor, statements)
  }
  if (count < 3) throw cursor.error(`a polygon of ${count} corners`)
}

/** Begins a further triangle of a polygon: it has the first corner and the newest. */
function fan(list: List, first: number): void {
  const { values } = list
  list.push(values[first])
  list.push(values[values.length - 1])
}

/** One of `1`, `1/2`, `1//3` and `1/2/3`, where the number in the middle is not needed. */
function readCorner(cursor: Cursor, { points, directions, corners, normals }: Statements): void {
  corners.push(indexOf(cursor, 'vertex', points.length / 3))
  let normal = -1
  if (cursor.takesSlash()) {
    if (cursor.isAtNumber) cursor.integer()
    if (cursor.takesSlash()) normal = indexOf(cursor, 'normal', directions.length / 3)
  }
  normals.push(normal)
}

function indexOf(cursor: Cursor, what: string, count: number): number {
  const index = cursor.integer()
  const at = index < 0 ? count + index : index - 1
  if (at < 0 || at >= count) throw cursor.error(`${what} ${index} of ${count}`)
  return at
}

function meshOfPoints({ points, corners }: Statements): Mesh {
  const positions = floats(points.length)
  positions.set(points.values)
  const indices = words(corners.length)
  indices.set(corners.values)
  return { positions, normals: smoothNormals(positions, indices), indices }
}

function meshOfPairs({ points, directions, corners, normals }: Statements): Mesh {
  const [pointOf, normalOf] = [corners.values, normals.values]
  const indices = words(pointOf.length)
  const welder = new Welder(pointOf.length)
  const firsts = new List() // By vertex: a corner that it is made of.
  for (let i = 0; i < indices.length; ++i) {
    indices[i] = welder.weld(pointOf[i], normalOf[i], 0)
    if (indices[i] === firsts.length) firsts.push(i)
  }
  const mesh = { positions: floats(3 * firsts.length), normals: floats(3 * firsts.length), indices }
  const [at, to] = [points.values, directions.values]
  for (const [i, corner] of firsts.values.entries()) {
    const point = 3 * pointOf[corner]
    mesh.positions.set(at.subarray(point, point + 3), 3 * i)
    const normal = 3 * normalOf[corner]
    copyUnit(mesh.normals, i, to[normal], to[normal + 1], to[normal + 2])
  }
  return mesh
}
