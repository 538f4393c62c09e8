/** What is drawn, and what is known of each picture once it was shown. */
import { parseArgs } from 'node:util'

/** A film to be drawn. */
export interface Film {
  readonly width: number
  readonly height: number
  /** See trace.mts. */
  readonly quality: number
  /** Pictures in a second. */
  readonly fps: number
  readonly seconds: number
  /** Where its files go. */
  readonly folder: string
}

/** A picture that was shown: times in milliseconds since the film began. */
export interface Shown {
  readonly due: number
  readonly at: number
}

/** What a film has come to. */
export interface Record {
  readonly version: string
  readonly film: Film
  readonly shown: readonly Shown[]
  /** From the start of the program to its first picture, in milliseconds. */
  readonly first: number
  /** When all meshes were there, in milliseconds since the film began; null: they never were. */
  readonly complete: number | null
  /** How many cores were busy, on average. */
  readonly cores: number
}

/** A command line that is not understood. */
export class UsageError extends Error {}

/** The words of a command line, and what they are if they are not given. */
const OPTIONS = {
  size: { type: 'string', default: '240x135' },
  quality: { type: 'string', default: '1' },
  fps: { type: 'string', default: '24' },
  seconds: { type: 'string', default: '8' },
  out: { type: 'string', default: 'out/film' },
  blocking: { type: 'boolean', default: false },
} as const

/**
 * The film that a command line asks for, and which version of the program is to draw it.
 *
 * @throws UsageError if it asks for something else
 */
export function filmOf(args: readonly string[]): { film: Film; isBlocking: boolean } {
  const values = valuesOf(args)
  const [, width, height] = /^(\d+)x(\d+)$/.exec(values.size) ?? []
  if (width === undefined) throw new UsageError(`--size is as 240x135, not ${values.size}`)
  if (values.out === '') throw new UsageError('--out is a folder')
  const film = {
    width: integerOf('--size', width, 1, 8192),
    height: integerOf('--size', height, 1, 8192),
    quality: integerOf('--quality', values.quality, 0, 1000),
    fps: numberOf('--fps', values.fps, 1, 1000),
    seconds: numberOf('--seconds', values.seconds, 0.01, 3600),
    folder: values.out,
  }
  return { film, isBlocking: values.blocking }
}

/** From one picture to the next, in milliseconds. */
export function periodOf({ fps }: Film): number {
  return 1000 / fps
}

/** How many pictures are due in all. */
export function picturesOf({ fps, seconds }: Film): number {
  return Math.ceil(fps * seconds)
}

/** From when a picture was due until it was shown, in milliseconds. */
export function tookOf({ due, at }: Shown): number {
  return at - due
}

/** Whether the next picture was due before this one was shown. */
export function isLate(picture: Shown, film: Film): boolean {
  return tookOf(picture) > periodOf(film)
}

/** How many of a film's pictures were late. */
export function countLate({ shown, film }: Record): number {
  return shown.filter((picture) => isLate(picture, film)).length
}

function valuesOf(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS }).values
  } catch (error) {
    // All that is wrong with the words themselves; the rest of it explains what a word is.
    throw new UsageError((error as Error).message.split(/\.\s/, 1)[0])
  }
}

function integerOf(option: string, text: string, from: number, to: number): number {
  const number = numberOf(option, text, from, to)
  if (!Number.isInteger(number)) throw new UsageError(`${option} has whole numbers, not ${text}`)
  return number
}

function numberOf(option: string, text: string, from: number, to: number): number {
  const number = text.trim() === '' ? Number.NaN : Number(text)
  if (number >= from && number <= to) return number
  throw new UsageError(`${option} has numbers from ${from} to ${to}, not ${text || 'nothing'}`)
}
