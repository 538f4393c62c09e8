/** Where a picture is seen from. */
import { doubles } from './memory.mjs'

type Vector = readonly [x: number, y: number, z: number]

export interface Camera {
  readonly eye: Vector
  /** What is in the middle of the picture. It is not right above or below the eye. */
  readonly target: Vector
  /** The angle from the lower to the upper edge, in radians. */
  readonly angle: number
}

/** Numbers of a view: the eye, a direction to the first pixel, the steps to the right and down. */
export const VIEW_NUMBERS = 12

/** Room for a view, that every thread sees. */
export function viewFor(): Float64Array {
  return doubles(VIEW_NUMBERS)
}

/**
 * Writes how pixels become rays: that at (x, y) is seen in the direction of `first + x * right +
 * y * down`, through the corner that it shares with (x - 1, y - 1). Its middle is half a step on.
 */
export function fillView(view: Float64Array, camera: Camera, width: number, height: number): void {
  const { eye, target, angle } = camera
  const forward = unit([target[0] - eye[0], target[1] - eye[1], target[2] - eye[2]])
  const side = unit(cross(forward, [0, 1, 0]))
  const up = cross(side, forward)
  const step = (2 * Math.tan(angle / 2)) / height
  view.set(eye, 0)
  for (let axis = 0; axis < 3; ++axis) {
    view[6 + axis] = step * side[axis]
    view[9 + axis] = -step * up[axis]
    view[3 + axis] = forward[axis] - (width * view[6 + axis] + height * view[9 + axis]) / 2
  }
}

function cross(a: Vector, b: Vector): Vector {
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/** A vector's direction, with length 1. */
export function unit(a: Vector): Vector {
  const length = Math.hypot(...a)
  return [a[0] / length, a[1] / length, a[2] / length]
}
