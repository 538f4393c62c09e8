/** The film as a frame graph: loads, pictures and files, none of which waits for another's kind. */
import { join } from 'node:path'

import { FrameGraph, type FrameInfo, type FrameResource, type Scheduler, shared } from 'heddle'

import { cameraAt, INSTANCES, instancesAt } from './animate.mjs'
import { Animation, type Sink } from './apng.mjs'
import type { Geometry } from './bvh.mjs'
import { fillView, viewFor } from './camera.mjs'
import { LEVEL, pictureName } from './files.mjs'
import { type Film, periodOf, picturesOf } from './film.mjs'
import { drawKernel } from './kernels.mjs'
import type { Live } from './live.mjs'
import { loadModel, type Progress } from './load.mjs'
import { MODELS } from './models.mjs'
import { encodePng } from './png.mjs'
import { fillScene, sceneFor } from './scene.mjs'
import { tilesOf } from './trace.mjs'

/** While one is drawn, those before it are compressed and written. */
const IN_FLIGHT = 4

/** One of so many pictures is in the preview. */
const PREVIEWED = 4

/** What a frame is made of. It draws spheres in the place of meshes that are still loading. */
export function graphOf(
  scheduler: Scheduler,
  film: Film,
  progress: Progress,
  live: Live,
  previewFile: Sink,
): { graph: FrameGraph; preview: Animation } {
  const graph = new FrameGraph(scheduler, { framesInFlight: IN_FLIGHT })
  const meshes = MODELS.map((model) => {
    const mesh = graph.resource<Geometry | undefined>(model.name, () => undefined)
    graph.node(`load ${model.name}`, {
      io: () => loadModel(scheduler, model, progress),
      writes: [mesh],
      lane: 'background',
      once: true,
    })
    return mesh
  })
  const picture = addPicture(graph, film, meshes)
  const when = isIn(film)
  graph.node('show', { run: (f) => live.show(f.time), when, reads: [picture] })
  const preview = addFiles(scheduler, graph, film, picture, previewFile)
  return { graph, preview }
}

/** Whether a frame is in a film: some begin before the last one is over. */
function isIn(film: Film): (f: FrameInfo) => boolean {
  const end = (picturesOf(film) - 0.5) * periodOf(film)
  return (f) => f.time < end
}

/** Adds what draws. */
function addPicture(
  graph: FrameGraph,
  film: Film,
  meshes: readonly FrameResource<Geometry | undefined>[],
): FrameResource<Uint8Array> {
  const { width, height, quality } = film
  const scene = graph.resource('scene', () => sceneFor(INSTANCES))
  const view = graph.resource('view', viewFor)
  const picture = graph.resource('picture', () => shared(Uint8Array, 4 * width * height))
  graph.node('animate', {
    run: (f, r) => {
      const time = f.time / 1000
      fillScene(r(scene), instancesAt(time), meshes.map(r))
      fillView(r(view), cameraAt(time), width, height)
    },
    when: isIn(film),
    reads: meshes,
    writes: [scene, view],
  })
  const constant = { width, height, quality, seed: 1 }
  graph.node('draw', {
    dispatch: [
      drawKernel,
      tilesOf(width, height),
      (_, r) => ({ ...r(scene), ...constant, view: r(view), pixels: r(picture) }),
    ],
    when: isIn(film),
    reads: [scene, view],
    writes: [picture],
  })
  return picture
}

/** Adds what writes pictures, after they were shown. */
function addFiles(
  scheduler: Scheduler,
  graph: FrameGraph,
  film: Film,
  picture: FrameResource<Uint8Array>,
  previewFile: Sink,
): Animation {
  const { width, height, folder } = film
  const options = { lane: 'normal', level: LEVEL } as const
  const when = isIn(film)
  graph.node('save', {
    io: async (f, r) => {
      const file = await encodePng(scheduler, r(picture), width, height, options)
      await scheduler.io.writeFile(join(folder, pictureName(f.index)), file)
    },
    when,
    reads: [picture],
    after: ['show'],
  })
  const preview = new Animation(scheduler, previewFile, width, height, options)
  let before = -PREVIEWED * periodOf(film)
  graph.node('preview', {
    io: (f, r) => {
      // As long as it was since the last one: pictures that were left out do not make it faster.
      const lasts = f.time - before
      before = f.time
      return preview.add(r(picture), lasts)
    },
    when: (f) => when(f) && f.index % PREVIEWED === 0,
    reads: [picture],
    after: ['show'],
  })
  return preview
}
