/**
 * The algorithms, as source text that is compiled anew for each kernel K: see
 * `kernel-templates.ts`. Numbers in, as everything that is forked has; the arrays are `t.data`.
 *
 * Where the order of calls shows in the result, it goes by the number of elements only, never by
 * who helps. So the elements are cut into blocks: the largest power of two that makes at least 64
 * of them, but at most 4,096 elements, as in `native/include/heddle/reduce.h`.
 *
 * `made` gives the function of another template, made of the same kernel.
 */
import { EACH, RANGE } from './kernel-templates.js'

const BLOCKS_MIN = 64
const BLOCK_MAX = 4096

/** How many elements a block of so many has. */
export function blockOf(length: number): number {
  let block = 1
  while (2 * block * BLOCKS_MIN <= length && block < BLOCK_MAX) block *= 2
  return block
}

/** A loop over blocks, or what else is numbered: `body` for each n of a step. */
const BLOCKS = (name: string, fields: string, body: string) =>
  RANGE(
    name,
    '',
    `const { ${fields} } = t.data
        for (let n = begin; n < end; ++n) {
          ${body}
        }`,
  )

/** The first element of block n, and the one behind its last. */
const BOUNDS = `const first = n * block
          const last = Math.min(array.length, first + block)`

const MAP = RANGE(
  'map',
  '',
  `const { array, out } = t.data
        ${EACH('out[i] = K(t, array[i], i, b)')}`,
)

const EACH_CHUNK = BLOCKS(
  'forEach',
  'array, chunk',
  'K(t, array.subarray(n * chunk, (n + 1) * chunk), n * chunk, b)',
)

const EACH_RANGE = BLOCKS(
  'forEach',
  'length, chunk',
  'K(t, n * chunk, Math.min(length, (n + 1) * chunk), b)',
)

/** The elements of each block that K wants, at the block's front. They may replace it. */
const SELECT = BLOCKS(
  'filter',
  'array, block, kept, counts',
  `${BOUNDS}
          let at = first
          for (let i = first; i < last; ++i) {
            const x = array[i]
            if (K(t, x, i, b)) kept[at++] = x
          }
          counts[n] = at - first`,
)

const GATHER = BLOCKS(
  'filter',
  'block, kept, counts, starts, out',
  `const first = n * block
          out.set(kept.subarray(first, first + counts[n]), starts[n])`,
)

/** What K wants at each block's front, and the rest at its end, the other way round. */
const SPLIT = BLOCKS(
  'partition',
  'array, block, kept, counts',
  `${BOUNDS}
          let at = first
          let rest = last
          for (let i = first; i < last; ++i) {
            const x = array[i]
            if (K(t, x, i, b)) kept[at++] = x
            else kept[--rest] = x
          }
          counts[n] = at - first`,
)

const PLACE = BLOCKS(
  'partition',
  'array, block, kept, counts, starts, rests, out',
  `${BOUNDS}
          const middle = first + counts[n]
          out.set(kept.subarray(first, middle), starts[n])
          let at = rests[n]
          for (let i = last; i > middle;) out[at++] = kept[--i]`,
)

const PARTITION = `(K, pace, made) => {
  const split = made('split')
  const place = made('place')
  return function partition(t, blocks) {
    split(t, 0, blocks)
    if (t.shouldStop) return 0
    const { array, block, counts, starts, rests } = t.data
    let count = 0
    for (let n = 0; n < blocks; ++n) {
      starts[n] = count
      rests[n] = n * block - count
      count += counts[n]
    }
    for (let n = 0; n < blocks; ++n) rests[n] += count
    place(t, 0, blocks)
    return count
  }
}`

/** How often each bin comes in each part: a row for a part. */
const COUNT = BLOCKS(
  'histogram',
  'array, block, bins, rows',
  `${BOUNDS}
          const row = n * bins
          for (let i = first; i < last; ++i) {
            const bin = Math.floor(K(t, array[i], i, b))
            if (bin >= 0 && bin < bins) rows[row + bin] += 1
          }`,
)

const ADD_UP = BLOCKS(
  'histogram',
  'rows, out',
  `let sum = 0
          for (let at = n; at < rows.length; at += out.length) sum += rows[at]
          out[n] = sum`,
)

const HISTOGRAM = `(K, pace, made) => {
  const count = made('count')
  const addUp = made('addUp')
  return function histogram(t, parts) {
    count(t, 0, parts)
    if (!t.shouldStop) addUp(t, 0, t.data.bins)
  }
}`

/** The tree of `native/include/heddle/reduce.h`: block by block from the left, halves first. */
const REDUCE = `(K, pace) => {
  function fold(t, first, last) {
    if (last - first > 1) {
      const half = first + Math.floor((last - first) / 2)
      const lower = fold(t, first, half)
      return +K(t, lower, fold(t, half, last))
    }
    const { array, block } = t.data
    const end = Math.min(array.length, last * block)
    let value = array[first * block]
    for (let i = first * block + 1; i < end; ++i) value = +K(t, value, array[i])
    return value
  }
  function reduce(t, first, last) {
    if (t.shouldStop) return 0
    const count = (last - first) * t.data.block
    if (last - first === 1 || count <= pace.step) {
      pace.begin()
      const value = fold(t, first, last)
      const seen = pace.end(count)
      if (seen > 0) t.step(seen)
      return value
    }
    const half = first + Math.floor((last - first) / 2)
    t.fork(reduce, half, last)
    const lower = reduce(t, first, half)
    if (t.takeBack()) return +K(t, lower, reduce(t, half, last))
    pace.pause()
    return +K(t, lower, t.taken)
  }
  return reduce
}`

/** Combined from the left. */
const TOTALS = BLOCKS(
  'scan',
  'array, block, totals',
  `${BOUNDS}
          let total = array[first]
          for (let i = first + 1; i < last; ++i) total = +K(t, total, array[i])
          totals[n] = total`,
)

/** Blocks whose carries are known. None of them is the first. */
const REST = BLOCKS(
  'scan',
  'array, block, carries, out, isExclusive',
  `${BOUNDS}
          let value = carries[n]
          for (let i = first; i < last; ++i) {
            const before = value
            value = +K(t, value, array[i])
            out[i] = isExclusive ? before : value
          }`,
)

/**
 * One pass from the left; helpers add up blocks further right. Where the pass arrives there, their
 * carries are known, and they are scanned at once. The carry of a block is that of the one before
 * combined with its total, whoever has added it up: so the pass adds up its own, too.
 */
const SCAN = `(K, pace, made) => {
  const totals = made('totals')
  const rest = made('rest')
  function pass(t, n) {
    const { array, block, carries, out, identity, isExclusive } = t.data
    const first = n * block
    const last = Math.min(array.length, first + block)
    let total = array[first]
    let value = total
    let before = identity
    if (n > 0) {
      before = carries[n]
      value = +K(t, before, total)
    }
    out[first] = isExclusive ? before : value
    for (let i = first + 1; i < last; ++i) {
      const x = array[i]
      before = value
      value = +K(t, value, x)
      out[i] = isExclusive ? before : value
      if (n > 0) total = +K(t, total, x)
    }
    carries[n + 1] = n > 0 ? +K(t, carries[n], total) : value
  }
  function scan(t, first, last) {
    const { block } = t.data
    while (first < last && !t.shouldStop) {
      const count = (last - first) * block
      if (last - first === 1 || count <= pace.step) {
        pace.begin()
        for (let n = first; n < last; ++n) pass(t, n)
        const seen = pace.end(count)
        if (seen > 0) t.step(seen)
        return
      }
      const half = first + Math.floor((last - first) / 2)
      t.fork(totals, half, last)
      scan(t, first, half)
      first = half
      if (t.takeBack()) continue
      pace.pause()
      if (t.shouldStop) return
      const { carries, totals: known } = t.data
      for (let n = half; n < last; ++n) carries[n + 1] = +K(t, carries[n], known[n])
      rest(t, half, last)
      return
    }
  }
  return scan
}`

/**
 * Merges [l, lEnd) and [r, rEnd) of one of two arrays into the other, from `at` on: into `out`, or
 * from -1 - `at` on into `spare`. Equals of the left come first. See
 * `native/include/heddle/merge_sort.h`.
 */
const MERGE = `(K, pace) => {
  const MERGE_MIN = 8192
  function serially(t, from, to, l, lEnd, r, rEnd, at) {
    if (l < lEnd && r < rEnd && !(K(t, from[lEnd - 1], from[r]) > 0)) {
      while (l < lEnd) to[at++] = from[l++]
    } else if (l < lEnd && r < rEnd) {
      let x = from[l]
      let y = from[r]
      for (;;) {
        if (K(t, x, y) > 0) {
          to[at++] = y
          if (++r === rEnd) break
          y = from[r]
        } else {
          to[at++] = x
          if (++l === lEnd) break
          x = from[l]
        }
      }
    }
    while (l < lEnd) to[at++] = from[l++]
    while (r < rEnd) to[at++] = from[r++]
  }
  /** How many of [begin, end) go before x, or before it or beside it. */
  function cut(t, from, begin, end, x, besides) {
    while (begin < end) {
      const middle = begin + Math.floor((end - begin) / 2)
      const isBefore = besides ? !(K(t, from[middle], x) > 0) : K(t, x, from[middle]) > 0
      if (isBefore) begin = middle + 1
      else end = middle
    }
    return begin
  }
  function merge(t, l, lEnd, r, rEnd, at) {
    const { out, spare } = t.data
    const from = at < 0 ? out : spare
    if (lEnd - l + rEnd - r <= MERGE_MIN) {
      const to = at < 0 ? spare : out
      if (!t.shouldStop) serially(t, from, to, l, lEnd, r, rEnd, at < 0 ? -1 - at : at)
      return
    }
    const isLeft = lEnd - l >= rEnd - r
    const lCut = isLeft
      ? l + Math.floor((lEnd - l) / 2)
      : cut(t, from, l, lEnd, from[r + Math.floor((rEnd - r) / 2)], true)
    const rCut = isLeft
      ? cut(t, from, r, rEnd, from[lCut], false)
      : r + Math.floor((rEnd - r) / 2)
    const count = lCut - l + rCut - r
    t.fork(merge, lCut, lEnd, rCut, rEnd, at < 0 ? at - count : at + count)
    merge(t, l, lCut, r, rCut, at)
    if (t.takeBack()) merge(t, lCut, lEnd, rCut, rEnd, at < 0 ? at - count : at + count)
  }
  merge.serially = serially
  return merge
}`

/** Sorts [begin, end) of `array` into `out` or `spare`: halves into the other, then merged. */
const SORT = `(K, pace, made) => {
  const merge = made('merge')
  const { serially } = merge
  const RUN = 12
  const FORK_MIN = 4096
  function insert(t, array, to, begin, end) {
    for (let i = begin; i < end; ++i) {
      const x = array[i]
      let at = i
      for (; at > begin && K(t, to[at - 1], x) > 0; --at) to[at] = to[at - 1]
      to[at] = x
    }
  }
  function alone(t, array, to, other, begin, end) {
    if (end - begin <= RUN) return insert(t, array, to, begin, end)
    const half = begin + Math.floor((end - begin) / 2)
    alone(t, array, other, to, begin, half)
    alone(t, array, other, to, half, end)
    serially(t, other, to, begin, half, half, end, begin)
  }
  function sort(t, begin, end, isSpare) {
    if (t.shouldStop) return
    if (end - begin <= FORK_MIN) {
      const { array, out, spare } = t.data
      alone(t, array, isSpare ? spare : out, isSpare ? out : spare, begin, end)
      t.step(end - begin)
      return
    }
    const half = begin + Math.floor((end - begin) / 2)
    t.fork(sort, half, end, 1 - isSpare)
    sort(t, begin, half, 1 - isSpare)
    if (t.takeBack()) sort(t, half, end, 1 - isSpare)
    if (!t.shouldStop) merge(t, begin, half, half, end, isSpare ? -1 - begin : begin)
  }
  return sort
}`

/** By name, for `made` texts. */
export const ALGORITHMS: Record<string, string> = {
  map: MAP,
  forEachChunk: EACH_CHUNK,
  forEachRange: EACH_RANGE,
  select: SELECT,
  gather: GATHER,
  partition: PARTITION,
  split: SPLIT,
  place: PLACE,
  histogram: HISTOGRAM,
  count: COUNT,
  addUp: ADD_UP,
  reduce: REDUCE,
  scan: SCAN,
  totals: TOTALS,
  rest: REST,
  sort: SORT,
  merge: MERGE,
}
