// The plots: what reads cost by depth, how many there are and how long they take; stalls of frames.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { STATES } from './rows.mjs'
import { document, legend, line, logScale, mark, polyline, short, text } from './svg.mjs'
import { readsOf } from './tables.mjs'

/** Who is drawn, and how. Not everybody: some lines would hide each other. */
const SERIES = [
  { name: 'pread', id: 'pread', shape: 'diamond', isPoint: true },
  { name: 'mmap, MADV_RANDOM', id: 'map', shape: 'triangle', isPoint: true },
  { name: 'pool of 4 threads', id: 'pool', shape: 'square' },
  { name: 'io_uring', id: 'ring', shape: 'circle' },
  { name: 'io_uring, DEFER_TASKRUN, fixed', id: 'defer', shape: 'triangle', dash: '6 3' },
  { name: 'io_uring, SQPOLL', id: 'poll', shape: 'cross', dash: '2 3' },
  { name: 'fs.read', id: 'callback', shape: 'square' },
  { name: 'FileHandle.read', id: 'promise', shape: 'triangle' },
  { name: 'heddle File.read', id: 'heddle', shape: 'circle', width: 3 },
]

/** On white, and on black. */
const COLOURS = {
  pread: ['#1f2328', '#e6edf3'],
  map: ['#1a7f37', '#56d364'],
  pool: ['#bc4c00', '#ffa657'],
  ring: ['#0550ae', '#79c0ff'],
  defer: ['#0a7ea4', '#39c5cf'],
  poll: ['#6e7781', '#8b949e'],
  callback: ['#9a6700', '#e3b341'],
  promise: ['#8250df', '#d2a8ff'],
  heddle: ['#cf222e', '#ff7b72'],
}

const WIDTH = 960
const STATE_TITLES = { hot: 'cached', cold: 'not cached', direct: 'O_DIRECT' }
const PANEL = { left: 64, top: 64, width: 250, height: 240, gap: 46 }

/** One panel: depths from left to right, the figure upward. */
function drawPanel(left, cells, depths, { place, ticks }, figure, title) {
  const { top, width, height } = PANEL
  const bottom = top + height
  const x = (depth) => left + 16 + (depths.indexOf(depth) / (depths.length - 1 || 1)) * (width - 32)
  const drawn = [text(left + width / 2, top - 12, title, { anchor: 'middle' })]
  for (const tick of ticks) {
    drawn.push(line(left, place(tick), left + width, place(tick)))
    drawn.push(text(left - 6, place(tick) + 4, short(tick), { anchor: 'end', muted: true }))
  }
  drawn.push(line(left, bottom, left + width, bottom, 'axis'))
  for (const depth of depths) {
    drawn.push(text(x(depth), bottom + 18, String(depth), { anchor: 'middle', muted: true }))
  }
  drawn.push(text(left + width / 2, bottom + 38, 'reads in flight', { anchor: 'middle' }))
  for (const series of SERIES) {
    const own = cells.filter(({ name }) => name === series.name)
    if (own.length === 0) continue
    const points = own.map((cell) => [x(cell.depth), place(cell[figure])])
    drawn.push(polyline(points, series))
  }
  return drawn
}

/** A panel a state, with one scale for all. */
function drawByDepth(results, order, figure, title, unit) {
  const names = SERIES.map(({ name }) => name)
  const cells = STATES.map((state) =>
    readsOf(results, order, state).filter(({ name }) => names.includes(name)),
  )
  const values = cells.flat().map((cell) => cell[figure])
  if (values.length === 0) return undefined
  const { left, top, width, height, gap } = PANEL
  const depths = [...new Set(cells.flat().map(({ depth }) => depth))].sort((a, b) => a - b)
  const scale = logScale(values, top + height, top)
  const drawn = STATES.flatMap((state, i) => {
    const x = left + i * (width + gap)
    return drawPanel(x, cells[i], depths, scale, figure, STATE_TITLES[state])
  })
  drawn.push(text(18, top + height / 2, unit, { anchor: 'middle', turn: -90 }))
  const below = legend(left, top + height + 66, WIDTH - left - 16, SERIES)
  const all = [...drawn, below.drawn]
  return document(WIDTH, top + height + 66 + below.height, title, COLOURS, all)
}

const ROW = 22

/** A line a method, from the mean stall to the worst. */
function drawFrames(results) {
  const cells = results.filter(({ group, skipped }) => group === 'frames' && !skipped)
  if (cells.length === 0) return undefined
  const [left, right, top] = [330, WIDTH - 40, 78]
  const bottom = top + cells.length * ROW
  // Nothing is seen of what is below a microsecond.
  const stall = (value) => Math.max(1, value)
  const values = cells.flatMap(({ mean, worst }) => [stall(mean), stall(worst)])
  const { place, ticks } = logScale(values, left, right)
  const drawn = ticks.flatMap((tick) => [
    line(place(tick), top - 8, place(tick), bottom),
    text(place(tick), bottom + 18, short(tick), { anchor: 'middle', muted: true }),
  ])
  cells.forEach(({ language, name, mean, worst }, i) => {
    const y = top + i * ROW + ROW / 2 - 4
    const label = language === 'JavaScript' ? name : `C++: ${name}`
    const weight = name.startsWith('heddle') ? '600' : ''
    drawn.push(text(left - 16, y + 4, label, { anchor: 'end', weight }))
    drawn.push(line(place(stall(mean)), y, place(stall(worst)), y, 'span'))
    drawn.push(mark(place(stall(mean)), y, { id: 'ring', shape: 'circle' }))
    drawn.push(mark(place(stall(worst)), y, { id: 'heddle', shape: 'diamond' }))
  })
  const middle = (left + right) / 2
  drawn.push(text(middle, bottom + 38, 'µs beyond an undisturbed frame', { anchor: 'middle' }))
  const marks = [
    { name: 'mean', id: 'ring', shape: 'circle', isPoint: true },
    { name: 'worst', id: 'heddle', shape: 'diamond', isPoint: true },
  ]
  drawn.push(legend(left, 48, 480, marks).drawn)
  const title = 'Stalls of a frame of 500 µs while 256 MiB are loaded behind it'
  return document(WIDTH, bottom + 54, title, COLOURS, drawn)
}

/** Writes every plot for which something was measured. */
export function drawAll(results, folder) {
  mkdirSync(folder, { recursive: true })
  const plots = {
    'io-cpu': ['random', 'cpu', 'CPU of a random read of 4 KiB, all threads', 'µs'],
    'io-rate': ['random', 'rate', 'Random reads of 4 KiB', 'reads a second'],
    'io-p50': ['random', 'p50', 'How long a random read of 4 KiB takes: the median', 'µs'],
    'io-p99': ['random', 'p99', 'How long a random read of 4 KiB takes: 99 of 100', 'µs'],
    'io-sequential': ['sequential', 'megabytes', 'Reads of 1 MiB in order', 'MB/s'],
  }
  const drawn = Object.entries(plots).map(([name, plot]) => [name, drawByDepth(results, ...plot)])
  for (const [name, svg] of [...drawn, ['io-frames', drawFrames(results)]]) {
    if (svg !== undefined) writeFileSync(join(folder, `${name}.svg`), svg)
  }
}
