/**
 * A progress bar on standard error, if that is a terminal.
 */
import { fstatSync } from 'node:fs'

import { count, size } from './format.js'
import { type Obstacle, scribble, setObstacle } from './output.js'
import type { State } from './run.js'

/** What the bar shows. */
export interface View extends State {
  readonly label: string
  readonly bytes: number
  readonly seconds: number
}

const STDOUT = 1
const STDERR = 2
const PERIOD_MS = 100
const WIDTH_DEFAULT = 80
const BAR_MAX = 40
const BAR_MIN = 10
/** Of the segment that wanders while the total is not known. */
const SEGMENT = 3
const CLEAR = '\r\x1b[K'

/** Draws what `look` returns, ten times a second. */
class Progress implements Obstacle {
  readonly isOnOutput = isTerminal(STDOUT)
  readonly #look: () => View
  readonly #timer: NodeJS.Timeout
  #isShown = false
  #step = 0

  constructor(look: () => View) {
    this.#look = look
    this.#timer = setInterval(() => this.#draw(), PERIOD_MS)
    setObstacle(this)
    this.#draw()
  }

  /** Takes the bar away until it is drawn again, so that something else can be written. */
  clear(): void {
    if (this.#isShown) scribble(CLEAR)
    this.#isShown = false
  }

  /** Takes it away for good. */
  stop(): void {
    clearInterval(this.#timer)
    setObstacle(undefined)
    this.clear()
  }

  #draw(): void {
    scribble(
      `\r${render(this.#look(), process.stderr.columns || WIDTH_DEFAULT, this.#step++)}\x1b[K`,
    )
    this.#isShown = true
  }
}

/** Shows a bar where there is a terminal that can take it. Returns how to take it away. */
export function startProgress(look: () => View): () => void {
  if (!isTerminal(STDERR) || process.env.TERM === 'dumb') return () => {}
  const progress = new Progress(look)
  return () => progress.stop()
}

function isTerminal(fd: number): boolean {
  if (!fstatSync(fd).isCharacterDevice()) return false
  // Loaded only here: it takes Node 5 ms. Not process.stdout: that would make a pipe non-blocking.
  return (require('node:tty') as typeof import('node:tty')).isatty(fd)
}

/** One line, shorter than the terminal is wide. `step` moves what has no other way to move. */
export function render(view: View, columns: number, step: number): string {
  const room = columns - 1
  const pieces = piecesOf(view)
  // What does not fit is left out, the least important first.
  while (pieces.length > 1 && widthOf(pieces) > room) pieces.pop()
  const bar = Math.min(BAR_MAX, room - widthOf(pieces) - '[]  '.length)
  const [label = '', ...rest] = pieces
  const drawn =
    bar < BAR_MIN ? [] : [`[${view.isWalked ? filled(view, bar) : wandering(bar, step)}]`]
  return [label, ...drawn, ...rest].join('  ').slice(0, Math.max(room, 0))
}

function piecesOf({ label, found, isWalked, done, bytes, seconds }: View): string[] {
  const percent = isWalked
    ? [`${String(Math.floor((100 * done) / Math.max(found, 1))).padStart(3)} %`]
    : []
  const files = isWalked ? `${count(done)} of ${count(found)} files` : `${count(done)} files`
  const rate = seconds > 0 && bytes > 0 ? [`${size(bytes / seconds)}/s`] : []
  return [label, ...percent, files, size(bytes), ...rate]
}

function widthOf(pieces: string[]): number {
  return pieces.join('  ').length
}

function filled({ done, found }: View, width: number): string {
  const full = Math.floor((width * done) / Math.max(found, 1))
  return '#'.repeat(full).padEnd(width)
}

function wandering(width: number, step: number): string {
  const ways = width - SEGMENT
  const at = ways - Math.abs(ways - (step % (2 * ways)))
  return `${' '.repeat(at)}${'#'.repeat(SEGMENT)}`.padEnd(width)
}
