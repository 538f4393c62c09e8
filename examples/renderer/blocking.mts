/**
 * The film as a loop that does one thing after the other. Pictures are drawn by the same kernel on
 * as many cores as those of the graph. The difference is that this thread itself loads, compresses
 * and writes, and draws nothing meanwhile. It has less to do: it makes no preview.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { deflateSync } from 'node:zlib'

import { type Scheduler, shared } from 'heddle'

import { cameraAt, INSTANCES, instancesAt } from './animate.mjs'
import type { Geometry } from './bvh.mjs'
import { fillView, viewFor } from './camera.mjs'
import { LEVEL, pictureName } from './files.mjs'
import { type Film, periodOf, picturesOf } from './film.mjs'
import { drawKernel } from './kernels.mjs'
import type { Live } from './live.mjs'
import { loadModelBlocking, type Progress } from './load.mjs'
import { MODELS } from './models.mjs'
import { pngOf } from './png.mjs'
import { filterRows } from './png-filter.mjs'
import { fillScene, sceneFor } from './scene.mjs'
import { tilesOf } from './trace.mjs'

/** Every so many milliseconds it loads a mesh, between two pictures. */
const LOADS_APART = 500

/** Draws a film. Pictures whose time has passed are left out. */
export async function drawBlocking(
  scheduler: Scheduler,
  film: Film,
  progress: Progress,
  live: Live,
  signal: AbortSignal,
): Promise<void> {
  const { width, height, quality } = film
  const period = periodOf(film)
  const count = picturesOf(film)
  const geometries: (Geometry | undefined)[] = []
  const scene = sceneFor(INSTANCES)
  const size = { width, height, quality, seed: 1 }
  const [view, pixels] = [viewFor(), shared(Uint8Array, 4 * width * height)]
  live.begin()
  for (let next = 0; next < count && !signal.aborted; ) {
    const due = next * period
    if (live.now < due) await sleep(due - live.now)
    const model = MODELS[geometries.length]
    if (model && due >= LOADS_APART * geometries.length) {
      geometries.push(loadModelBlocking(model, progress))
    }
    fillScene(scene, instancesAt(due / 1000), geometries)
    fillView(view, cameraAt(due / 1000), width, height)
    await scheduler.dispatch(drawKernel, tilesOf(width, height), {
      ...scene,
      ...size,
      view,
      pixels,
    })
    const name = pictureName(live.count)
    live.show(due)
    const data = deflateSync(filterRows(undefined, pixels, width, height), { level: LEVEL })
    writeFileSync(join(film.folder, name), pngOf(data, width, height))
    next = Math.max(next + 1, Math.floor(live.now / period))
  }
}
