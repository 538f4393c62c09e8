// Traces the light of a small scene, a kernel for each pixel.
// Usage: node examples/path-tracer.mjs [WIDTH [FILE [SAMPLES]]]
import { writeFileSync } from 'node:fs'

import { kernel, Scheduler } from 'heddle'

import { trace } from './path-tracer-kernels.mjs'
import { png } from './support/png.mjs'
import { race, sameBytes, threads } from './support/race.mjs'

const width = Number(process.argv[2] ?? 320)
const height = Math.ceil(width * 0.625)
const file = process.argv[3]
const samples = Number(process.argv[4] ?? 16)

const tracer = kernel(new URL('./path-tracer-kernels.mjs', import.meta.url), 'trace')
const scheduler = new Scheduler(threads)

function blank() {
  const pixels = new Uint8ClampedArray(new SharedArrayBuffer(3 * width * height))
  return { pixels, width, height, samples }
}

async function onAll() {
  const bindings = blank()
  await scheduler.dispatch(tracer, [width, height], bindings)
  return bindings.pixels
}

function onOne() {
  const bindings = blank()
  for (let y = 0; y < height; ++y) {
    for (let x = 0; x < width; ++x) trace(undefined, x, y, bindings)
  }
  return bindings.pixels
}

const job = `path tracer, ${width} by ${height}, ${samples} paths a pixel`
const pixels = await race(job, scheduler, { onAll, onOne }, sameBytes)
if (file !== undefined) writeFileSync(file, png(pixels, width, height))
scheduler[Symbol.dispose]()
