/**
 * Freeing what frames have used.
 */

/** Frees each of them; the first error is thrown when all were tried. */
export function freeAll(all: readonly unknown[]): void {
  const errors: unknown[] = []
  for (const each of all) {
    try {
      free(each)
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** In the way that it has: GPU resources are destroyed, handles closed. */
function free(what: unknown): void {
  if (typeof what === 'function') {
    what()
    return
  }
  if (typeof what !== 'object' || what === null) return
  const of = what as Record<PropertyKey, unknown>
  for (const how of ['destroy', 'close', Symbol.dispose]) {
    if (typeof of[how] !== 'function') continue
    ;(of[how] as () => void)()
    return
  }
}
