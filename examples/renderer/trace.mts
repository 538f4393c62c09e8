/**
 * Draws tiles of a picture: a ray for each pixel, one from there to the sun, and one more that
 * looks what light comes from around.
 *
 * All is numbers in arrays that are there already: no pixel makes an object. What is random comes
 * from a pixel's place alone, so pictures are the same whoever draws which tile.
 */
import { enterScene, type Hittable, ray } from './intersect.mjs'
import { addLight, light } from './light.mjs'
import { fraction, mix } from './random.mjs'

/** Pixels in a row, and rows, of a tile. It is even. */
export const TILE = 16

/** What a tile is drawn from, and into. All arrays are on shared memory. */
export interface Picture extends Hittable {
  /** Red, green, blue and opacity of each pixel, row by row. */
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
  /**
   * How many rays there are. 0: one for each two by two pixels. 1: one for each pixel. 2: as well,
   * one from there that looks around for the light that comes. From 3 on: the same `quality - 1`
   * times, from random places in a pixel. One more always looks for the sun.
   */
  readonly quality: number
  /** Chooses the random numbers. */
  readonly seed: number
  /** See camera.mts. */
  readonly view: Float64Array
}

/** How many tiles a picture has, across and down: what to dispatch {@link drawTile} over. */
export function tilesOf(width: number, height: number): [across: number, down: number] {
  return [Math.ceil(width / TILE), Math.ceil(height / TILE)]
}

/** By the light of a pixel, from 0 to 1 in 4096 steps: its byte. */
const BYTES = Uint8Array.from({ length: 4097 }, (_, i) => 255 * (i / 4096) ** (1 / 2.2) + 0.5)

/** Draws the tile at (tileX, tileY). This is the function of a kernel, to be dispatched. */
export function drawTile(_: unknown, tileX: number, tileY: number, picture: Picture): void {
  const { view, width, height, quality } = picture
  const right = Math.min(width, TILE * (tileX + 1))
  const bottom = Math.min(height, TILE * (tileY + 1))
  const step = quality < 1 ? 2 : 1
  const samples = quality < 3 ? 1 : Math.floor(quality) - 1
  enterScene(picture)
  for (let y = TILE * tileY; y < bottom; y += step) {
    for (let x = TILE * tileX; x < right; x += step) {
      light[0] = light[1] = light[2] = 0
      for (let sample = 0; sample < samples; ++sample) {
        const random = mix(mix(picture.seed, sample), y * width + x)
        if (samples === 1) aim(view, x + 0.5 * step, y + 0.5 * step)
        else aim(view, x + fraction(mix(random, 0)), y + fraction(mix(random, 1)))
        addLight(quality >= 2, random)
      }
      write(picture, x, y, Math.min(right, x + step), Math.min(bottom, y + step), 1 / samples)
    }
  }
}

/** Sends the ray through a place in the picture. */
function aim(view: Float64Array, across: number, down: number): void {
  const x = view[3] + across * view[6] + down * view[9]
  const y = view[4] + across * view[7] + down * view[10]
  const z = view[5] + across * view[8] + down * view[11]
  const scale = 1 / Math.sqrt(x * x + y * y + z * z)
  ray[0] = view[0]
  ray[1] = view[1]
  ray[2] = view[2]
  ray[3] = x * scale
  ray[4] = y * scale
  ray[5] = z * scale
}

/** Writes what the light looks like to some pixels. */
function write(
  { pixels, width }: Picture,
  left: number,
  top: number,
  right: number,
  bottom: number,
  weight: number,
): void {
  const red = byteOf(weight * light[0])
  const green = byteOf(weight * light[1])
  const blue = byteOf(weight * light[2])
  for (let y = top; y < bottom; ++y) {
    for (let x = left; x < right; ++x) {
      const at = 4 * (y * width + x)
      pixels[at] = red
      pixels[at + 1] = green
      pixels[at + 2] = blue
      pixels[at + 3] = 255
    }
  }
}

/** Light without end becomes a byte (Reinhard 2002), with the gamma that screens have. */
function byteOf(light: number): number {
  return BYTES[Math.floor((4096 * light) / (0.8 + light))]
}
