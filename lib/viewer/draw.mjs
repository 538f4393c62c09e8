/**
 * Draws the chart: rows of slices, the axis above them, and what is under the pointer.
 */
import { drawArrows } from './arrows.mjs'
import { inkOn } from './colors.mjs'
import { blend, firstAfter, firstFrom, isRest, loadOf } from './data.mjs'
import { AXIS, GUTTER } from './layout.mjs'
import { formatTime, ticksOf } from './scale.mjs'

const FONT = '11px system-ui, sans-serif'
const TICK_PIXELS = 110
/** Below that, slices are blended. */
const NARROW = 1
/** Below that, a slice has no text. */
const TEXT_PIXELS = 26
/** What does not match a search is that faint. */
const FAINT = 0.13

/** Everything, anew. `app` is the state of the page: see `main.mjs`. */
export function drawChart(context, app) {
  const { layout, theme } = app
  context.font = FONT
  context.textBaseline = 'middle'
  context.fillStyle = theme.page
  context.fillRect(0, 0, layout.width, layout.height)
  const visible = app.data.rows.filter(({ index }) => layout.isVisible(index))
  for (const row of visible) drawBand(context, app, row)
  clipped(context, GUTTER, AXIS, layout, () => {
    drawGrid(context, app)
    for (const row of visible) drawRow(context, app, row)
    drawMarks(context, app)
    drawArrows(context, app)
    drawHovered(context, app)
  })
  clipped(context, 0, AXIS, layout, () => {
    for (const row of visible) drawLabel(context, app, row)
  })
  drawAxis(context, app)
}

function clipped(context, x, y, { width, height }, draw) {
  context.save()
  context.beginPath()
  context.rect(x, y, width - x, height - y)
  context.clip()
  draw()
  context.restore()
}

function drawBand(context, { layout, theme }, { index }) {
  if (index % 2 === 1) return
  context.fillStyle = theme.band
  context.fillRect(0, layout.top(index) - 5, layout.width, layout.heightOf(index) + 10)
}

function drawLabel(context, { data, layout, theme, view, hovered }, row) {
  const top = layout.top(row.index)
  const [text, y] = [fitting(context, row.name, GUTTER - 62), top + layout.lane / 2]
  context.fillStyle = theme.text
  context.textAlign = 'left'
  context.globalAlpha = hovered?.row === undefined || hovered.row === row.index ? 1 : 0.65
  context.fillText(text, 10, y)
  const load = loadOf(data, row, view.begin, view.end)
  context.textAlign = 'right'
  context.fillStyle = theme.faint
  context.fillText(`${Math.round(load * 100)}%`, GUTTER - 10, y)
  context.globalAlpha = 1
  context.fillStyle = theme.line
  context.fillRect(10, top + layout.lane, GUTTER - 20, 2)
  context.fillStyle = theme.load
  context.fillRect(10, top + layout.lane, (GUTTER - 20) * load, 2)
}

function drawGrid(context, { layout, theme, view }) {
  const { ticks } = ticksOf(view, (view.span / layout.chartWidth) * TICK_PIXELS)
  context.fillStyle = theme.line
  for (const tick of ticks) context.fillRect(Math.round(layout.x(view, tick)), 0, 1, layout.height)
}

function drawAxis(context, { data, layout, theme, view }) {
  const { ticks, step } = ticksOf(view, (view.span / layout.chartWidth) * TICK_PIXELS)
  context.fillStyle = theme.page
  context.fillRect(0, 0, layout.width, AXIS)
  context.fillStyle = theme.line
  context.fillRect(0, AXIS - 1, layout.width, 1)
  context.fillStyle = theme.faint
  context.textAlign = 'left'
  context.fillText(`${formatTime(view.span, data.unit)} in view`, 10, AXIS / 2)
  context.textAlign = 'center'
  for (const tick of ticks) {
    const text = formatTime(tick, data.unit, step, view.end)
    const half = context.measureText(text).width / 2
    const x = Math.round(layout.x(view, tick))
    context.fillRect(x, AXIS - 6, 1, 5)
    const at = Math.min(layout.width - half - 4, Math.max(GUTTER + half + 4, x))
    context.fillText(text, at, AXIS / 2 - 2)
  }
  context.fillStyle = theme.line
  context.fillRect(GUTTER - 1, 0, 1, layout.height)
}

function drawRow(context, app, row) {
  const top = app.layout.top(row.index)
  for (const [depth, lane] of row.lanes.entries()) {
    drawLane(context, app, lane, top + depth * app.layout.lane)
  }
}

/** From left to right: a slice that is wide enough, or all that begin in one pixel. */
function drawLane(context, app, lane, top) {
  const { data, layout, view } = app
  const { start, duration } = data.slices
  const pixel = view.span / layout.chartWidth
  let i = firstAfter(data, lane, view.begin)
  while (i < lane.to && start[i] <= view.end) {
    if (duration[i] >= NARROW * pixel) {
      drawSlice(context, app, i, top)
      i += 1
      continue
    }
    const x = Math.floor(layout.x(view, start[i]))
    const limit = firstFrom(data, i, lane.to, layout.time(view, x + 1))
    let next = Math.max(i + 1, limit)
    // A wide one that begins here is drawn as such.
    if (duration[next - 1] >= NARROW * pixel) next -= 1
    drawBlend(context, app, i, next, x, top, pixel)
    i = next
  }
}

function drawSlice(context, app, i, top) {
  const { colors, data, layout, view } = app
  const { start, duration, kind: kinds } = data.slices
  const kind = data.kinds[kinds[i]]
  const left = Math.max(GUTTER - 4, layout.x(view, start[i]))
  const right = Math.min(layout.width + 4, layout.x(view, start[i] + duration[i]))
  const width = Math.max(1, right - left - (right - left > 3 ? 1 : 0))
  context.globalAlpha = alphaOf(app, kinds[i])
  if (kind.category === 'parked') drawParked(context, app, left, top, width)
  else if (kind.category === 'idle') drawIdle(context, app, left, top, width)
  else {
    context.fillStyle = colors[kinds[i]]
    context.fillRect(left, top, width, layout.lane - 1)
    if (width >= TEXT_PIXELS) drawText(context, app, kind.name, left, top, width)
  }
  context.globalAlpha = 1
}

/** Out of sight, but there. */
function drawParked(context, { layout, theme }, left, top, width) {
  context.fillStyle = theme.parked
  context.fillRect(left, top, width, layout.lane - 1)
  if (width < 5) return
  context.save()
  context.beginPath()
  context.rect(left, top, width, layout.lane - 1)
  context.clip()
  context.strokeStyle = theme.parkedLine
  context.lineWidth = 1
  context.beginPath()
  for (let x = Math.floor(left / 7) * 7 - layout.lane; x < left + width; x += 7) {
    context.moveTo(x, top + layout.lane)
    context.lineTo(x + layout.lane, top)
  }
  context.stroke()
  context.restore()
}

function drawIdle(context, { layout, theme }, left, top, width) {
  context.fillStyle = theme.idle
  context.fillRect(left, top + layout.lane / 2 - 3, width, 5)
}

/** As high as it is full. */
function drawBlend(context, app, from, to, x, top, pixel) {
  const { colors, data, layout, theme } = app
  const { kind, share } = blend(data, from, to, pixel)
  const isAtRest = isRest(data.kinds[kind])
  const height = isAtRest ? layout.lane - 1 : Math.max(3, share * (layout.lane - 1))
  if (!isAtRest && height < layout.lane - 2) {
    context.fillStyle = theme.parked
    context.fillRect(x, top, 1, layout.lane - 1)
  }
  context.globalAlpha = app.matches === undefined ? 1 : blendAlpha(app, from, to)
  if (isAtRest && data.kinds[kind].category === 'idle') drawIdle(context, app, x, top, 1)
  else {
    context.fillStyle = colors[kind]
    context.fillRect(x, top + layout.lane - 1 - height, 1, height)
  }
  context.globalAlpha = 1
}

/** What is found is seen, however small. */
function blendAlpha({ data, matches }, from, to) {
  const step = Math.max(1, Math.floor((to - from) / 64))
  for (let i = from; i < to; i += step) if (matches[data.slices.kind[i]]) return 1
  return FAINT
}

function alphaOf({ matches }, kind) {
  return matches === undefined || matches[kind] ? 1 : FAINT
}

function drawText(context, { layout }, name, left, top, width) {
  const begin = Math.max(left, GUTTER)
  const room = left + width - begin - 8
  const text = fitting(context, name, room)
  if (text === '') return
  context.fillStyle = inkOn(context.fillStyle)
  context.textAlign = 'left'
  context.fillText(text, begin + 4, top + layout.lane / 2)
}

/** As much of a text as there is room for. */
export function fitting(context, text, room) {
  if (room < 8) return ''
  const line = text.length > 200 ? text.slice(0, 200) : text
  if (context.measureText(line).width <= room) return line
  let [low, high] = [0, line.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (context.measureText(`${line.slice(0, middle)}…`).width <= room) low = middle
    else high = middle - 1
  }
  return low > 0 ? `${line.slice(0, low)}…` : ''
}

/** What took no time: a notch above the row, where there are not too many. */
function drawMarks(context, { data, layout, theme, view }) {
  const { time, row } = data.marks
  const taken = new Set()
  context.fillStyle = theme.faint
  for (let i = firstMark(data.marks, view.begin); i < time.length && time[i] <= view.end; ++i) {
    const x = Math.round(layout.x(view, time[i]))
    const place = row[i] * 65_536 + (x >> 1)
    if (taken.has(place) || !layout.isVisible(row[i])) continue
    taken.add(place)
    const top = layout.top(row[i]) - 1
    context.beginPath()
    context.moveTo(x, top)
    context.lineTo(x - 2.5, top - 4)
    context.lineTo(x + 2.5, top - 4)
    context.fill()
  }
}

function firstMark({ time }, begin) {
  let [low, high] = [0, time.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (time[middle] < begin) low = middle + 1
    else high = middle
  }
  return low
}

function drawHovered(context, { data, hovered, layout, theme, view }) {
  if (hovered === undefined || hovered.slice < 0) return
  const { start, duration } = data.slices
  const begin = start[hovered.slice]
  const left = Math.max(GUTTER - 4, layout.x(view, begin))
  const right = Math.min(layout.width + 4, layout.x(view, begin + duration[hovered.slice]))
  context.strokeStyle = theme.text
  context.lineWidth = 1.5
  const top = layout.top(hovered.row) + hovered.depth * layout.lane
  context.strokeRect(left - 0.5, top - 0.5, Math.max(2, right - left), layout.lane)
}
