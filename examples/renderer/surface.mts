/** What a ray comes to: things of a scene, and the ground below them. */
import { hit, INSTANCE_NUMBERS, intersectScene, LOOKS, REACH, ray, world } from './intersect.mjs'

/** The distance to nothing. */
const FAR = 1e30

/**
 * Where the ray has come to: the place, a bit above the surface; the normal, on the side of the ray
 * and with length 1; the colour; and how much it shines. One for each isolate.
 */
export const surface = new Float64Array(10)

/** So far above the surface, rays do not hit it. */
const ABOVE = 1e-3

/**
 * Finds what the ray comes to first, writes it to {@link surface}, and leaves how far that is as
 * what the ray reaches. False: there is but the sky.
 */
export function findSurface(): boolean {
  const toGround = ray[4] < 0 && ray[1] > 0 ? -ray[1] / ray[4] : FAR
  ray[REACH] = toGround
  if (intersectScene(false)) findThing()
  else if (toGround < FAR) findGround()
  else return false
  surface[0] = ray[0] + ray[REACH] * ray[3] + ABOVE * surface[3]
  surface[1] = ray[1] + ray[REACH] * ray[4] + ABOVE * surface[4]
  surface[2] = ray[2] + ray[REACH] * ray[5] + ABOVE * surface[5]
  return true
}

/** Sends the ray from the surface, in a direction of length 1. */
export function leaveSurface(x: number, y: number, z: number): void {
  ray[0] = surface[0]
  ray[1] = surface[1]
  ray[2] = surface[2]
  ray[3] = x
  ray[4] = y
  ray[5] = z
  ray[REACH] = FAR
}

/** The normal and the looks of the instance that was hit. */
function findThing(): void {
  const { instances } = world
  const at = INSTANCE_NUMBERS * hit[3]
  const looks = at + LOOKS
  const normals = world.normalsOf[instances[looks + 4]]
  const corner = 9 * hit[2]
  const v = hit[0]
  const w = hit[1]
  const u = 1 - v - w
  const x = u * normals[corner] + v * normals[corner + 3] + w * normals[corner + 6]
  const y = u * normals[corner + 1] + v * normals[corner + 4] + w * normals[corner + 7]
  const z = u * normals[corner + 2] + v * normals[corner + 5] + w * normals[corner + 8]
  // Normals go to the world by the transpose of what takes rays from there.
  const nx = instances[at] * x + instances[at + 4] * y + instances[at + 8] * z
  const ny = instances[at + 1] * x + instances[at + 5] * y + instances[at + 9] * z
  const nz = instances[at + 2] * x + instances[at + 6] * y + instances[at + 10] * z
  const length = Math.sqrt(nx * nx + ny * ny + nz * nz)
  const isInside = nx * ray[3] + ny * ray[4] + nz * ray[5] > 0
  const scale = (isInside ? -1 : 1) / (length === 0 ? 1 : length)
  surface[3] = nx * scale
  surface[4] = ny * scale
  surface[5] = nz * scale
  surface[6] = instances[looks]
  surface[7] = instances[looks + 1]
  surface[8] = instances[looks + 2]
  surface[9] = instances[looks + 3]
}

/** Tiles of two colours, which become one where they are smaller than pixels. */
function findGround(): void {
  const distance = ray[REACH]
  const x = Math.floor(ray[0] + distance * ray[3])
  const z = Math.floor(ray[2] + distance * ray[5])
  const contrast = (((x + z) & 1) === 1 ? -0.13 : 0.13) / (1 + (distance * distance) / 300)
  surface[3] = 0
  surface[4] = 1
  surface[5] = 0
  surface[6] = 0.42 + contrast
  surface[7] = 0.39 + contrast
  surface[8] = 0.34 + contrast
  surface[9] = 0
}
