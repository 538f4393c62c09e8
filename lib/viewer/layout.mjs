/**
 * Where things are on the chart: rows and lanes down, time across.
 */

export const GUTTER = 152
export const AXIS = 26
/** How high a lane is: less where there are many. */
const LANE_LEAST = 18
const LANE_MOST = 26
const GAP = 10
const MARGIN = 8

/** Heights of all rows, and what is scrolled to. */
export class Layout {
  constructor(rows) {
    this.rows = rows
    this.lane = LANE_LEAST
    this.tops = []
    this.scroll = 0
    this.width = 0
    this.height = 0
  }

  /** As much of `room` as is needed; returns that. */
  fit(width, room) {
    const lanes = this.rows.reduce((sum, row) => sum + lanesOf(row), 0)
    const rest = room - AXIS - MARGIN - this.rows.length * GAP
    this.lane = Math.min(LANE_MOST, Math.max(LANE_LEAST, Math.floor(rest / lanes)))
    let top = MARGIN
    this.tops = this.rows.map((row) => {
      const own = top
      top += lanesOf(row) * this.lane + GAP
      return own
    })
    this.contents = top
    this.width = width
    this.height = Math.round(Math.min(this.contents + AXIS, room))
    this.scrollBy(0)
    return this.height
  }

  scrollBy(pixels) {
    const most = Math.max(0, this.contents + AXIS - this.height)
    this.scroll = Math.min(most, Math.max(0, this.scroll + pixels))
  }

  get chartWidth() {
    return Math.max(1, this.width - GUTTER)
  }

  /** Where a row begins, on the canvas. */
  top(row) {
    return AXIS + this.tops[row] - this.scroll
  }

  heightOf(row) {
    return lanesOf(this.rows[row]) * this.lane
  }

  isVisible(row) {
    const top = this.top(row)
    return top + this.heightOf(row) + GAP >= AXIS && top <= this.height
  }

  x(view, time) {
    return GUTTER + ((time - view.begin) / view.span) * this.chartWidth
  }

  time(view, x) {
    return view.begin + ((x - GUTTER) / this.chartWidth) * view.span
  }

  /** The row and the lane at that height, or -1. */
  at(y) {
    if (y < AXIS) return { row: -1, depth: -1 }
    for (let row = 0; row < this.tops.length; ++row) {
      const inside = y - this.top(row)
      if (inside < 0 || inside >= this.heightOf(row)) continue
      return { row, depth: Math.floor(inside / this.lane) }
    }
    return { row: -1, depth: -1 }
  }
}

const lanesOf = ({ lanes }) => Math.max(1, lanes.length)
