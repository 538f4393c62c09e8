/**
 * Mouse, wheel and keys: zooming, panning, and pointing at things.
 */
import { sliceAt } from './data.mjs'
import { GUTTER } from './layout.mjs'

const WHEEL = 0.0016
const PINCH = 0.012
const STEP = 1.5
/** A drag of fewer pixels is a click. */
const CLICK = 4

/** What is under a point of the chart, or undefined. */
export function thingAt({ data, layout, view }, x, y) {
  const { row, depth } = layout.at(y)
  if (row < 0) return undefined
  if (x < GUTTER) return { row, depth: 0, slice: -1 }
  const lanes = data.rows[row].lanes
  const near = (2 * view.span) / layout.chartWidth
  for (let at = Math.min(depth, lanes.length - 1); at >= 0; --at) {
    for (const time of [0, -near, near]) {
      const slice = sliceAt(data, lanes[at], layout.time(view, x) + time)
      if (slice >= 0) return { row, depth: at, slice }
    }
  }
  return { row, depth: 0, slice: -1 }
}

/** `change` is called when there is something to draw, `point` when the pointer is elsewhere. */
export function listenToPointer(canvas, app, change, point) {
  let drag
  const place = (event) => {
    const box = canvas.getBoundingClientRect()
    return [event.clientX - box.left, event.clientY - box.top]
  }
  canvas.addEventListener('pointerdown', (event) => {
    if (event.button !== 0) return
    const [x, y] = place(event)
    drag = { x, y, moved: 0, isSelecting: event.shiftKey, from: x }
    canvas.setPointerCapture(event.pointerId)
    point(undefined)
  })
  canvas.addEventListener('pointermove', (event) => {
    const [x, y] = place(event)
    app.pointer = x
    if (drag === undefined) return point(thingAt(app, x, y), event)
    drag.moved += Math.abs(x - drag.x) + Math.abs(y - drag.y)
    if (drag.isSelecting) app.selected = [drag.from, x]
    else {
      app.view.pan(((drag.x - x) / app.layout.chartWidth) * app.view.span)
      app.layout.scrollBy(drag.y - y)
    }
    Object.assign(drag, { x, y })
    change()
  })
  const end = (event) => {
    if (drag === undefined) return
    const [x, y] = place(event)
    const { from, isSelecting, moved } = drag
    drag = undefined
    app.selected = undefined
    if (isSelecting && moved >= CLICK) {
      const times = [from, x].map((each) => app.layout.time(app.view, each)).sort((a, b) => a - b)
      app.view.show(times[0], times[1])
    }
    point(thingAt(app, x, y), event)
    change()
  }
  canvas.addEventListener('pointerup', end)
  canvas.addEventListener('pointercancel', end)
  canvas.addEventListener('pointerleave', () => {
    app.pointer = undefined
    point(undefined)
  })
  canvas.addEventListener('dblclick', (event) => {
    const found = thingAt(app, ...place(event))
    if (found !== undefined && found.slice >= 0) showSlice(app, found.slice)
    change()
  })
  listenToWheel(canvas, app, change, place)
}

function listenToWheel(canvas, app, change, place) {
  const turn = (event) => {
    event.preventDefault()
    const [x] = place(event)
    const lines = event.deltaMode === 1 ? 16 : 1
    const [dx, dy] = [event.deltaX * lines, event.deltaY * lines]
    if (x < GUTTER) app.layout.scrollBy(dy)
    else if (event.shiftKey || Math.abs(dx) > Math.abs(dy)) {
      app.view.pan(
        (((event.shiftKey && dx === 0 ? dy : dx) || 0) / app.layout.chartWidth) * app.view.span,
      )
    } else {
      const factor = Math.exp(dy * (event.ctrlKey ? PINCH : WHEEL))
      app.view.zoom(factor, app.layout.time(app.view, x))
    }
    change()
  }
  canvas.addEventListener('wheel', turn, { passive: false })
}

/** The strip: a press or a drag brings that time to the middle. */
export function listenToOverview(canvas, app, change) {
  const go = (event) => {
    if (event.buttons !== 1) return
    const box = canvas.getBoundingClientRect()
    const share = (event.clientX - box.left - GUTTER) / Math.max(1, box.width - GUTTER)
    const [time, half] = [share * app.view.whole, app.view.span / 2]
    app.view.show(time - half, time + half)
    change()
  }
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId)
    go(event)
  })
  canvas.addEventListener('pointermove', go)
}

/** A slice and what is around it. */
export function showSlice(app, slice) {
  const { start, duration } = app.data.slices
  const around = Math.max(duration[slice] * 0.4, app.view.whole * 1e-7)
  app.view.show(start[slice] - around, start[slice] + duration[slice] + around)
}

/** What each key does; `actions` are those that are not about time. */
export function listenToKeys(app, change, actions) {
  const { view, layout } = app
  const middle = () =>
    app.pointer > GUTTER ? layout.time(view, app.pointer) : (view.begin + view.end) / 2
  const zoomIn = () => view.zoom(1 / STEP, middle())
  const zoomOut = () => view.zoom(STEP, middle())
  const left = () => view.pan(-view.span * 0.15)
  const right = () => view.pan(view.span * 0.15)
  const keys = {
    ...{ w: zoomIn, '+': zoomIn, '=': zoomIn, s: zoomOut, '-': zoomOut, _: zoomOut },
    ...{ a: left, ArrowLeft: left, d: right, ArrowRight: right },
    ArrowUp: () => layout.scrollBy(-40),
    ArrowDown: () => layout.scrollBy(40),
    0: () => view.fit(),
    Home: () => view.fit(),
    ...actions,
  }
  document.addEventListener('keydown', (event) => {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type === 'search'
    const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (isTyping || act === undefined || event.ctrlKey || event.metaKey || event.altKey) return
    // Elsewhere arrows scroll the page.
    const isArrow = event.key.startsWith('Arrow') || event.key === 'Home'
    if (isArrow && document.activeElement !== app.stage) return
    event.preventDefault()
    act(event)
    change(true)
  })
}
