// Charts as SVG, without a library: panels with axes, lines with marks, a legend.
//
// Colours come in two sets, and the reader's own light or dark takes one.

const FONT = 'font-family="system-ui, sans-serif" font-size="12"'

/** Shapes around the origin, told apart without their colours. */
const MARKS = {
  circle: '<circle r="4"/>',
  square: '<rect x="-3.5" y="-3.5" width="7" height="7"/>',
  triangle: '<path d="M0-5 4.5 3.5h-9z"/>',
  diamond: '<path d="M0-5 5 0 0 5-5 0z"/>',
  cross: '<path d="M-4-4 4 4M4-4-4 4" fill="none" stroke-width="2"/>',
}

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
const at = (value) => value.toFixed(1)

export function text(x, y, content, { anchor = 'start', weight = '', turn = 0, muted } = {}) {
  const rotate = turn ? ` transform="rotate(${turn} ${at(x)} ${at(y)})"` : ''
  const bold = weight ? ` font-weight="${weight}"` : ''
  const kind = muted ? 'muted' : 'text'
  const where = `x="${at(x)}" y="${at(y)}" text-anchor="${anchor}"`
  return `<text class="${kind}" ${where}${bold}${rotate}>${escaped(content)}</text>`
}

export function line(x1, y1, x2, y2, kind = 'grid') {
  return `<path class="${kind}" d="M${at(x1)} ${at(y1)}L${at(x2)} ${at(y2)}"/>`
}

export function mark(x, y, { id, shape }) {
  return `<g class="mark c-${id}" transform="translate(${at(x)} ${at(y)})">${MARKS[shape]}</g>`
}

/** A line through points, with a mark at each. */
export function polyline(points, series) {
  const path = points.map(([x, y]) => `${at(x)} ${at(y)}`).join('L')
  const dash = series.dash ? ` stroke-dasharray="${series.dash}"` : ''
  const width = ` stroke-width="${series.width ?? 1.75}"`
  const drawn =
    points.length > 1 ? `<path class="line c-${series.id}"${dash}${width} d="M${path}"/>` : ''
  return drawn + points.map(([x, y]) => mark(x, y, series)).join('')
}

/** The round numbers of a decade: an axis ends at one of them. */
const ROUND = [1, 2, 5, 10]
/** Wider than so many decades, only powers of ten have a tick. */
const FEW_DECADES = 2

/** A logarithmic scale that holds all values: where a value is, and where its ticks are. */
export function logScale(values, from, to) {
  const decades = (value) => 10 ** Math.floor(Math.log10(value))
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const low = decades(least) * ROUND.findLast((n) => n * decades(least) <= least)
  const high =
    decades(most) * ROUND.find((n) => n * decades(most) >= most && n * decades(most) > low)
  const span = Math.log10(high / low)
  const place = (value) => from + (Math.log10(value / low) / span) * (to - from)
  const ticks = []
  for (let decade = decades(low); decade <= high; decade *= 10) {
    const wanted = span > FEW_DECADES ? [1] : [1, 2, 5]
    ticks.push(...wanted.map((n) => n * decade))
  }
  return { place, ticks: ticks.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001) }
}

/** 1500 is 1.5k. */
export function short(value) {
  if (value >= 1e6) return `${value / 1e6}M`
  if (value >= 1e3) return `${value / 1e3}k`
  return String(Number(value.toPrecision(1)))
}

/** Samples of all series with their names, in columns. Returns how high it is. */
export function legend(x, y, width, series) {
  const columns = 3
  const drawn = series.map((one, i) => {
    const left = x + (i % columns) * (width / columns)
    const top = y + Math.floor(i / columns) * 20
    const sample = [left, left + 15, left + 30].map((place) => [place, top])
    const stroke = polyline([sample[0], sample[2]], { ...one, shape: 'circle' })
    const path = stroke.slice(0, stroke.indexOf('<g'))
    return (one.isPoint ? '' : path) + mark(...sample[1], one) + text(left + 40, top + 4, one.name)
  })
  return { drawn: drawn.join('\n'), height: Math.ceil(series.length / columns) * 20 }
}

function styleOf(colours) {
  const set = (index) =>
    Object.entries(colours)
      .map(([id, pair]) => `.c-${id}{stroke:${pair[index]}}.mark.c-${id}{fill:${pair[index]}}`)
      .join('')
  const ground = (back, ink, muted, grid) =>
    `.back{fill:${back}}.text{fill:${ink}}.muted{fill:${muted}}.grid{stroke:${grid}}` +
    `.axis{stroke:${muted}}.span{stroke:${muted}}`
  return (
    `.grid,.axis{stroke-width:1;fill:none}.line{fill:none}.span{stroke-width:2}` +
    `${ground('#fff', '#1f2328', '#59636e', '#d8dee4')}${set(0)}` +
    `@media(prefers-color-scheme:dark){` +
    `${ground('#0d1117', '#e6edf3', '#9198a1', '#30363d')}${set(1)}}`
  )
}

/** The document: a title that is read out, and what was drawn. */
export function document(width, height, title, colours, drawn) {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${FONT} role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${styleOf(colours)}</style>`,
    `<rect class="back" width="${width}" height="${height}"/>`,
    text(16, 24, title, { weight: '600' }),
    ...drawn,
    '</svg>\n',
  ].join('\n')
}
