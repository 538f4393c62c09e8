/** A chart, as SVG, of how long after they were due the pictures of films were shown. */
import {
  countLate,
  type Film,
  isLate,
  periodOf,
  picturesOf,
  type Record,
  type Shown,
  tookOf,
} from './film.mjs'

/** All in units of the chart, which are pixels where nobody makes it larger. */
const [WIDTH, HEIGHT] = [960, 380]
const [TOP, BOTTOM, LEFT, GAP, RIGHT] = [84, 332, 56, 28, 16]
const DOT = 2.2

/** What the axis of milliseconds may begin and end at, and where it has lines. */
const TICKS = [0, 1, 2, 3, 4].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power))

/** It begins there, or below. */
const LOW = 5

const STYLE = `
  .back { fill: #fff } .ink { fill: #1f2328 } .muted { fill: #59636e }
  .grid { stroke: #d8dee4 } .axis { stroke: #59636e; fill: none }
  .period { stroke: #1a7f37; stroke-width: 1.5; stroke-dasharray: 6 4 } .green { fill: #1a7f37 }
  .shown { fill: #0550ae } .late { fill: #cf222e }`

/** Where the time of a film is across its panel, and milliseconds are up and down. */
interface Axes {
  readonly ticks: readonly number[]
  x(milliseconds: number): number
  y(milliseconds: number): number
}

/** The films side by side, on the same axes. They are the same but for what draws them. */
export function chartOf(records: readonly Record[]): string {
  const [{ film }] = records
  const panel = (WIDTH - LEFT - RIGHT - GAP * (records.length - 1)) / records.length
  const axes = axesOf(records, panel)
  const { width, height, quality, fps } = film
  const settings = `${width} by ${height} pixels, quality ${quality}, ${fps} pictures a second`
  const panels = records.map((record, i) => {
    const at = `translate(${LEFT + i * (panel + GAP)} 0)`
    return `<g transform="${at}">\n${panelOf(record, axes, panel, i === 0)}\n</g>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" \
viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12" role="img">
<title>When pictures were shown: ${settings}</title>
<style>${STYLE}
</style>
<rect class="back" width="${WIDTH}" height="${HEIGHT}"/>
${textAt(LEFT, 24, 'From when a picture was due until it was shown', 'ink', 'font-size="16"')}
${textAt(LEFT, 44, `${settings}; milliseconds, on a logarithmic scale`, 'muted')}
${panels.join('\n')}
</svg>
`
}

function axesOf(records: readonly Record[], panel: number): Axes {
  const { film } = records[0]
  const times = records.flatMap(({ shown }) => shown.map(tookOf))
  const begin = Math.min(LOW, ...times)
  const low = Math.max(TICKS[0], ...TICKS.filter((tick) => tick <= begin))
  const end = Math.max(...times, 1.5 * periodOf(film))
  const high = TICKS.find((tick) => tick > end) ?? end
  const [from, range] = [Math.log(low), Math.log(high / low)]
  return {
    ticks: TICKS.filter((tick) => tick >= low && tick <= high),
    x: (time) => (panel * time) / (1000 * film.seconds),
    y: (time) => BOTTOM - ((BOTTOM - TOP) * (Math.log(Math.max(time, low)) - from)) / range,
  }
}

function panelOf(record: Record, axes: Axes, panel: number, isFirst: boolean): string {
  const { version, film, shown } = record
  const { x, y, ticks } = axes
  const period = y(periodOf(film))
  const counts = `: ${shown.length} of ${picturesOf(film)} pictures, ${countLate(record)} late`
  const label = `<tspan class="ink" font-weight="bold">${version}</tspan>${counts}`
  return [
    textAt(0, TOP - 10, label, 'muted'),
    ...ticks.map((tick) => `<path class="grid" d="M0 ${round(y(tick))}H${round(panel)}"/>`),
    ...(isFirst ? ticks.map((tick) => labelAt(-6, y(tick) + 4, `${tick}`, 'end')) : []),
    ...secondsOf(film).map((second) => labelAt(x(1000 * second), BOTTOM + 18, `${second} s`)),
    `<path class="axis" d="M0 ${TOP}V${BOTTOM}H${round(panel)}"/>`,
    `<path class="period" d="M0 ${round(period)}H${round(panel)}"/>`,
    labelAt(panel - 4, period - 5, 'the next picture is due', 'end', 'green'),
    ...shown.map((picture) => dotOf(picture, film, axes)),
  ].join('\n')
}

function dotOf(picture: Shown, film: Film, { x, y }: Axes): string {
  const kind = isLate(picture, film) ? 'late' : 'shown'
  const [across, down] = [x(picture.due), y(tookOf(picture))].map(round)
  return `<circle class="${kind}" cx="${across}" cy="${down}" r="${DOT}"/>`
}

/** Some six seconds of a film, at least its beginning. */
function secondsOf({ seconds }: Film): number[] {
  const step = TICKS.find((tick) => tick >= seconds / 8) ?? seconds
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, i) => i * step)
}

function labelAt(x: number, y: number, text: string, anchor = 'middle', kind = 'muted'): string {
  return textAt(x, y, text, kind, `text-anchor="${anchor}"`)
}

/** The text is of this file or of numbers: nothing in it has to be escaped. */
function textAt(x: number, y: number, text: string, kind: string, more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${kind}" ${more}>${text}</text>`
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
