/**
 * What the page draws: slices in lanes, arrows and marks, out of the bytes that come with it.
 *
 * A lane is one depth of one row. Its slices lie one after the other, in columns that all lanes
 * share, so what is visible is found by bisection, and never by looking at all of it.
 */

/** How many slices are looked at to tell what a pixel shows most of. */
const SAMPLES = 12

/** Unpacks base64 of gzip: see `lib/cli/trace-page.ts`, which packs. */
export async function unpack(base64) {
  const packed = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'))
  return dataFrom(await new Response(stream).arrayBuffer())
}

/** The head is JSON after its length; columns follow, each aligned to eight bytes. */
export function dataFrom(buffer) {
  const [length] = new Uint32Array(buffer, 0, 1)
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, length)))
  let at = align(8 + length)
  const take = (Kind, count) => {
    const column = new Kind(buffer, at, count)
    at = align(at + column.byteLength)
    return column
  }
  const slices = columns(take, head.counts.slices, ['start', 'duration'], ['kind', 'args'])
  const arrows = columns(take, head.counts.arrows, ['from', 'to'], ['fromRow', 'toRow', 'kind'])
  const marks = columns(take, head.counts.marks, ['time'], ['row', 'kind'])
  return { ...head, slices, arrows, marks, busy: busyBefore(head, slices), rows: rowsOf(head) }
}

function columns(take, count, doubles, numbers) {
  const made = {}
  for (const name of doubles) made[name] = take(Float64Array, count)
  for (const name of numbers) made[name] = take(Uint32Array, count)
  return made
}

const align = (at) => (at + 7) & ~7

/** True of what a worker does when it does nothing. */
export function isRest({ category }) {
  return category === 'parked' || category === 'idle'
}

/** How much time was spent at work in all slices before each, over all lanes. */
function busyBefore({ kinds, counts }, { duration, kind }) {
  const busy = new Float64Array(counts.slices + 1)
  for (let i = 0; i < counts.slices; ++i) {
    busy[i + 1] = busy[i] + (isRest(kinds[kind[i]]) ? 0 : duration[i])
  }
  return busy
}

function rowsOf({ rows, lanes }) {
  const made = rows.map((name, index) => ({ name, index, lanes: [] }))
  for (const [row, from, to] of lanes) made[row].lanes.push({ from, to })
  return made
}

/** The first slice of a lane, from `from` on, that begins at that time or later. */
export function firstFrom({ slices }, from, to, time) {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if (slices.start[middle] < time) low = middle + 1
    else high = middle
  }
  return low
}

/** The first slice of a lane that ends after that time. */
export function firstAfter(data, lane, time) {
  const { start, duration } = data.slices
  const next = firstFrom(data, lane.from, lane.to, time)
  const before = next - 1
  return before >= lane.from && start[before] + duration[before] > time ? before : next
}

/** The slice of a lane at that time, or -1. */
export function sliceAt(data, lane, time) {
  const { start, duration } = data.slices
  const last = firstFrom(data, lane.from, lane.to, time) - 1
  for (const i of [last + 1, last]) {
    if (i < lane.from || i >= lane.to) continue
    if (start[i] <= time && time <= start[i] + duration[i]) return i
  }
  return -1
}

/** The deepest slice of a row at that time, and its lane; or -1 and the first lane. */
export function deepestAt(data, row, time) {
  for (let depth = row.lanes.length - 1; depth >= 0; --depth) {
    const slice = sliceAt(data, row.lanes[depth], time)
    if (slice >= 0) return { slice, depth }
  }
  return { slice: -1, depth: 0 }
}

/**
 * What one pixel shows of slices that are narrower than it: how much of `width` is work, and the
 * kind of the longest of some of them.
 */
export function blend(data, from, to, width) {
  const { slices, busy, kinds } = data
  const step = Math.max(1, Math.floor((to - from) / SAMPLES))
  let [kind, longest] = [slices.kind[from], -1]
  for (let i = from; i < to; i += step) {
    const weight = isRest(kinds[slices.kind[i]]) ? 0 : slices.duration[i] + 1e-9
    if (weight > longest) [kind, longest] = [slices.kind[i], weight]
  }
  return { kind, share: Math.min(1, (busy[to] - busy[from]) / width) }
}

/** How much of the time between two is work, in the outermost lane of a row. */
export function loadOf(data, row, begin, end) {
  const [lane] = row.lanes
  if (lane === undefined || end <= begin) return 0
  return (busyUntil(data, lane, end) - busyUntil(data, lane, begin)) / (end - begin)
}

function busyUntil(data, lane, time) {
  const { slices, busy, kinds } = data
  const next = firstFrom(data, lane.from, lane.to, time)
  const last = next - 1
  if (last < lane.from) return busy[lane.from]
  if (isRest(kinds[slices.kind[last]])) return busy[next]
  return busy[next] - Math.max(0, slices.start[last] + slices.duration[last] - time)
}
