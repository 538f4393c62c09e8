/**
 * The sky of a late afternoon, and its sun. Light is red, green and blue, where white paper is 1.
 */

/** Where the sun is: a direction of length 1. */
export const SUN_X = -0.48
export const SUN_Y = 0.6
export const SUN_Z = 0.64

/** What the sun gives to a surface that faces it. */
export const SUN_RED = 2.9
export const SUN_GREEN = 2.5
export const SUN_BLUE = 1.95

/** Light of the sky, as it was last looked at. One for each isolate. */
export const sky = new Float64Array(3)

/** Writes to {@link sky} what comes against a ray, whose direction has length 1. */
export function lookAtSky(ray: Float64Array): void {
  const low = 1 - Math.max(ray[4], 0)
  const rim = low * low * low * low * low * low
  const toSun = Math.max(ray[3] * SUN_X + ray[4] * SUN_Y + ray[5] * SUN_Z, 0)
  const near = toSun * toSun * toSun * toSun
  const glow = 0.35 * near * near
  sky[0] = 0.2 + 0.62 * rim + glow
  sky[1] = 0.37 + 0.36 * rim + 0.75 * glow
  sky[2] = 0.72 + 0.06 * rim + 0.4 * glow
  const edge = (toSun - 0.9985) / 0.0008
  if (edge > 0) sky[0] = sky[1] = sky[2] = 1 + 30 * Math.min(edge, 1)
}
