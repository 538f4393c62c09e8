/**
 * The mesh files of the show, from packages that ship them: the Stanford bunny and the Utah teapot
 * in `seen` (Apache 2.0), a pterosaur in `node-stl` (MIT), and a frog by Owen Collins in
 * `@jscad/examples` (MIT).
 */
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import type { Up } from './mesh.mjs'

export interface Model {
  readonly name: string
  /** Where the file is. */
  readonly path: string
  readonly up: Up
}

const require = createRequire(import.meta.url)

/** A file of a package, by their names. */
function fileOf(name: string, file: string): string {
  return join(dirname(require.resolve(`${name}/package.json`)), file)
}

/** In the order of their numbers in animate.mts. */
export const MODELS: readonly Model[] = [
  { name: 'bunny', path: fileOf('seen', 'site/assets/bunny.obj'), up: 'y' },
  { name: 'teapot', path: fileOf('seen', 'site/assets/teapot.obj'), up: 'y' },
  {
    name: 'pterosaur',
    path: fileOf('node-stl', 'test/test_data/Pterosaur_FDM.stl'),
    up: 'z',
  },
  {
    name: 'frog',
    path: fileOf('@jscad/examples', 'import/STLImport/frog-OwenCollins.stl'),
    up: 'z',
  },
]
