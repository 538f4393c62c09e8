/** Scenes: instances of geometries, under a small tree that is built anew for every frame. */
import type { Geometry } from './bvh.mjs'
import { type Hittable, INSTANCE_NUMBERS, LOOKS } from './intersect.mjs'
import { boundMoved, invert, type Matrix } from './matrix.mjs'
import { doubles } from './memory.mjs'
import { placeholder } from './placeholder.mjs'
import { buildTree, type Tree, treeFor } from './tree.mjs'

/** A thing in a scene. */
export interface Instance {
  /** Which geometry it has. */
  readonly model: number
  /** From the space of the geometry to the world. */
  readonly matrix: Matrix
  /** How much red, green and blue it gives back: 0 to 1. */
  readonly colour: readonly [red: number, green: number, blue: number]
  /** How much it shines: 0 to 1. */
  readonly gloss: number
}

/** Memory of a scene, that every thread sees. One that a frame is drawn from stays as it is. */
export interface Scene extends Tree {
  /** See intersect.mts. */
  readonly instances: Float64Array
  /** What is drawn. The first one stands in for those that are not there yet. */
  geometries: readonly Geometry[]
}

/** Room for a scene of up to `instancesMax` instances. There are none in it. */
export function sceneFor(instancesMax: number): Scene & Hittable {
  const instances = doubles(INSTANCE_NUMBERS * instancesMax)
  const scene = { ...treeFor(instancesMax), instances, geometries: [standIn] }
  buildTree(new Float32Array(0), 0, INSTANCE_COST, scene)
  return scene
}

/**
 * Writes instances into a scene: matrices, looks and the tree. It takes some 0.1 ms for 16 of them.
 *
 * Boxes around instances are rounded outward, as rays are more exact than they are.
 *
 * @param geometries - by model; undefined: it is not loaded, and is drawn as a sphere
 * @throws RangeError if there is no room for so many, or a matrix has no inverse
 */
export function fillScene(
  scene: Scene,
  instances: readonly Instance[],
  geometries: readonly (Geometry | undefined)[],
): void {
  if (INSTANCE_NUMBERS * instances.length > scene.instances.length) {
    throw new RangeError(`there is no room for ${instances.length} instances`)
  }
  const present = [standIn]
  const numbers = geometries.map((geometry) => (geometry ? present.push(geometry) - 1 : 0))
  const boxes = new Float32Array(6 * instances.length)
  const box = new Float64Array(6)
  for (const [i, { model, matrix, colour, gloss }] of instances.entries()) {
    const at = INSTANCE_NUMBERS * i
    const number = numbers[model] ?? 0
    invert(matrix, scene.instances, at)
    scene.instances.set([...colour, gloss, number], at + LOOKS)
    boundMoved(matrix, present[number].bounds, box, 0)
    for (let axis = 0; axis < 3; ++axis) {
      boxes[6 * i + axis] = box[axis] - MARGIN
      boxes[6 * i + 3 + axis] = box[3 + axis] + MARGIN
    }
  }
  scene.geometries = present
  buildTree(boxes, instances.length, INSTANCE_COST, scene)
}

const MARGIN = 1e-4

/** To look at an instance is to look at a tree of its own. */
const INSTANCE_COST = 8

const standIn = placeholder()
