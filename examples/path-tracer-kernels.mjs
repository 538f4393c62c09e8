// A path tracer, one pixel at a time: the module that path-tracer.mjs has its kernel from.
// Vectors are arrays of three. The random numbers of a pixel depend on its place alone.

const MATTE = 0
const METAL = 1
const GLASS = 2
const LIGHT = 3

/** Centre, radius, colour, and what it is made of; `rough` is how much a mirror scatters. */
const SPHERES = [
  { centre: [0, 1, 0], radius: 1, colour: [1, 1, 1], of: GLASS },
  { centre: [-2.3, 1, -0.9], radius: 1, colour: [0.8, 0.16, 0.12], of: MATTE },
  { centre: [2.2, 1, -0.7], radius: 1, colour: [0.95, 0.78, 0.45], of: METAL, rough: 0.04 },
  { centre: [-0.9, 0.35, 1.5], radius: 0.35, colour: [0.12, 0.35, 0.8], of: MATTE },
  { centre: [1.2, 0.3, 1.6], radius: 0.3, colour: [0.9, 0.9, 0.92], of: METAL, rough: 0.25 },
  { centre: [0.25, 0.22, 2.2], radius: 0.22, colour: [0.2, 0.6, 0.3], of: MATTE },
  { centre: [-4.5, 6.5, 2.5], radius: 2.6, colour: [9, 7.2, 5.4], of: LIGHT },
]
const EYE = [1.6, 1.7, 7.2]
const FORWARD = unit([-0.22, -0.14, -1])
const RIGHT = unit(cross(FORWARD, [0, 1, 0]))
const UP = cross(RIGHT, FORWARD)
const BOUNCES_MAX = 8
/** Rays begin so far from what they leave, or they would hit it. */
const NEAR = 1e-4

/** Colours the pixel at x and y, with the mean of `samples` paths that light may have come. */
export function trace(_, x, y, { pixels, width, height, samples }) {
  const random = randomOf(y * width + x)
  let sum = [0, 0, 0]
  for (let sample = 0; sample < samples; ++sample) {
    const right = (2 * (x + random()) - width) / height
    const up = 1 - (2 * (y + random())) / height
    const aside = add(scale(RIGHT, 0.42 * right), scale(UP, 0.42 * up))
    sum = add(sum, lightAlong(EYE, unit(add(FORWARD, aside)), random))
  }
  for (let channel = 0; channel < 3; ++channel) {
    const light = 1 - Math.exp((-1.3 * sum[channel]) / samples) // As film takes it.
    pixels[3 * (y * width + x) + channel] = 255 * light ** (1 / 2.2)
  }
}

/** The light that comes along one path, from where it ends to `from`. */
function lightAlong(from, direction, random) {
  let left = [1, 1, 1] // What the surfaces on the way leave of it.
  for (let bounce = 0; bounce < BOUNCES_MAX; ++bounce) {
    const hit = nearest(from, direction)
    if (hit === undefined) return multiply(left, sky(direction))
    if (hit.of === LIGHT) return multiply(left, hit.colour)
    left = multiply(left, hit.colour)
    from = hit.place
    direction = scatter(direction, hit, random)
  }
  return [0, 0, 0]
}

/** What a ray hits first: a sphere, the plane below them, or nothing. */
function nearest(from, direction) {
  let distance = Number.POSITIVE_INFINITY
  let sphere
  for (const each of SPHERES) {
    const toCentre = sub(each.centre, from)
    const along = dot(toCentre, direction)
    const inside = along * along - dot(toCentre, toCentre) + each.radius * each.radius
    if (inside < 0) continue
    const root = Math.sqrt(inside)
    const at = along - root > NEAR ? along - root : along + root
    if (at > NEAR && at < distance) {
      distance = at
      sphere = each
    }
  }
  const toPlane = -from[1] / direction[1]
  if (toPlane > NEAR && toPlane < distance) return plane(add(from, scale(direction, toPlane)))
  if (sphere === undefined) return undefined
  const place = add(from, scale(direction, distance))
  const normal = scale(sub(place, sphere.centre), 1 / sphere.radius)
  return { place, normal, colour: sphere.colour, of: sphere.of, rough: sphere.rough ?? 0 }
}

/** Tiles of two colours, which fade into one far away. */
function plane(place) {
  const isDark = (Math.floor(place[0]) + Math.floor(place[2])) & 1
  const contrast = (isDark ? -0.24 : 0.24) / (1 + dot(place, place) / 400)
  const colour = add([0.4, 0.38, 0.37], [contrast, contrast, contrast])
  return { place, normal: [0, 1, 0], colour, of: MATTE, rough: 0 }
}

/** An evening. */
function sky(direction) {
  const up = Math.max(0, direction[1])
  const day = (1 - up) ** 6
  return add(scale([0.75, 0.42, 0.28], day), scale([0.1, 0.14, 0.28], 1 - day))
}

/** Where a path goes on. */
function scatter(direction, { normal, of, rough }, random) {
  if (of === MATTE) return unit(add(normal, onSphere(random)))
  const cosine = -dot(direction, normal)
  const mirrored = add(direction, scale(normal, 2 * cosine))
  if (of === METAL) return unit(add(mirrored, scale(onSphere(random), rough)))
  const [outward, ratio] = cosine > 0 ? [normal, 1 / 1.5] : [scale(normal, -1), 1.5]
  const facing = Math.abs(cosine)
  const rest = 1 - ratio * ratio * (1 - facing * facing)
  // Schlick's share of what glass reflects.
  if (rest < 0 || random() < 0.04 + 0.96 * (1 - facing) ** 5) return mirrored
  return unit(add(scale(direction, ratio), scale(outward, ratio * facing - Math.sqrt(rest))))
}

function onSphere(random) {
  const z = 2 * random() - 1
  const angle = 2 * Math.PI * random()
  const radius = Math.sqrt(1 - z * z)
  return [radius * Math.cos(angle), radius * Math.sin(angle), z]
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomOf(seed) {
  let state = Math.imul(seed + 1, 0x9e3779b1)
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

function add(a, b) {
  return [a[0] + b[0], a[1] + b[1], a[2] + b[2]]
}

function sub(a, b) {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

function multiply(a, b) {
  return [a[0] * b[0], a[1] * b[1], a[2] * b[2]]
}

function scale(a, by) {
  return [a[0] * by, a[1] * by, a[2] * by]
}

function dot(a, b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

function cross(a, b) {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

function unit(a) {
  return scale(a, 1 / Math.sqrt(dot(a, a)))
}
