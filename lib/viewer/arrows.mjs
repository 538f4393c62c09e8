/**
 * Draws arrows: from who was robbed to the thief, from who wakes to who is woken.
 */
import { deepestAt } from './data.mjs'
import { AXIS } from './layout.mjs'

/** So near to each other, of the same rows and kind, one is drawn for all. */
const CELL = 7
/** More are not drawn: each of them stands for some then. */
const MOST = 900
/** The more there are in view, the fainter they are. */
const CROWD = 160
/** So many have no heads. */
const HEADS_MOST = 400

/** Those in view that are wanted, thinned out where they are many. */
export function arrowsIn({ data, layout, shown, view }) {
  const { from, to, fromRow, toRow, kind } = data.arrows
  const rows = data.rows.length
  const cells = Math.ceil(layout.chartWidth / CELL) + 1
  const scale = layout.chartWidth / view.span / CELL
  const taken = new Set()
  const picked = []
  for (let i = 0; i < from.length && from[i] <= view.end; ++i) {
    if (to[i] < view.begin || shown[kind[i]] === false) continue
    if (!layout.isVisible(fromRow[i]) && !layout.isVisible(toRow[i])) continue
    const cell = Math.max(-1, Math.floor((from[i] - view.begin) * scale)) + 1
    const place = ((kind[i] * rows + fromRow[i]) * rows + toRow[i]) * cells + cell
    if (taken.has(place)) continue
    taken.add(place)
    picked.push(i)
  }
  const step = Math.ceil(picked.length / MOST)
  return step > 1 ? picked.filter((_, i) => i % step === 0) : picked
}

export function drawArrows(context, app) {
  const picked = arrowsIn(app)
  const { kinds } = app.data
  const crowd = Math.max(0.16, Math.min(0.9, CROWD / (picked.length + 1)))
  context.lineWidth = 1.25
  for (const isNear of [false, true]) {
    for (const i of picked) {
      if (touches(app, i) !== isNear) continue
      const color = app.theme[kinds[app.data.arrows.kind[i]].name] ?? app.theme.faint
      const rest = app.hovered?.slice >= 0 ? crowd * 0.35 : crowd
      context.globalAlpha = isNear ? 1 : app.matches === undefined ? rest : rest * 0.4
      drawArrow(context, app, i, color, isNear || picked.length <= HEADS_MOST)
    }
  }
  context.globalAlpha = 1
}

/** True of an arrow that begins or ends in what is under the pointer. */
function touches({ data, hovered }, i) {
  if (hovered === undefined || hovered.slice < 0) return false
  const { from, to, fromRow, toRow } = data.arrows
  const begin = data.slices.start[hovered.slice]
  const end = begin + data.slices.duration[hovered.slice]
  const isIn = (row, time) => row === hovered.row && time >= begin && time <= end
  return isIn(fromRow[i], from[i]) || isIn(toRow[i], to[i])
}

function drawArrow(context, app, i, color, hasHead) {
  const { data, layout, view } = app
  const { from, to, fromRow, toRow } = data.arrows
  const isDown = fromRow[i] < toRow[i]
  const x1 = layout.x(view, from[i])
  const x2 = layout.x(view, to[i])
  const y1 = edge(app, fromRow[i], from[i], isDown)
  const y2 = edge(app, toRow[i], to[i], !isDown)
  // At least so much of a bow that one sees where it comes from.
  const bend = Math.max(10, Math.abs(y2 - y1) * 0.35)
  const side = isDown ? 1 : -1
  context.strokeStyle = color
  context.fillStyle = color
  context.beginPath()
  context.moveTo(x1, y1)
  context.bezierCurveTo(x1, y1 + side * bend, x2, y2 - side * bend, x2, y2)
  context.stroke()
  if (!hasHead) return
  context.beginPath()
  context.arc(x1, y1, 2, 0, 2 * Math.PI)
  context.moveTo(x2, y2)
  context.lineTo(x2 - 3.5, y2 - side * 6)
  context.lineTo(x2 + 3.5, y2 - side * 6)
  context.fill()
}

/** The lower or the upper edge of what a row shows at that time. */
function edge({ data, layout }, row, time, isLower) {
  const { depth } = isLower ? deepestAt(data, data.rows[row], time) : { depth: 0 }
  const y = layout.top(row) + depth * layout.lane + (isLower ? layout.lane - 2 : 1)
  return Math.max(AXIS - 40, Math.min(layout.height + 40, y))
}
