/**
 * A trace as columns: its slices lane by lane, a lane being one depth of one row, in order of time.
 */
import type { Kind, RawArrow, Reader } from './trace-model.js'
import type { RawRow, RawSlice } from './trace-rows.js'

/** Columns of the same length. */
export interface Slices {
  readonly count: number
  readonly start: Float64Array
  readonly duration: Float64Array
  readonly kind: Uint32Array
  readonly args: Uint32Array
}

export interface Arrows {
  readonly count: number
  readonly from: Float64Array
  readonly to: Float64Array
  readonly fromRow: Uint32Array
  readonly toRow: Uint32Array
  readonly kind: Uint32Array
}

export interface Marks {
  readonly count: number
  readonly time: Float64Array
  readonly row: Uint32Array
  readonly kind: Uint32Array
}

/** Times begin at 0. */
export interface Packed {
  readonly rows: readonly string[]
  readonly kinds: readonly Kind[]
  readonly args: readonly string[]
  /** From which slice to before which each lane goes. */
  readonly lanes: readonly (readonly [row: number, from: number, to: number])[]
  readonly duration: number
  readonly slices: Slices
  readonly arrows: Arrows
  readonly marks: Marks
}

/** Times are sums of others: what ends so little after something begins has ended before. */
const NEAR = 1e-4
/** Nobody looks deeper. */
const DEPTH_MAX = 256

export function pack(reader: Reader): Packed {
  reader.close()
  const ordered = reader.rows.ordered().filter(({ row }) => row.slices.length > 0)
  const rows = new Map(ordered.map(({ row }, index) => [row, index]))
  const begin = Number.isFinite(reader.begin) ? reader.begin : 0
  const duration = Math.max(0, reader.end - begin) || 0
  const numbers = rank(reader, ordered)
  return {
    ...packSlices(ordered, begin, numbers),
    rows: ordered.map(({ name }) => name),
    kinds: byRank(reader.kinds, numbers),
    args: reader.args,
    duration,
    arrows: packArrows(reader.arrows, rows, begin, numbers),
    marks: packMarks(ordered, begin, numbers),
  }
}

/** Counts kinds, and gives each its new number: what took longest comes first. */
function rank({ kinds }: Reader, rows: readonly { row: RawRow }[]): Uint32Array {
  for (const { row } of rows) {
    for (const { kind, duration } of row.slices) {
      const of = kinds[kind] as Kind
      of.count += 1
      of.total += duration
    }
  }
  const order = Array.from(kinds.keys())
  order.sort((a, b) => (kinds[b] as Kind).total - (kinds[a] as Kind).total)
  const numbers = new Uint32Array(kinds.length)
  for (const [number, old] of order.entries()) numbers[old] = number
  return numbers
}

function byRank(kinds: readonly Kind[], numbers: Uint32Array): Kind[] {
  const ranked: Kind[] = []
  for (const [old, kind] of kinds.entries()) ranked[numbers[old] as number] = kind
  return ranked
}

function packSlices(
  rows: readonly { row: RawRow }[],
  begin: number,
  numbers: Uint32Array,
): Pick<Packed, 'lanes' | 'slices'> {
  const count = rows.reduce((sum, { row }) => sum + row.slices.length, 0)
  const start = new Float64Array(count)
  const duration = new Float64Array(count)
  const kind = new Uint32Array(count)
  const args = new Uint32Array(count)
  const lanes: [number, number, number][] = []
  let at = 0
  for (const [index, { row }] of rows.entries()) {
    for (const lane of lanesOf(row.slices)) {
      lanes.push([index, at, at + lane.length])
      for (const slice of lane) {
        start[at] = slice.start - begin
        duration[at] = slice.duration
        kind[at] = numbers[slice.kind] as number
        args[at] = slice.args
        at += 1
      }
    }
  }
  return { lanes, slices: { count, start, duration, kind, args } }
}

/** What lies within another is a lane deeper. */
function lanesOf(slices: RawSlice[]): RawSlice[][] {
  slices.sort((a, b) => a.start - b.start || b.duration - a.duration)
  const lanes: RawSlice[][] = []
  const ends: number[] = []
  for (const slice of slices) {
    while (ends.length > 0 && (ends.at(-1) as number) <= slice.start + NEAR) ends.pop()
    const depth = Math.min(ends.length, DEPTH_MAX - 1)
    lanes[depth] ??= []
    lanes[depth].push(slice)
    ends.push(slice.start + slice.duration)
  }
  return lanes
}

function packArrows(
  all: readonly RawArrow[],
  rows: ReadonlyMap<RawRow, number>,
  begin: number,
  numbers: Uint32Array,
): Arrows {
  const arrows = all.filter(({ fromRow, toRow }) => rows.has(fromRow) && rows.has(toRow))
  arrows.sort((a, b) => a.from - b.from)
  return {
    count: arrows.length,
    from: Float64Array.from(arrows, ({ from }) => from - begin),
    to: Float64Array.from(arrows, ({ to }) => to - begin),
    fromRow: Uint32Array.from(arrows, ({ fromRow }) => rows.get(fromRow) as number),
    toRow: Uint32Array.from(arrows, ({ toRow }) => rows.get(toRow) as number),
    kind: Uint32Array.from(arrows, ({ kind }) => numbers[kind] as number),
  }
}

function packMarks(rows: readonly { row: RawRow }[], begin: number, numbers: Uint32Array): Marks {
  const marks = rows.flatMap(({ row }, index) => row.marks.map((mark) => ({ ...mark, index })))
  marks.sort((a, b) => a.time - b.time)
  return {
    count: marks.length,
    time: Float64Array.from(marks, ({ time }) => time - begin),
    row: Uint32Array.from(marks, ({ index }) => index),
    kind: Uint32Array.from(marks, ({ kind }) => numbers[kind] as number),
  }
}
