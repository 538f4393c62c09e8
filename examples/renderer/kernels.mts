/**
 * The renderer's functions as kernels, and what to call in the background until a mesh is there.
 */
import { KernelError, kernel, type TaskScheduler } from 'heddle'

import type { buildGeometry, Geometry } from './bvh.mjs'
import type { decodeMesh, Mesh, Up } from './mesh.mjs'
import type { filterRows } from './png-filter.mjs'
import type { drawTile } from './trace.mjs'

/** Draws a tile of a picture: `dispatch(drawKernel, tilesOf(width, height), picture)`. */
export const drawKernel = kernelOf<typeof drawTile>('trace', 'drawTile')

/** Decodes a mesh file: `call(decodeKernel, [bytes, name])`. */
export const decodeKernel = kernelOf<typeof decodeMesh>('mesh', 'decodeMesh')

/** Builds the tree of a mesh: `call(buildKernel, [mesh, up])`. */
export const buildKernel = kernelOf<typeof buildGeometry>('bvh', 'buildGeometry')

/** Prepares a picture for compression: `call(filterKernel, [pixels, width, height])`. */
export const filterKernel = kernelOf<typeof filterRows>('png-filter', 'filterRows')

export interface Options {
  /** Whose turn it is; 'background' by default. */
  readonly lane?: 'frame' | 'normal' | 'background' | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Decodes a mesh file on an isolate. This thread only hands over where the bytes are.
 *
 * @param bytes - of the file. On shared memory, such as `io.readFile(path, { shared: true })`
 *   gives, they are not copied, and left alone until this is done
 * @param name - of the file, whose ending is that of its format
 * @throws Error that begins with the name, if it is cut off or no mesh: see {@link decodeMesh}
 */
export function decode(
  scheduler: TaskScheduler,
  bytes: Uint8Array,
  name: string,
  options: Options = {},
): Promise<Mesh> {
  return called(scheduler.call(decodeKernel, [bytes, name], { lane: 'background', ...options }))
}

/**
 * Builds the geometry of a mesh on an isolate.
 *
 * @param up - which way is up in the file, to make the mesh stand on the ground with size 1
 * @throws Error if it is no mesh: see {@link buildGeometry}
 */
export function build(
  scheduler: TaskScheduler,
  mesh: Mesh,
  up?: Up,
  options: Options = {},
): Promise<Geometry> {
  return called(scheduler.call(buildKernel, [mesh, up], { lane: 'background', ...options }))
}

/** Prepares the rows of a picture on an isolate: see {@link filterRows}. */
export function filter(
  scheduler: TaskScheduler,
  pixels: Uint8Array,
  width: number,
  height: number,
  options: Options = {},
): Promise<Uint8Array> {
  const args: [Uint8Array, number, number] = [pixels, width, height]
  return called(scheduler.call(filterKernel, args, { lane: 'background', ...options }))
}

/** Each isolate loads the module when it first runs something of it. */
function kernelOf<F extends (...args: never[]) => unknown>(module: string, name: string) {
  return kernel<F>(new URL(`./${module}.mjs`, import.meta.url), name)
}

/** What a kernel gives; or what it has thrown, and not that it has. */
async function called<T>(result: PromiseLike<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw error instanceof KernelError && error.cause instanceof Error ? error.cause : error
  }
}
