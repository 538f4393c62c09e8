/**
 * Where in the program something was created: only where somebody debugs, as it costs microseconds.
 */

/** `HEDDLE_DEBUG` is set to anything but 0. */
const isDebugging = !['', '0'].includes(process.env.HEDDLE_DEBUG ?? '')

/** Our own files, whose frames say nothing to the user. */
const own = /[\\/](dist|lib)[\\/][\w-]+\.(js|mjs|ts)[:)]/

/** A stack, which the engine turns into text when it is first looked at. */
export interface Site {
  readonly stack?: string
}

/** Here, if it is wanted or `HEDDLE_DEBUG` is set. */
export function creationSite(isWanted: boolean): Site | undefined {
  if (!isWanted && !isDebugging) return undefined
  const site: Site = {}
  Error.captureStackTrace(site, creationSite)
  return site
}

/** The first caller that is not ours: `file:line:column`. */
export function describeSite({ stack = '' }: Site): string {
  const frames = stack.split('\n').slice(1)
  const frame = frames.find((line) => !own.test(line)) ?? frames.at(-1) ?? ''
  return frame.trim().replace(/^at (?:.*\((.*)\)|(.*))$/, '$1$2')
}
