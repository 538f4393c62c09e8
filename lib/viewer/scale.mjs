/**
 * Time: which part of it is in view, how it is written, and where the axis has its ticks.
 */

/** The least that can be in view, in microseconds. */
const LEAST = 0.01
const UNITS = [
  [1e6, 's'],
  [1e3, 'ms'],
  [1, 'µs'],
  [1e-3, 'ns'],
]

/** The part of `0` to `whole` that is in view; it never goes beyond. */
export class View {
  constructor(whole) {
    this.whole = Math.max(whole, LEAST)
    this.fit()
  }

  get span() {
    return this.end - this.begin
  }

  fit() {
    this.begin = 0
    this.end = this.whole
  }

  show(begin, end) {
    const span = Math.min(this.whole, Math.max(LEAST, end - begin))
    const middle = (begin + end) / 2
    this.begin = Math.min(Math.max(0, middle - span / 2), this.whole - span)
    this.end = this.begin + span
  }

  /** `time` stays where it is. A factor below 1 zooms in. */
  zoom(factor, time) {
    const span = Math.min(this.whole, Math.max(LEAST, this.span * factor))
    const share = (time - this.begin) / this.span
    const begin = time - share * span
    this.show(begin, begin + span)
  }

  pan(time) {
    this.show(this.begin + time, this.end + time)
  }
}

/**
 * `12.3 ms`, with four digits at most; or with as many as it takes to tell steps apart, in the unit
 * in which `size` is written.
 *
 * @param {number} time
 * @param {string} unit
 * @param {number | undefined} step
 */
export function formatTime(time, unit = 'µs', step = undefined, size = Math.abs(time)) {
  if (unit !== 'µs') return formatSteps(time, step, unit)
  if (time === 0) return '0'
  const [scale, name] = UNITS.find(([each]) => size >= each) ?? UNITS.at(-1)
  if (step === undefined)
    return `${trim((time / scale).toFixed(significant(size / scale)))} ${name}`
  return `${(time / scale).toFixed(decimals(step / scale))} ${name}`
}

function formatSteps(time, step, unit) {
  const digits = step !== undefined && step < 1 ? decimals(step) : 0
  return step === undefined ? `${trim(time.toFixed(2))} ${unit}` : time.toFixed(digits)
}

function significant(value) {
  if (value >= 100) return 1
  return value >= 10 ? 2 : 3
}

function decimals(step) {
  return Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))
}

function trim(text) {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text
}

/** Round times in view, at least `apart` from each other. */
export function ticksOf(view, apart) {
  const power = 10 ** Math.floor(Math.log10(apart))
  const step = [1, 2, 5, 10].map((each) => each * power).find((each) => each >= apart * 0.999)
  const ticks = []
  const first = Math.ceil(view.begin / step - 1e-9)
  for (let i = first; i * step <= view.end; ++i) ticks.push(i * step)
  return { ticks, step }
}

/** `#zoom=from,to` in microseconds, and `q`, what is searched for. Undefined: not there. */
export function readHash(hash) {
  const words = new URLSearchParams(hash.replace(/^#/, ''))
  const [begin, end] = (words.get('zoom') ?? '').split(',').map(Number)
  const zoom = Number.isFinite(begin) && Number.isFinite(end) && end > begin
  return { zoom: zoom ? [begin, end] : undefined, query: words.get('q') ?? undefined }
}

export function writeHash(view, query) {
  const words = []
  if (view.span < view.whole) words.push(`zoom=${round(view.begin)},${round(view.end)}`)
  if (query !== '') words.push(`q=${encodeURIComponent(query)}`)
  return words.length > 0 ? `#${words.join('&')}` : ''
}

const round = (time) => Number(time.toFixed(4))
