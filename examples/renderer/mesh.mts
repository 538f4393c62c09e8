/** Meshes of triangles, and the formats of files that they come in. */
import { decodeObj } from './obj.mjs'
import { decodeStl } from './stl.mjs'

/** Triangles on memory that every thread sees. */
export interface Mesh {
  /** Three coordinates a vertex. */
  readonly positions: Float32Array
  /** Three coordinates a vertex, of length 1. */
  readonly normals: Float32Array
  /** Three vertices a triangle, counter-clockwise from outside; each is one that there is. */
  readonly indices: Uint32Array
}

/** Which axis points up in a file. Here it is y. */
export type Up = 'y' | 'z'

/**
 * Decodes a file by the ending of its name: `.obj`, or `.stl` in both of its forms. This is the
 * function of a kernel, so an isolate may run it.
 *
 * @param _ - the context of the kernel, which it does not need
 * @param bytes - of the file; read only
 * @throws Error that begins with the name and says what is wrong, if the file is cut off, is no
 *   mesh, or is of an unknown format
 */
export function decodeMesh(_: unknown, bytes: Uint8Array, name: string): Mesh {
  if (/\.obj$/i.test(name)) return decodeObj(bytes, name)
  if (/\.stl$/i.test(name)) return decodeStl(bytes, name)
  throw new Error(`${name}: no format that is known, which are .obj and .stl`)
}
