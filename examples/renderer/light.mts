/** Adds up the light that comes against a ray. Arrays are one for each isolate. */
import { intersectScene, REACH, ray } from './intersect.mjs'
import { fraction, mix } from './random.mjs'
import { lookAtSky, SUN_BLUE, SUN_GREEN, SUN_RED, SUN_X, SUN_Y, SUN_Z, sky } from './sky.mjs'
import { findSurface, leaveSurface, surface } from './surface.mjs'

/** Red, green and blue that was found. */
export const light = new Float64Array(3)

/** What the surfaces on the way of a ray leave of each colour. */
const share = new Float64Array(3)

/** At this distance, haze has taken half of the light. */
const HAZE = 90

/**
 * Adds the light of what the ray comes to. The ray is used up.
 *
 * @param looksAround - whether a ray looks for the light that comes from around
 * @param random - chooses its direction
 */
export function addLight(looksAround: boolean, random: number): void {
  lookAtSky(ray)
  if (!findSurface()) {
    light[0] += sky[0]
    light[1] += sky[1]
    light[2] += sky[2]
    return
  }
  const clear = HAZE / (HAZE + ray[REACH])
  for (let i = 0; i < 3; ++i) {
    light[i] += (1 - clear) * Math.min(sky[i], 1)
    share[i] = clear * surface[6 + i]
  }
  const facing = surface[3] * SUN_X + surface[4] * SUN_Y + surface[5] * SUN_Z
  if (facing > 0) {
    const lit = facing + shine()
    leaveSurface(SUN_X, SUN_Y, SUN_Z)
    if (!intersectScene(true)) addSun(lit)
  }
  if (looksAround) addAround(random)
  else addAmbient()
}

function addSun(lit: number): void {
  light[0] += share[0] * lit * SUN_RED
  light[1] += share[1] * lit * SUN_GREEN
  light[2] += share[2] * lit * SUN_BLUE
}

/** By how near the normal is to the middle between the ray and the sun (Blinn 1977). */
function shine(): number {
  if (surface[9] === 0) return 0
  const x = SUN_X - ray[3]
  const y = SUN_Y - ray[4]
  const z = SUN_Z - ray[5]
  const along = surface[3] * x + surface[4] * y + surface[5] * z
  let power = (along * along) / (x * x + y * y + z * z)
  for (let i = 0; i < 5; ++i) power *= power
  return 6 * surface[9] * power
}

/** Adds a guess of the light from around: sky from above, and ground from below. */
function addAmbient(): void {
  const above = 0.5 + 0.5 * surface[4]
  light[0] += share[0] * (0.22 + 0.12 * above)
  light[1] += share[1] * (0.2 + 0.24 * above)
  light[2] += share[2] * (0.16 + 0.42 * above)
}

/** Adds what the surface gives back of the light from a random direction. */
function addAround(random: number): void {
  // A normal plus a place on the unit sphere: as likely as its cosine, so all count the same.
  const z = 2 * fraction(mix(random, 2)) - 1
  const angle = 2 * Math.PI * fraction(mix(random, 3))
  const ring = Math.sqrt(1 - z * z)
  const dx = surface[3] + ring * Math.cos(angle)
  const dy = surface[4] + ring * Math.sin(angle)
  const dz = surface[5] + z
  const scale = 1 / Math.sqrt(dx * dx + dy * dy + dz * dz + 1e-12)
  leaveSurface(dx * scale, dy * scale, dz * scale)
  if (findSurface()) {
    for (let i = 0; i < 3; ++i) share[i] *= surface[6 + i]
    const facing = surface[3] * SUN_X + surface[4] * SUN_Y + surface[5] * SUN_Z
    addAmbient()
    leaveSurface(SUN_X, SUN_Y, SUN_Z)
    if (facing > 0 && !intersectScene(true)) addSun(facing)
  } else {
    lookAtSky(ray)
    // The sun itself was added before.
    for (let i = 0; i < 3; ++i) light[i] += share[i] * Math.min(sky[i], 1)
  }
}
