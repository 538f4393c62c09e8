/**
 * The rows of a trace, by process and thread, as their metadata orders and names them.
 */
import { isObject } from './trace-read.js'

/** What happened on one thread. Times are microseconds. */
export interface RawRow {
  readonly pid: string
  readonly tid: string
  readonly slices: RawSlice[]
  readonly open: RawSlice[]
  readonly marks: { time: number; kind: number }[]
}

export interface RawSlice {
  start: number
  duration: number
  kind: number
  args: number
}

/** Collects them while events are read. */
export class Rows {
  readonly #rows = new Map<string, RawRow>()
  readonly #names = new Map<string, string>()
  readonly #orders = new Map<string, number>()

  /** That of an event. */
  of({ pid, tid }: Record<string, unknown>): RawRow {
    const key = keyOf(pid, tid)
    let row = this.#rows.get(key)
    if (row === undefined) {
      row = { pid: String(pid ?? ''), tid: String(tid ?? ''), slices: [], open: [], marks: [] }
      this.#rows.set(key, row)
    }
    return row
  }

  /** An event with a name or an order of a thread or a process. False: it is another. */
  describe(event: Record<string, unknown>): boolean {
    const { name, pid, tid } = event
    const args = isObject(event.args) ? event.args : {}
    if (name === 'thread_name') {
      this.#names.set(keyOf(pid, tid), String(args.name ?? ''))
      this.of(event)
    } else if (name === 'process_name') this.#names.set(keyOf(pid), String(args.name ?? ''))
    else if (name === 'thread_sort_index')
      this.#orders.set(keyOf(pid, tid), Number(args.sort_index))
    else if (name === 'process_sort_index') this.#orders.set(keyOf(pid), Number(args.sort_index))
    else return false
    return true
  }

  /** All of them, in order, with their names. */
  ordered(): { name: string; row: RawRow }[] {
    const rows = [...this.#rows.values()]
    const processes = new Set(rows.map(({ pid }) => pid))
    rows.sort((a, b) => {
      return (
        this.#order(keyOf(a.pid)) - this.#order(keyOf(b.pid)) ||
        compare(a.pid, b.pid) ||
        this.#order(keyOf(a.pid, a.tid)) - this.#order(keyOf(b.pid, b.tid)) ||
        compare(a.tid, b.tid)
      )
    })
    return rows.map((row) => {
      const own = this.#names.get(keyOf(row.pid, row.tid)) || `thread ${row.tid}`
      const process = this.#names.get(keyOf(row.pid)) || `process ${row.pid}`
      return { name: processes.size > 1 ? `${process}: ${own}` : own, row }
    })
  }

  #order(key: string): number {
    return this.#orders.get(key) ?? 0
  }
}

function keyOf(pid: unknown, tid?: unknown): string {
  return tid === undefined ? String(pid ?? '') : `${pid ?? ''}\0${tid}`
}

/** As numbers, if both are some. */
function compare(a: string, b: string): number {
  const [x, y] = [Number(a), Number(b)]
  if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y
  return a < b ? -1 : a > b ? 1 : 0
}
