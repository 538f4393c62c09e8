/**
 * What a trace comes to: a line a row, and a line a name.
 */
import type { Model } from './trace-model.js'

export interface RowSummary {
  readonly name: string
  /** How much of the time it was at work: 0 to 1. */
  readonly busy: number
  readonly slices: number
  readonly steals: number
  readonly wakes: number
  readonly parks: number
}

export interface NameSummary {
  readonly name: string
  /** The number of its first kind. */
  readonly kind: number
  readonly count: number
  readonly total: number
  readonly median: number
  readonly most: number
}

/** True of what a worker does when it does nothing. */
export function isRest({ category }: { category: string }): boolean {
  return category === 'parked' || category === 'idle'
}

export function summarizeRows(model: Model): RowSummary[] {
  const { kinds, lanes, slices, duration } = model
  const made = model.rows.map((name) => {
    return { name, busy: 0, slices: 0, steals: 0, wakes: 0, parks: 0, seen: false }
  })
  for (const [row, from, to] of lanes) {
    const line = made[row]
    if (line === undefined) continue
    for (let i = from; i < to; ++i) {
      const kind = kinds[slices.kind[i] as number]
      if (kind === undefined) continue
      if (kind.category === 'parked') line.parks += 1
      if (isRest(kind)) continue
      line.slices += 1
      // The first lane of a row has all that is in the others.
      if (!line.seen) line.busy += slices.duration[i] as number
    }
    line.seen = true
  }
  countArrows(model, made)
  return made.map(({ seen: _, ...line }) => {
    return { ...line, busy: duration > 0 ? Math.min(1, line.busy / duration) : 0 }
  })
}

function countArrows({ arrows, kinds }: Model, rows: { steals: number; wakes: number }[]): void {
  for (let i = 0; i < arrows.count; ++i) {
    const row = rows[arrows.toRow[i] as number]
    const name = kinds[arrows.kind[i] as number]?.name
    if (row === undefined) continue
    if (name === 'steal') row.steals += 1
    if (name === 'wake') row.wakes += 1
  }
}

/** What was at work, by its name; what took longest comes first. */
export function summarizeNames({ kinds, slices }: Model): NameSummary[] {
  const groups = new Map<string, { kind: number; durations: Float64Array; count: number }>()
  for (const [kind, { name, count }] of kinds.entries()) {
    const before = groups.get(name)
    if (count === 0 || isHidden(kinds[kind])) continue
    const length = (before?.durations.length ?? 0) + count
    groups.set(name, {
      kind: before?.kind ?? kind,
      durations: new Float64Array(length),
      count: 0,
    })
  }
  for (let i = 0; i < slices.count; ++i) {
    const kind = kinds[slices.kind[i] as number]
    const group = kind === undefined || isHidden(kind) ? undefined : groups.get(kind.name)
    if (group !== undefined) group.durations[group.count++] = slices.duration[i] as number
  }
  const lines = [...groups].map(([name, { kind, durations }]) => {
    durations.sort()
    return {
      name,
      kind,
      count: durations.length,
      total: durations.reduce((sum, duration) => sum + duration, 0),
      median: durations[(durations.length - 1) >> 1] ?? 0,
      most: durations.at(-1) ?? 0,
    }
  })
  return lines.sort((a, b) => b.total - a.total)
}

/** Of no interest by name: rest, and where an arrow begins. */
function isHidden(kind: { category: string } | undefined): boolean {
  return kind === undefined || isRest(kind) || kind.category === 'wake'
}
