/**
 * Finds what rays hit: triangles in the trees of geometries, and those in the tree of a scene.
 *
 * Made for speed: rays, results and the stack are arrays of which each isolate has one, as is what
 * rays go through. So nothing is made for a ray; no function is given or gives a fraction, of which
 * V8 makes an object where it does not inline; and code for objects of one shape never meets
 * another one.
 *
 * Distances along a ray are in lengths of its direction. A ray keeps its lengths where an instance
 * moves it into its own space, so distances in all of them compare.
 */
import type { Geometry } from './bvh.mjs'
import { LINKS, NODE_WORDS, STACK_MAX } from './tree.mjs'

/** Numbers of an instance: first twelve that move a ray into its space, row by row. */
export const INSTANCE_NUMBERS = 17

/** Where its looks are: red, green, blue, how much it shines, and the number of its geometry. */
export const LOOKS = 12

/** What there is to hit. See scene.mts for who makes it. */
export interface Hittable {
  readonly nodes: Float32Array
  readonly links: Int32Array
  /** The instances of the leaves. */
  readonly order: Uint32Array
  readonly instances: Float64Array
  readonly geometries: readonly Geometry[]
}

/** What {@link intersectScene} is about: an origin, a direction, and how far to look. */
export const ray = new Float64Array(7)

/** The same in the space of a geometry, for {@link intersectGeometry}. */
export const localRay = new Float64Array(7)

/** Where in both of them it is how far to look. What is hit sets that to its distance. */
export const REACH = 6

/**
 * What was hit last: how far the place is from the first corner of the triangle to the second one
 * and to the third one; the triangle; and the instance.
 */
export const hit = new Float64Array(4)

/**
 * What rays have yet to look at, and where they enter it: first in the scene, then in a geometry.
 */
const stack = new Int32Array(2 * STACK_MAX)
const distances = new Float64Array(2 * STACK_MAX)

/** A direction of 0 has no inverse. */
const TINY = 1e-30

/** What rounding may take from the far end of a box. */
const ROUNDING = 1 + 1e-12

/**
 * What rays of this isolate go through: see {@link Hittable}, and by geometry, {@link Geometry}.
 */
export const world = {
  nodes: new Float32Array(0) as Float32Array,
  links: new Int32Array(0) as Int32Array,
  order: new Uint32Array(0) as Uint32Array,
  instances: new Float64Array(0) as Float64Array,
  nodesOf: [] as Float32Array[],
  linksOf: [] as Int32Array[],
  trianglesOf: [] as Float32Array[],
  normalsOf: [] as Float32Array[],
}

/** What rays are to go through from here on. */
export function enterScene({ nodes, links, order, instances, geometries }: Hittable): void {
  world.nodes = nodes
  world.links = links
  world.order = order
  world.instances = instances
  for (let i = 0; i < geometries.length; ++i) enterGeometry(i, geometries[i])
}

/** The same for one of the scene's geometries. */
export function enterGeometry(i: number, { nodes, links, triangles, normals }: Geometry): void {
  world.nodesOf[i] = nodes
  world.linksOf[i] = links
  world.trianglesOf[i] = triangles
  world.normalsOf[i] = normals
}

/** Whether the local ray hits a triangle of a geometry; with `any`, whichever is found first. */
export function intersectGeometry(geometry: number, any: boolean): boolean {
  return walk(world.nodesOf[geometry], world.linksOf[geometry], localRay, geometry, any)
}

/** Whether the ray hits an instance of the scene; with `any`, whichever is found first. */
export function intersectScene(any: boolean): boolean {
  return walk(world.nodes, world.links, ray, SCENE, any)
}

/** In the place of a geometry: the tree is that of the scene. */
const SCENE = -1

/** Down a tree, to the nearer child first. */
function walk(
  nodes: Float32Array,
  links: Int32Array,
  r: Float64Array,
  geometry: number,
  any: boolean,
): boolean {
  const bottom = geometry === SCENE ? 0 : STACK_MAX
  const ox = r[0]
  const oy = r[1]
  const oz = r[2]
  const ix = 1 / (r[3] === 0 ? TINY : r[3])
  const iy = 1 / (r[4] === 0 ? TINY : r[4])
  const iz = 1 / (r[5] === 0 ? TINY : r[5])
  // Where the near planes of a box are among its numbers. The far ones are where these are not.
  const nx = ix < 0 ? 3 : 0
  const ny = iy < 0 ? 4 : 1
  const nz = iz < 0 ? 5 : 2
  let far = r[REACH]
  let isHit = false
  let top = bottom
  let link = 0
  for (;;) {
    if (link >= 0) {
      const node = NODE_WORDS * link
      let left = (nodes[node + nx] - ox) * ix
      let leftEnd = (nodes[node + 3 - nx] - ox) * ix
      let right = (nodes[node + 6 + nx] - ox) * ix
      let rightEnd = (nodes[node + 9 - nx] - ox) * ix
      left = Math.max(left, (nodes[node + ny] - oy) * iy)
      leftEnd = Math.min(leftEnd, (nodes[node + 5 - ny] - oy) * iy)
      right = Math.max(right, (nodes[node + 6 + ny] - oy) * iy)
      rightEnd = Math.min(rightEnd, (nodes[node + 11 - ny] - oy) * iy)
      left = Math.max(Math.max(left, (nodes[node + nz] - oz) * iz), 0)
      leftEnd = Math.min(Math.min(leftEnd, (nodes[node + 7 - nz] - oz) * iz) * ROUNDING, far)
      right = Math.max(Math.max(right, (nodes[node + 6 + nz] - oz) * iz), 0)
      rightEnd = Math.min(Math.min(rightEnd, (nodes[node + 13 - nz] - oz) * iz) * ROUNDING, far)
      const isLeft = left <= leftEnd
      if (isLeft && right <= rightEnd) {
        const further = left <= right ? 1 : 0
        stack[top] = links[node + LINKS + further]
        distances[top++] = further === 1 ? right : left
        link = links[node + LINKS + 1 - further]
        continue
      }
      if (isLeft || right <= rightEnd) {
        link = links[node + LINKS + (isLeft ? 0 : 1)]
        continue
      }
    } else if (
      geometry === SCENE ? visit(link, any) : test(world.trianglesOf[geometry], link, any)
    ) {
      if (any) return true
      isHit = true
      far = r[REACH]
    }
    do {
      if (top === bottom) return isHit
      link = stack[--top]
    } while (distances[top] > far)
  }
}

/** Looks at the instances of a leaf. */
function visit(link: number, any: boolean): boolean {
  const begin = ~link >> 4
  const end = begin + (~link & 15)
  let isHit = false
  for (let i = begin; i < end; ++i) {
    if (!intersectInstance(world.order[i], any)) continue
    if (any) return true
    isHit = true
  }
  return isHit
}

/**
 * Whether the ray hits an instance. Looks at the triangles with the ray as it is in their space.
 */
export function intersectInstance(instance: number, any: boolean): boolean {
  const m = world.instances
  const i = INSTANCE_NUMBERS * instance
  const dx = ray[3]
  const dy = ray[4]
  const dz = ray[5]
  localRay[0] = m[i] * ray[0] + m[i + 1] * ray[1] + m[i + 2] * ray[2] + m[i + 3]
  localRay[1] = m[i + 4] * ray[0] + m[i + 5] * ray[1] + m[i + 6] * ray[2] + m[i + 7]
  localRay[2] = m[i + 8] * ray[0] + m[i + 9] * ray[1] + m[i + 10] * ray[2] + m[i + 11]
  localRay[3] = m[i] * dx + m[i + 1] * dy + m[i + 2] * dz
  localRay[4] = m[i + 4] * dx + m[i + 5] * dy + m[i + 6] * dz
  localRay[5] = m[i + 8] * dx + m[i + 9] * dy + m[i + 10] * dz
  localRay[REACH] = ray[REACH]
  if (!intersectGeometry(m[i + LOOKS + 4], any)) return false
  ray[REACH] = localRay[REACH]
  hit[3] = instance
  return true
}

/** Looks at the triangles of a leaf. */
function test(triangles: Float32Array, link: number, any: boolean): boolean {
  const begin = ~link >> 4
  const end = begin + (~link & 15)
  let isHit = false
  for (let i = begin; i < end; ++i) {
    if (!hitsTriangle(triangles, 9 * i)) continue
    if (any) return true
    hit[2] = i
    isHit = true
  }
  return isHit
}

/**
 * Whether the local ray hits a triangle, from either side (Möller and Trumbore 1997).
 *
 * @param at - where the nine numbers of the triangle begin
 */
export function hitsTriangle(triangles: Float32Array, at: number): boolean {
  const dx = localRay[3]
  const dy = localRay[4]
  const dz = localRay[5]
  const x = triangles[at]
  const y = triangles[at + 1]
  const z = triangles[at + 2]
  const ax = triangles[at + 3] - x
  const ay = triangles[at + 4] - y
  const az = triangles[at + 5] - z
  const bx = triangles[at + 6] - x
  const by = triangles[at + 7] - y
  const bz = triangles[at + 8] - z
  const px = dy * bz - dz * by
  const py = dz * bx - dx * bz
  const pz = dx * by - dy * bx
  const determinant = ax * px + ay * py + az * pz
  if (determinant === 0) return false
  const inverse = 1 / determinant
  const sx = localRay[0] - x
  const sy = localRay[1] - y
  const sz = localRay[2] - z
  const u = (sx * px + sy * py + sz * pz) * inverse
  if (u < 0 || u > 1) return false
  const qx = sy * az - sz * ay
  const qy = sz * ax - sx * az
  const qz = sx * ay - sy * ax
  const v = (dx * qx + dy * qy + dz * qz) * inverse
  if (v < 0 || u + v > 1) return false
  const distance = (bx * qx + by * qy + bz * qz) * inverse
  if (!(distance > 0 && distance < localRay[REACH])) return false
  localRay[REACH] = distance
  hit[0] = u
  hit[1] = v
  return true
}
