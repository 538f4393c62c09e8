// The Mandelbrot set, a kernel for each pixel. Usage: node examples/mandelbrot.mjs [WIDTH [FILE]]
import { writeFileSync } from 'node:fs'

import { kernel, Scheduler } from 'heddle'

import { png } from './support/png.mjs'
import { race, sameBytes, threads } from './support/race.mjs'

const width = Number(process.argv[2] ?? 960)
const height = Math.ceil(width * 0.625)
const file = process.argv[3]

/** Colours one pixel. Its text goes to the other cores, so all it knows comes as arguments. */
function shade(_, x, y, { pixels, width, height, limit }) {
  const scale = 2.4 / height
  const re = (x - width * 0.67) * scale
  const im = (y - height / 2) * scale
  let [a, b, steps] = [0, 0, 0]
  while (a * a + b * b <= 256 && steps < limit) {
    const next = a * a - b * b + re
    b = 2 * a * b + im
    a = next
    ++steps
  }
  const at = 3 * (y * width + x)
  if (steps === limit) {
    pixels.fill(0, at, at + 3)
    return
  }
  // Between two steps the colour goes on smoothly.
  const smooth = steps + 2 - Math.log2(Math.log(a * a + b * b))
  const hue = 0.35 * Math.sqrt(smooth)
  for (let channel = 0; channel < 3; ++channel) {
    pixels[at + channel] = 255 * (0.5 - 0.5 * Math.cos(6.2832 * (hue + 0.12 * channel)))
  }
}

/** Other cores see the same memory. */
const blank = () => new Uint8ClampedArray(new SharedArrayBuffer(3 * width * height))
const limit = 1000

const shader = kernel(shade)
const scheduler = new Scheduler(threads)

async function onAll() {
  const pixels = blank()
  await scheduler.dispatch(shader, [width, height], { pixels, width, height, limit })
  return pixels
}

function onOne() {
  const bindings = { pixels: blank(), width, height, limit }
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) shade(undefined, x, y, bindings)
  }
  return bindings.pixels
}

const job = `mandelbrot, ${width} by ${height}`
const pixels = await race(job, scheduler, { onAll, onOne }, sameBytes)
if (file !== undefined) writeFileSync(file, png(pixels, width, height))
scheduler[Symbol.dispose]()
