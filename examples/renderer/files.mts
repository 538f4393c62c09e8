/** The files of a film: their names in its folder, and how they are compressed. */
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** Pictures one after the other, as an animated PNG file. */
export const PREVIEW = 'preview.png'
/** A `Record`: see film.mts. */
export const RECORD = 'film.json'
/** What the workers did. */
export const TRACE = 'trace.json'
/** See chart.mts. */
export const CHART = 'frame-times.svg'
/** What `heddle trace` makes of a trace. */
const PAGE = 'trace.html'

/** How hard zlib tries, in every version. */
export const LEVEL = 3

/** The name of a picture's file; they count from 0. */
export function pictureName(index: number): string {
  return `${String(index).padStart(5, '0')}.png`
}

/** Makes a folder ready for a film: those files of the last one are removed, and no others. */
export function emptyFolder(folder: string): void {
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) {
    const isOurs =
      [PREVIEW, RECORD, TRACE, CHART, PAGE].includes(name) || /^\d{5,}\.png$/.test(name)
    if (isOurs) rmSync(join(folder, name))
  }
}
