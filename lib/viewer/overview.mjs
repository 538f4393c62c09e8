/**
 * The strip above the chart: how many rows were at work, over all the time that there is.
 */
import { loadOf } from './data.mjs'
import { GUTTER } from './layout.mjs'
import { formatTime } from './scale.mjs'

/** Of each pixel, how much work there was: 0 to the number of rows. */
function loadsOf({ data, view }, pixels) {
  const loads = new Float64Array(pixels)
  const width = view.whole / pixels
  for (const row of data.rows) {
    for (let x = 0; x < pixels; ++x) loads[x] += loadOf(data, row, x * width, (x + 1) * width)
  }
  return loads
}

/** Draws it. What was counted is kept until its width changes. */
export function drawOverview(context, app, width, height) {
  const { data, theme, view } = app
  const pixels = Math.max(1, Math.floor(width - GUTTER))
  if (app.loads?.length !== pixels) app.loads = loadsOf(app, pixels)
  context.fillStyle = theme.page
  context.fillRect(0, 0, width, height)
  context.fillStyle = theme.band
  context.fillRect(GUTTER, 0, pixels, height)
  context.fillStyle = theme.load
  const scale = (height - 4) / Math.max(1, data.rows.length)
  for (let x = 0; x < pixels; ++x) {
    const load = app.loads[x] * scale
    context.fillRect(GUTTER + x, height - load, 1, load)
  }
  const left = GUTTER + (view.begin / view.whole) * pixels
  const right = Math.max(left + 2, GUTTER + (view.end / view.whole) * pixels)
  context.fillStyle = theme.page
  context.globalAlpha = 0.6
  context.fillRect(GUTTER, 0, left - GUTTER, height)
  context.fillRect(right, 0, width - right, height)
  context.globalAlpha = 1
  context.strokeStyle = theme.windowLine
  context.lineWidth = 1.5
  context.strokeRect(left + 0.5, 0.75, right - left - 1, height - 1.5)
  context.font = '11px system-ui, sans-serif'
  context.textBaseline = 'middle'
  context.textAlign = 'left'
  context.fillStyle = theme.text
  context.fillText('rows at work', 10, height / 2 - 7)
  context.fillStyle = theme.faint
  context.fillText(
    `of ${data.rows.length}, in ${formatTime(view.whole, data.unit)}`,
    10,
    height / 2 + 8,
  )
}
