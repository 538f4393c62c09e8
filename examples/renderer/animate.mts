/** A show: where things and the camera are, by the time in seconds alone. */
import type { Camera } from './camera.mjs'
import { placed } from './matrix.mjs'
import type { Instance } from './scene.mjs'

/** The numbers of the models that are in it, as in models.mts. */
const [BUNNY, TEAPOT, PTEROSAUR, FROG] = [0, 1, 2, 3]

const TURN = 2 * Math.PI

/** After so many seconds it begins again, without a jump. */
export const SECONDS = 24

/** How many things there are at any time. */
export const INSTANCES = 11

/** What there is at a time, and where; `time` in seconds. */
export function instancesAt(time: number): Instance[] {
  const turns = time / SECONDS
  return [
    {
      model: BUNNY,
      matrix: placed(0, 0, 0, 2.4, TURN * turns),
      colour: [0.82, 0.74, 0.66],
      gloss: 0.1,
    },
    flying(turns),
    ...[0, 1, 2, 3].map((i) => hopping(i, time)),
    ...[0, 1, 2, 3, 4].map((i) => circling(i, time)),
  ]
}

/** Around the middle, once in a turn, and leaning inward. */
function flying(turns: number): Instance {
  const angle = -TURN * turns
  const height = 2.5 + 0.25 * Math.sin(5 * TURN * turns)
  const [x, z] = [2.9 * Math.cos(angle), 2.9 * Math.sin(angle)]
  const matrix = placed(x, height, z, 2.2, -angle, 0.12 * Math.sin(3 * TURN * turns))
  return { model: PTEROSAUR, matrix, colour: [0.52, 0.62, 0.42], gloss: 0.2 }
}

/** Frogs that leap towards the middle and back, one after the other. */
function hopping(i: number, time: number): Instance {
  const angle = TURN * (i / 4 + 0.09)
  const leap = (time * 0.5 + i / 4) % 2
  const along = leap % 1
  const radius = 3.6 - 0.7 * (leap < 1 ? along : 1 - along)
  const height = 2 * along * (1 - along)
  const facing = angle + (leap < 1 ? Math.PI : 0)
  const matrix = placed(radius * Math.cos(angle), height, radius * Math.sin(angle), 0.75, -facing)
  return { model: FROG, matrix, colour: [0.24, 0.6 - 0.06 * i, 0.16], gloss: 0.5 }
}

/** Teapots that go round the others the other way, and roll a bit. */
function circling(i: number, time: number): Instance {
  const angle = TURN * (i / 5 + time / SECONDS)
  const roll = 0.2 * Math.sin((TURN * 4 * time) / SECONDS + i)
  const height = 0.12 + 0.1 * Math.sin((TURN * 6 * time) / SECONDS + 2 * i)
  const [x, z] = [5.2 * Math.cos(angle), 5.2 * Math.sin(angle)]
  const colours = [
    [0.75, 0.18, 0.14],
    [0.85, 0.6, 0.12],
    [0.2, 0.55, 0.5],
    [0.18, 0.3, 0.72],
    [0.6, 0.25, 0.55],
  ] as const
  const matrix = placed(x, height, z, 1.5, -angle, roll)
  return { model: TEAPOT, matrix, colour: colours[i], gloss: 0.9 }
}

/** Where all that is seen from; `time` in seconds. */
export function cameraAt(time: number): Camera {
  const angle = 0.9 + 0.55 * Math.sin((TURN * time) / SECONDS)
  const height = 2.7 + 0.9 * Math.sin((TURN * 2 * time) / SECONDS)
  const eye = [8.4 * Math.sin(angle), height, 8.4 * Math.cos(angle)] as const
  return { eye, target: [0, 1.15, 0], angle: 0.72 }
}
