/**
 * The renderer in examples/: its trees against a look at everything, its pictures by what is in
 * them and on every kind of scheduler, and its show.
 */
import { readFileSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DebugScheduler, Scheduler, shared } from '../../dist/index.js'
import type { Geometry } from '../../examples/renderer/bvh.mjs'
import type { Mesh } from '../../examples/renderer/mesh.mjs'
import type { Instance } from '../../examples/renderer/scene.mjs'
import type { Picture } from '../../examples/renderer/trace.mjs'
import { buildRenderer, load } from '../support/renderer.js'

type Parts = typeof import('../../examples/renderer/kernels.mjs') &
  typeof import('../../examples/renderer/models.mjs') &
  typeof import('../../examples/renderer/bvh.mjs') &
  typeof import('../../examples/renderer/tree.mjs') &
  typeof import('../../examples/renderer/intersect.mjs') &
  typeof import('../../examples/renderer/scene.mjs') &
  typeof import('../../examples/renderer/placeholder.mjs') &
  typeof import('../../examples/renderer/camera.mjs') &
  typeof import('../../examples/renderer/matrix.mjs') &
  typeof import('../../examples/renderer/animate.mjs') &
  typeof import('../../examples/renderer/trace.mjs')

const NAMES = [
  ...['kernels', 'models', 'bvh', 'tree', 'intersect', 'scene', 'placeholder', 'camera', 'matrix'],
  ...['animate', 'trace'],
]

let parts: Parts
const scheduler = new Scheduler(2)
const geometries: Geometry[] = []

beforeAll(async () => {
  buildRenderer()
  parts = Object.assign({}, ...(await Promise.all(NAMES.map((name) => load<object>(name)))))
  for (const { name, path, up } of parts.MODELS) {
    if (!['teapot', 'frog'].includes(name)) continue // The larger ones take a second each.
    const mesh = await parts.decode(scheduler, readFileSync(path), path)
    geometries.push(await parts.build(scheduler, mesh, up))
  }
  geometries.push(parts.placeholder())
})

afterAll(() => scheduler[Symbol.dispose]())

/** Random numbers from 0 to 1. */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 0x19660d) + 0x3c6ef35f) | 0
    return ((state ^ (state >>> 15)) >>> 0) / 2 ** 32
  }
}

/** Sets a ray from around a box to within it; every tenth along an axis. */
function aimAt(ray: Float64Array, bounds: Float32Array, random: () => number): void {
  const isAlong = random() < 0.1
  const axis = Math.floor(3 * random())
  for (let i = 0; i < 3; ++i) {
    const [low, high] = [bounds[i] as number, bounds[3 + i] as number]
    const inside = low + random() * (high - low)
    const outside = low + (3 * random() - 1) * (high - low)
    ray[i] = isAlong && i !== axis ? inside : outside
    ray[3 + i] = isAlong && i !== axis ? 0 : inside - (ray[i] as number)
  }
  ray[6] = random() < 0.2 ? 0.8 : 1e30
}

/** A mesh of triangles that share nothing. */
function meshOf(corners: readonly number[]): Mesh {
  const positions = shared(Float32Array.from(corners))
  const normals = shared(Float32Array.from(corners, (_, i) => (i % 3 === 1 ? 1 : 0)))
  const indices = shared(Uint32Array.from({ length: corners.length / 3 }, (_, i) => i))
  return { positions, normals, indices }
}

/** How often each triangle is in a leaf of a tree, whose boxes contain it; and how deep that is. */
function walkTree({ nodes, links, triangles }: Geometry): { counts: number[]; depth: number } {
  const counts = Array.from({ length: triangles.length / 9 }, () => 0)
  const visit = (node: number, side: number, boxes: number[][]): number => {
    const at = 16 * node + 6 * side
    const all = [...boxes, [...nodes.subarray(at, at + 6)]]
    const link = links[16 * node + 12 + side] as number
    if (link >= 0) return 1 + Math.max(visit(link, 0, all), visit(link, 1, all))
    const first = ~link >> 4
    for (let i = first; i < first + (~link & 15); ++i) {
      ++(counts[i] as number)
      for (const [corner, x] of triangles.subarray(9 * i, 9 * i + 9).entries()) {
        const isIn = (box: number[]) =>
          (box[corner % 3] as number) <= x && x <= (box[3 + (corner % 3)] as number)
        if (!all.every(isIn)) throw new Error(`triangle ${i} is not in its boxes`)
      }
    }
    return 1
  }
  return { depth: Math.max(visit(0, 0, []), visit(0, 1, [])), counts }
}

describe('a tree', () => {
  test.each([
    { name: 'teapot', which: 0 },
    { name: 'frog', which: 1 },
    { name: 'placeholder', which: 2 },
  ])('of a $name hits what a look at all triangles does', ({ which }) => {
    const { enterGeometry, hit, hitsTriangle, intersectGeometry, localRay, REACH } = parts
    const geometry = geometries[which] as Geometry
    enterGeometry(0, geometry)
    const random = randomOf(which + 1)
    let hits = 0
    for (let i = 0; i < 700; ++i) {
      aimAt(localRay, geometry.bounds, random)
      const ray = localRay.slice()
      let isHit = false
      for (let at = 0; at < geometry.triangles.length; at += 9) {
        if (hitsTriangle(geometry.triangles, at)) isHit = true
      }
      const reach = localRay[REACH]
      localRay.set(ray)
      expect(intersectGeometry(0, true)).toBe(isHit)
      localRay.set(ray)
      expect(intersectGeometry(0, false)).toBe(isHit)
      expect(localRay[REACH]).toBe(reach)
      localRay.set(ray)
      if (isHit) expect(hitsTriangle(geometry.triangles, 9 * (hit[2] as number))).toBe(true)
      hits += Number(isHit)
    }
    expect(hits).toBeGreaterThan(250)
    expect(hits).toBeLessThan(690)
  })

  test('has every triangle once, and is not deep', () => {
    for (const geometry of geometries) {
      const { counts, depth } = walkTree(geometry)
      expect(counts.every((n) => n === 1)).toBe(true)
      expect(depth).toBeLessThan(40)
    }
  })

  test.each([
    ['no triangle', []],
    ['one triangle', [0, 0, 0, 1, 0, 0, 0, 1, 0]],
    ['equal triangles', Array.from({ length: 100 }, () => [0, 0, 0, 1, 0, 0, 0, 1, 0]).flat()],
    ['a row of points', Array.from({ length: 300 }, (_, i) => [i, i, i]).flat()],
    [
      'triangles that halve and halve',
      Array.from({ length: 200 }, (_, i) => 1.6 ** -i).flatMap((x) => [x, 0, 0, x, x, 0, x, 0, x]),
    ],
  ])('of %s is whole', (_, corners) => {
    const { buildGeometry, STACK_MAX } = parts
    const { counts, depth } = walkTree(buildGeometry(undefined, meshOf(corners)))
    expect(counts).toEqual(Array.from({ length: corners.length / 9 }, () => 1))
    expect(depth).toBeLessThan(STACK_MAX)
  })

  test('is not built of what is no mesh', async () => {
    const mesh = meshOf([0, 0, 0, 1, 0, 0, 0, 1, 0])
    const bad = [
      { ...mesh, indices: shared(Uint32Array.of(0, 1, 3)) },
      { ...mesh, indices: shared(Uint32Array.of(0, 1)) },
      { ...mesh, normals: shared(Float32Array.of(0, 1, 0)) },
      { ...mesh, positions: shared(Float32Array.from({ length: 9 }, () => Number.NaN)) },
    ]
    const messages = ['vertex 3 of 3', 'three vertices', 'a normal for each', 'not finite']
    for (const [i, each] of bad.entries()) {
      await expect(parts.build(scheduler, each)).rejects.toThrow(messages[i])
    }
  })

  test('of a mesh that stands up is as large as 1, on the ground', () => {
    const { buildGeometry } = parts
    const mesh = meshOf([2, 4, 10, 6, 4, 10, 2, 5, 18])
    const { bounds } = buildGeometry(undefined, mesh, 'z')
    expect(bounds).toEqual(Float32Array.of(-0.25, 0, -0.0625, 0.25, 1, 0.0625))
    expect(mesh.positions[0]).toBe(2)
  })
})

/** A teapot, a frog that lies on its side, and a sphere for a model that is not there. */
function someThings(): Instance[] {
  const { placed } = parts
  const looks = { colour: [0.5, 0.04, 0.04] as const, gloss: 0 }
  return [
    { ...looks, model: 0, matrix: placed(0, 0, 0, 3, 0.5) },
    { ...looks, model: 1, matrix: placed(2, 0.6, 1, 1, 2, 1.3) },
    { ...looks, model: 2, matrix: placed(-2, 0, 1, 1, 0) },
    { ...looks, model: 7, matrix: placed(0.5, 0, 2, 0.7, 0) },
  ]
}

function pictureOf(instances: readonly Instance[], quality: number, size = [80, 46]): Picture {
  const { fillScene, fillView, sceneFor, viewFor } = parts
  const [width, height] = size as [number, number]
  const scene = sceneFor(4)
  fillScene(scene, instances, [geometries[0], geometries[1], undefined])
  const view = viewFor()
  fillView(view, { eye: [0, 2, 8], target: [0, 1, 0], angle: 0.6 }, width, height)
  const pixels = shared(Uint8Array, 4 * width * height)
  return { ...scene, pixels, width, height, quality, seed: 3, view }
}

async function draw(picture: Picture, on: Scheduler | DebugScheduler = scheduler) {
  const { drawKernel, tilesOf } = parts
  await on.dispatch(drawKernel, tilesOf(picture.width, picture.height), picture)
  return picture.pixels
}

describe('a scene', () => {
  test('is hit where one of its instances is', () => {
    const { enterScene, hit, intersectInstance, intersectScene, ray, REACH } = parts
    enterScene(pictureOf(someThings(), 0))
    const random = randomOf(9)
    const around = Float32Array.of(-3, 0, -1, 3, 2, 3)
    let hits = 0
    for (let i = 0; i < 2000; ++i) {
      aimAt(ray, around, random)
      const before = ray.slice()
      let nearest = -1
      for (let instance = 0; instance < 4; ++instance) {
        if (intersectInstance(instance, false)) nearest = instance
      }
      const reach = ray[REACH]
      ray.set(before)
      expect(intersectScene(true)).toBe(nearest >= 0)
      ray.set(before)
      expect(intersectScene(false)).toBe(nearest >= 0)
      expect(ray[REACH]).toBe(reach)
      if (nearest >= 0) expect(hit[3]).toBe(nearest)
      hits += Number(nearest >= 0)
    }
    expect(hits).toBeGreaterThan(400)
    expect(hits).toBeLessThan(1900)
  })

  test('has room for so many instances, which are not flat', () => {
    const { fillScene, placed, sceneFor } = parts
    expect(() => fillScene(sceneFor(3), someThings(), [])).toThrow(RangeError)
    const flat = { ...(someThings()[0] as Instance), matrix: placed(0, 0, 0, 0, 0) }
    expect(() => fillScene(sceneFor(1), [flat], [])).toThrow(RangeError)
  })
})

describe('a picture', () => {
  const at = (pixels: Uint8Array, x: number, y: number) => {
    const first = 4 * (80 * y + x)
    return [...pixels.subarray(first, first + 4)] as [number, number, number, number]
  }

  test.each([0, 1, 2, 4])('of quality %s has sky, ground, things and shadows', async (quality) => {
    const empty = await draw(pictureOf([], quality))
    const pixels = await draw(pictureOf(someThings(), quality))
    const [skyRed, , skyBlue, opacity] = at(pixels, 3, 1)
    expect(skyBlue).toBeGreaterThan(skyRed)
    expect(opacity).toBe(255)
    const [groundRed, , groundBlue] = at(pixels, 3, 44)
    expect(groundRed).toBeGreaterThan(groundBlue)
    const [red, green, blue] = at(pixels, 36, 26)
    expect(red).toBeGreaterThan(1.3 * Math.max(green, blue))
    let [things, shadows] = [0, 0]
    for (let i = 0; i < pixels.length; i += 4) {
      const [before, after] = [empty, pixels].map((each) => [...each.subarray(i, i + 3)])
      const [r, g] = after as [number, number]
      if (r > 1.4 * g) ++things
      else if (r < 0.85 * ((before as number[])[0] as number)) ++shadows
    }
    expect(things).toBeGreaterThan(200)
    expect(things).toBeLessThan(1500)
    expect(shadows).toBeGreaterThan(30)
  })

  test.each([
    { quality: 0, size: [80, 46] },
    { quality: 1, size: [33, 17] },
    { quality: 3, size: [40, 24] },
  ])('of quality $quality is the same on every scheduler', async ({ quality, size }) => {
    const picture = () => pictureOf(someThings(), quality, size)
    const expected = await draw(picture())
    expect(expected.every((byte, i) => i % 4 !== 3 || byte === 255)).toBe(true)
    using one = new Scheduler(1)
    for (const other of [one, new DebugScheduler(), new DebugScheduler({ seed: 5 })]) {
      expect(Buffer.compare(await draw(picture(), other), expected)).toBe(0)
    }
  })
})

describe('the show', () => {
  test('depends on the time alone, and begins again', () => {
    const { cameraAt, INSTANCES, instancesAt, MODELS, SECONDS } = parts
    for (const time of [0, 0.4, 7.3]) {
      const instances = instancesAt(time)
      expect(instances).toHaveLength(INSTANCES)
      expect(instancesAt(time)).toEqual(instances)
      expect(cameraAt(time)).toEqual(cameraAt(time))
      for (const [i, { model, matrix }] of instances.entries()) {
        expect(model).toBeLessThan(MODELS.length)
        const later = (instancesAt(time + SECONDS)[i] as Instance).matrix
        for (const [j, x] of matrix.entries()) expect(later[j]).toBeCloseTo(x, 9)
      }
    }
    expect(instancesAt(1)).not.toEqual(instancesAt(1.1))
  })

  test('can be drawn before anything is loaded', async () => {
    const { cameraAt, fillScene, fillView, INSTANCES, instancesAt, sceneFor, viewFor } = parts
    const [scene, view] = [sceneFor(INSTANCES), viewFor()]
    fillScene(scene, instancesAt(0), [])
    fillView(view, cameraAt(0), 64, 36)
    const pixels = shared(Uint8Array, 4 * 64 * 36)
    await draw({ ...scene, pixels, width: 64, height: 36, quality: 1, seed: 0, view })
    expect(new Set(pixels).size).toBeGreaterThan(100)
  })

  test('has matrices whose inverses undo them', () => {
    const { instancesAt, invert } = parts
    const inverse = new Float64Array(12)
    for (const { matrix } of instancesAt(5)) {
      invert(matrix, inverse, 0)
      const rows = (m: ArrayLike<number>, i: number, v: number[]) =>
        v.reduce((sum, x, j) => sum + (m[4 * i + j] as number) * x, m[4 * i + 3] as number)
      const point = [0.3, -1.2, 2.1]
      const moved = [0, 1, 2].map((i) => rows(matrix, i, point))
      for (const i of [0, 1, 2]) expect(rows(inverse, i, moved)).toBeCloseTo(point[i] as number, 9)
    }
  })
})
