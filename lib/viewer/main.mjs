/**
 * The page: puts data, controls and drawing together.
 */
import { colorsOf, themeOf } from './colors.mjs'
import { listenToKeys, listenToOverview, listenToPointer, showSlice } from './controls.mjs'
import { unpack } from './data.mjs'
import { drawChart } from './draw.mjs'
import { GUTTER, Layout } from './layout.mjs'
import { drawOverview } from './overview.mjs'
import { formatTime, readHash, View, writeHash } from './scale.mjs'
import { Search } from './search.mjs'
import { showTip } from './tip.mjs'

const find = (id) => document.getElementById(id)
const OVERVIEW_PIXELS = 44
const HEIGHT_LEAST = 220
/** How much of the window the chart may take. */
const HEIGHT_SHARE = 0.62
const QUIET_MS = 250

/** Sizes a canvas in the screen's own pixels. Returns its context, in those of the page. */
function prepare(canvas, width, height) {
  const scale = window.devicePixelRatio || 1
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)]
  if (canvas.width !== w || canvas.height !== h) Object.assign(canvas, { width: w, height: h })
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d', { alpha: false })
  context.setTransform(scale, 0, 0, scale, 0, 0)
  return context
}

/** Everything that is drawn depends on this alone. */
function stateOf(data) {
  const view = new View(data.duration)
  const layout = new Layout(data.rows)
  return { data, view, layout, shown: {}, stage: find('chart'), matches: undefined }
}

function draw(app) {
  const width = find('stage').clientWidth
  const room = Math.max(HEIGHT_LEAST, window.innerHeight * HEIGHT_SHARE)
  const height = app.layout.fit(width, room)
  const context = prepare(app.stage, width, height)
  drawChart(context, app)
  drawSelection(context, app)
  drawOverview(prepare(find('overview'), width, OVERVIEW_PIXELS), app, width, OVERVIEW_PIXELS)
}

function drawSelection(context, { layout, selected, theme }) {
  if (selected === undefined) return
  const [left, right] = selected[0] < selected[1] ? selected : [selected[1], selected[0]]
  const from = Math.max(GUTTER, left)
  context.fillStyle = theme.window
  context.fillRect(from, 0, right - from, layout.height)
}

/** Draws at the next frame, however often it is called. */
function makeChange(app) {
  let isPending = false
  let quiet
  return () => {
    if (!isPending) {
      isPending = true
      requestAnimationFrame(() => {
        isPending = false
        draw(app)
      })
    }
    clearTimeout(quiet)
    quiet = setTimeout(() => tellRange(app), QUIET_MS)
  }
}

/** Says what is in view, for who does not see it, and in the address. */
function tellRange({ data, search, view }) {
  const time = (at) => formatTime(at, data.unit, view.span / 1000, view.end)
  find('range').textContent = `${time(view.begin)} to ${time(view.end)}`
  const hash = writeHash(view, search.query)
  if (hash !== location.hash) history.replaceState(null, '', hash || location.pathname)
}

function obeyHash(app, change) {
  const { zoom, query } = readHash(location.hash)
  if (zoom !== undefined) app.view.show(zoom[0], zoom[1])
  if (query !== undefined) app.search.look(query)
  change()
}

function obeyTheme(app, change) {
  const dark = matchMedia('(prefers-color-scheme: dark)')
  const apply = () => {
    app.theme = themeOf(dark.matches)
    app.colors = colorsOf(app.data.kinds, app.theme)
    for (const swatch of document.querySelectorAll('[data-kind]')) {
      swatch.style.background = app.colors[Number(swatch.dataset.kind)]
    }
    for (const swatch of document.querySelectorAll('[data-arrow]')) {
      swatch.style.background = app.theme[swatch.dataset.arrow] ?? app.theme.faint
    }
    change()
  }
  dark.addEventListener('change', apply)
  apply()
}

/** A box for each kind of arrow. */
function obeyBoxes(app, change) {
  for (const box of document.querySelectorAll('input[data-show]')) {
    const apply = () => {
      for (const [index, { name }] of app.data.kinds.entries()) {
        if (name === box.dataset.show) app.shown[index] = box.checked
      }
      change()
    }
    box.addEventListener('change', apply)
    apply()
  }
}

function obeyButtons(app, change) {
  const zoom = (factor) => app.view.zoom(factor, (app.view.begin + app.view.end) / 2)
  const acts = { in: () => zoom(1 / 2), out: () => zoom(2), fit: () => app.view.fit() }
  for (const [id, act] of Object.entries(acts)) {
    find(id).addEventListener('click', () => {
      act()
      change()
    })
  }
  find('keys').addEventListener('click', () => find('help').showModal())
}

/** Shows the next slice that is searched for, or the one before. */
function goToMatch(app, isBack) {
  const slice = app.search.next(isBack)
  if (slice === undefined) return
  showSlice(app, slice)
  const row = app.data.rows.find(({ lanes }) => lanes.some((lane) => has(lane, slice)))
  const depth = row.lanes.findIndex((lane) => has(lane, slice))
  app.hovered = { row: row.index, depth, slice }
  const top = app.layout.top(row.index)
  if (top < 40 || top > app.layout.height - app.layout.lane)
    app.layout.scrollBy(top - app.layout.height / 2)
  showTip(app, app.hovered)
}

const has = ({ from, to }, slice) => slice >= from && slice < to

async function begin() {
  const app = stateOf(await unpack(find('data').textContent))
  const change = makeChange(app)
  app.search = new Search(app, change)
  const point = (hovered, event) => {
    const isSame = hovered?.slice === app.hovered?.slice && hovered?.row === app.hovered?.row
    app.hovered = hovered
    showTip(app, hovered, event)
    if (!isSame) change()
  }
  obeyTheme(app, change)
  obeyBoxes(app, change)
  obeyButtons(app, change)
  listenToPointer(app.stage, app, change, point)
  listenToOverview(find('overview'), app, change)
  const go = (isBack) => {
    goToMatch(app, isBack)
    change()
  }
  app.search.listen(go)
  listenToKeys(app, change, {
    '/': () => find('search').focus(),
    n: (event) => go(event.shiftKey),
    '?': () => find('help').showModal(),
    Escape: () => app.search.look(''),
  })
  addEventListener('resize', change)
  addEventListener('hashchange', () => obeyHash(app, change))
  obeyHash(app, change)
  // After the first drawing, which was asked for before.
  requestAnimationFrame(() => {
    document.documentElement.dataset.ready = 'yes'
  })
}

begin().catch((error) => {
  find('range').textContent = `This browser cannot show it: ${error.message}`
})
