/** A line that says how a film is going, while it is. */
import { availableParallelism } from 'node:os'

import {
  type Film,
  isLate,
  periodOf,
  picturesOf,
  type Record,
  type Shown,
  tookOf,
} from './film.mjs'
import type { Progress } from './load.mjs'

/** The line is renewed so often, in milliseconds: where it can be overwritten, and where not. */
const RENEWED = { terminal: 100, file: 1000 }

/** Collects what is shown of a film, and says how it goes. */
export class Live {
  readonly #shown: Shown[] = []
  #first = 0
  #complete: number | null = null
  #late = 0
  #said = 0
  #began = moment()
  #before = this.#began
  readonly #film: Film
  readonly #progress: Progress

  constructor(film: Film, progress: Progress) {
    this.#film = film
    this.#progress = progress
  }

  /** The film begins: the first picture is due. */
  begin(): void {
    this.#began = this.#before = moment()
  }

  /** Milliseconds since the film began. */
  get now(): number {
    return performance.now() - this.#began.at
  }

  /** How many pictures were shown. */
  get count(): number {
    return this.#shown.length
  }

  /** The next picture is there, which was due at a time. */
  show(due: number): void {
    const picture = { due, at: this.now }
    if (this.#shown.push(picture) === 1) this.#first = performance.now()
    if (isLate(picture, this.#film)) this.#late += 1
    if (this.#progress.share === 1) this.#complete ??= picture.at
    const renewed = process.stderr.isTTY ? RENEWED.terminal : RENEWED.file
    if (picture.at - this.#said < renewed) return
    this.#said = picture.at
    this.#say(picture)
  }

  /** The film is over, of which this is the record. */
  end(version: string): Record {
    if (process.stderr.isTTY) process.stderr.write('\n')
    return {
      version,
      film: this.#film,
      shown: this.#shown,
      first: this.#first,
      complete: this.#complete,
      cores: coresBetween(this.#began, moment()),
    }
  }

  #say(picture: Shown): void {
    const number = Math.round(picture.due / periodOf(this.#film)) + 1
    const now = moment()
    const cores = coresBetween(this.#before, now)
    this.#before = now
    const words = [
      `picture ${String(number).padStart(4)} of ${picturesOf(this.#film)}`,
      `${tookOf(picture).toFixed(1).padStart(7)} ms`,
      `${String(this.#late).padStart(3)} late`,
      `meshes ${Math.floor(100 * this.#progress.share)} %`.padStart(12),
      `${cores.toFixed(1)} of ${availableParallelism()} cores`,
    ].join('   ')
    process.stderr.write(process.stderr.isTTY ? `\r${words}\x1b[K` : `${words}\n`)
  }
}

interface Moment {
  readonly at: number
  readonly used: NodeJS.CpuUsage
}

function moment(): Moment {
  return { at: performance.now(), used: process.cpuUsage() }
}

function coresBetween(a: Moment, b: Moment): number {
  const used = b.used.user - a.used.user + b.used.system - a.used.system
  return used / (1000 * (b.at - a.at))
}
