/**
 * What is said of the thing under the pointer.
 */
import { formatTime } from './scale.mjs'

const ARROWS_SAID = 4
const ARROWS_LOOKED_AT = 200_000
const SAYS = {
  steal: ['stolen by', 'stolen from'],
  wake: ['woke', 'woken by'],
  resume: ['resumed on', 'resumed by'],
}

/** Shows it beside the pointer, or beside the thing itself; hides it if there is none. */
export function showTip(app, thing, event) {
  const tip = document.getElementById('tip')
  tip.hidden = thing === undefined || thing.slice < 0
  if (tip.hidden) return
  tip.replaceChildren(...linesOf(app, thing))
  const box = app.stage.getBoundingClientRect()
  const { layout, view, data } = app
  const x = event?.clientX ?? box.left + layout.x(view, data.slices.start[thing.slice])
  const y =
    event?.clientY ?? box.top + layout.top(thing.row) + thing.depth * layout.lane + layout.lane
  const left = Math.min(x + 14, window.innerWidth - tip.offsetWidth - 8)
  const isLow = y + 16 + tip.offsetHeight > window.innerHeight
  tip.style.left = `${Math.max(8, left)}px`
  tip.style.top = `${isLow ? y - tip.offsetHeight - 12 : y + 16}px`
}

function linesOf({ data }, { row, slice }) {
  const { start, duration, kind, args } = data.slices
  const { name, category } = data.kinds[kind[slice]]
  const time = (at) => formatTime(at, data.unit)
  const exact = formatTime(start[slice], data.unit, Math.max(duration[slice] / 100, 1e-3))
  return [
    element('strong', name),
    element('span', `${time(duration[slice])}, from ${exact}`),
    element('span', `${data.rows[row].name}${category === '' ? '' : ` · ${category}`}`),
    ...arrowsAt(data, row, start[slice], start[slice] + duration[slice]).map((line) => {
      return element('span', line)
    }),
    ...(args[slice] === 0 ? [] : [element('code', data.args[args[slice]])]),
  ]
}

/** Names come from anybody: they are text, never markup. */
function element(kind, text) {
  const made = document.createElement(kind)
  made.textContent = text
  return made
}

/** Who was robbed for it, and the like. */
function arrowsAt(data, row, begin, end) {
  const { from, to, fromRow, toRow, kind } = data.arrows
  const lines = []
  const most = Math.min(from.length, ARROWS_LOOKED_AT)
  for (let i = 0; i < most && lines.length <= ARROWS_SAID && from[i] <= end; ++i) {
    const says = SAYS[data.kinds[kind[i]].name]
    if (says === undefined) continue
    if (toRow[i] === row && to[i] >= begin && to[i] <= end) {
      lines.push(`${says[1]} ${data.rows[fromRow[i]].name}`)
    } else if (fromRow[i] === row && from[i] >= begin) {
      lines.push(`${says[0]} ${data.rows[toRow[i]].name}`)
    }
  }
  if (lines.length > ARROWS_SAID) lines[ARROWS_SAID] = 'and more'
  return lines
}
