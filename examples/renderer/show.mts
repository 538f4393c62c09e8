/**
 * Draws a film: `node show.mjs [--size 240x135] [--quality 1] [--fps 24] [--seconds 8]
 * [--out FOLDER] [--blocking]`. In the folder it leaves the pictures, a preview, what became of
 * each, and a trace. An interrupt ends the film early.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Scheduler, shared } from 'heddle'

import { cameraAt } from './animate.mjs'
import { drawBlocking } from './blocking.mjs'
import { fillView, viewFor } from './camera.mjs'
import { emptyFolder, PREVIEW, RECORD, TRACE } from './files.mjs'
import { type Film, filmOf, periodOf, picturesOf, UsageError } from './film.mjs'
import { graphOf } from './graph.mjs'
import { drawKernel } from './kernels.mjs'
import { Live } from './live.mjs'
import { Progress } from './load.mjs'
import { MODELS } from './models.mjs'
import { sceneFor } from './scene.mjs'
import { TILE, tilesOf } from './trace.mjs'

/** Events of each worker; a film of some seconds has fewer. */
const TRACED = 2 ** 17

/** What a shell says of a program that was interrupted. */
const INTERRUPTED = 130

/** Isolates start, and load what draws, before the first picture is due. */
async function warmUp(scheduler: Scheduler): Promise<void> {
  const [width, height] = [8 * TILE, 4 * TILE]
  const [view, pixels] = [viewFor(), shared(Uint8Array, 4 * width * height)]
  fillView(view, cameraAt(0), width, height)
  const picture = { ...sceneFor(1), view, pixels, width, height, quality: 1, seed: 1 }
  await scheduler.dispatch(drawKernel, tilesOf(width, height), picture)
}

/** Draws it as a graph, and writes what the workers did. */
async function drawGraph(scheduler: Scheduler, film: Film, signal: AbortSignal): Promise<Live> {
  await using file = await scheduler.io.open(join(film.folder, PREVIEW), 'w')
  const progress = new Progress(MODELS)
  const live = new Live(film, progress)
  const { graph, preview } = graphOf(scheduler, film, progress, live, file)
  await using _ = graph
  graph.compile()
  scheduler.trace({ start: true, events: TRACED })
  const last = (picturesOf(film) - 1.5) * periodOf(film)
  live.begin()
  // Without the signal: it would give up pictures that are on their way to a file.
  for await (const { time } of graph.loop({ fps: film.fps })) {
    if (time > last || signal.aborted) break
  }
  // A machine that stops for longer than the film has it without a picture.
  if (preview.frames > 0) await preview.end()
  const trace = scheduler.trace({ stop: true })
  writeFileSync(join(film.folder, TRACE), JSON.stringify(trace))
  return live
}

/** Draws it without one. */
async function drawPlainly(scheduler: Scheduler, film: Film, signal: AbortSignal): Promise<Live> {
  const progress = new Progress(MODELS)
  const live = new Live(film, progress)
  await drawBlocking(scheduler, film, progress, live, signal)
  return live
}

async function main(): Promise<void> {
  const { film, isBlocking } = filmOf(process.argv.slice(2))
  emptyFolder(film.folder)
  const controller = new AbortController()
  process.once('SIGINT', () => controller.abort())
  await using scheduler = new Scheduler()
  await warmUp(scheduler)
  const draw = isBlocking ? drawPlainly : drawGraph
  const live = await draw(scheduler, film, controller.signal)
  const record = live.end(isBlocking ? 'blocking' : 'graph')
  writeFileSync(join(film.folder, RECORD), `${JSON.stringify(record)}\n`)
  if (controller.signal.aborted) process.exitCode = INTERRUPTED
}

try {
  await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`show: ${error.message}`)
  process.exitCode = 2
}
