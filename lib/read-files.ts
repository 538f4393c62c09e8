/**
 * Many files, read some at a time, as they come.
 */
import type { Async } from './async.js'
import type { IoError } from './errors.js'
import type { Path } from './paths.js'

/** How many are read at once: enough for a disk, few enough for their memory. */
const AT_ONCE = 64

/** The contents of a file, or why there are none. */
export type ReadFile<P extends Path = Path> =
  | { path: P; index: number; data: Uint8Array; error?: undefined }
  | { path: P; index: number; data?: undefined; error: IoError }

/**
 * The files in the order in which they come, with the index of their path. No more are begun than
 * the reader takes: at most 64 are on their way or wait for it.
 */
export async function* readAll<P extends Path>(
  paths: readonly P[],
  read: (path: P, index: number) => Async<Uint8Array>,
): AsyncGenerator<ReadFile<P>, void, undefined> {
  const come: ReadFile<P>[] = []
  let wake = () => {}
  let next = 0
  let left = paths.length
  const begin = () => {
    const index = next++
    const path = paths[index] as P
    const arrived = (found: ReadFile<P>) => {
      come.push(found)
      wake()
    }
    read(path, index)
      .get()
      .then(
        (data) => arrived({ path, index, data }),
        (error) => arrived({ path, index, error }),
      )
  }
  for (; left > 0; --left) {
    while (next < paths.length && next - (paths.length - left) < AT_ONCE) begin()
    if (come.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    yield come.shift() as ReadFile<P>
  }
}
