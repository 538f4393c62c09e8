/** Meshes from their files, with how far that is. */
import { readFileSync, statSync } from 'node:fs'

import type { TaskScheduler } from 'heddle'

import { buildGeometry, type Geometry } from './bvh.mjs'
import { build, decode } from './kernels.mjs'
import { decodeMesh } from './mesh.mjs'
import type { Model } from './models.mjs'

/** What part of the whole each step is, about: a tree takes far longer than the rest. */
const STEPS = { read: 0.05, decode: 0.25, build: 0.7 }

/** How far the loading of some models is. */
export class Progress {
  #done = 0
  readonly #all: number

  constructor(models: readonly Model[]) {
    this.#all = models.reduce((sum, { path }) => sum + statSync(path).size, 0)
  }

  /** From 0 to 1, which is everything. */
  get share(): number {
    return this.#done > this.#all - 0.5 ? 1 : this.#done / this.#all
  }

  /** A step is done, of a file with so many bytes. */
  add(step: keyof typeof STEPS, bytes: number): void {
    this.#done += STEPS[step] * bytes
  }
}

/** Reads a file without a thread that waits for it, and has isolates do the rest. */
export async function loadModel(
  scheduler: TaskScheduler,
  { path, up }: Model,
  progress: Progress,
): Promise<Geometry> {
  const bytes = await scheduler.io.readFile(path, { shared: true })
  progress.add('read', bytes.length)
  const mesh = await decode(scheduler, bytes, path)
  progress.add('decode', bytes.length)
  const geometry = await build(scheduler, mesh, up)
  progress.add('build', bytes.length)
  return geometry
}

/** The same as most programs do it: this thread does nothing else meanwhile. */
export function loadModelBlocking({ path, up }: Model, progress: Progress): Geometry {
  const bytes = readFileSync(path)
  progress.add('read', bytes.length)
  const mesh = decodeMesh(undefined, bytes, path)
  progress.add('decode', bytes.length)
  const geometry = buildGeometry(undefined, mesh, up)
  progress.add('build', bytes.length)
  return geometry
}
