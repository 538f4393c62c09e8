// Placing queens: plain programs, and the same as kernels.
//
// A board is squares, n times n of them: all of them are copied for each queen that is placed, and
// the full board is checked. Or it is masks of what is threatened in the next row.

/** Whether queens in the first rows of the board at `at` do not threaten each other. */
function isPeaceful(squares, at, placed, n) {
  for (let row = 1; row < placed; ++row) {
    const own = at + row * n
    let column = 0
    while (squares[own + column] === 0) ++column
    for (let up = 1; up <= row; ++up) {
      const above = own - up * n + column
      if (squares[above] !== 0) return false
      if (column >= up && squares[above - up] !== 0) return false
      if (column + up < n && squares[above + up] !== 0) return false
    }
  }
  return true
}

/** A board for each node, as one writes it. */
function search(squares, placed, n) {
  if (!isPeaceful(squares, 0, placed, n)) return 0
  if (placed === n) return 1
  let found = 0
  for (let column = 0; column < n; ++column) {
    const next = squares.slice()
    next[placed * n + column] = 1
    found += search(next, placed + 1, n)
  }
  return found
}

export function plainBoards(n) {
  return search(new Uint8Array(n * n), 0, n)
}

/** Copies a board and adds a queen. */
function place(squares, from, to, placed, column, n) {
  squares.copyWithin(to, from, from + n * n)
  squares[to + placed * n + column] = 1
}

/** Boards in one array, so that none has to be made: a row's are free again when it is done. */
function searchPooled(squares, at, placed, n, top) {
  if (!isPeaceful(squares, at, placed, n)) return 0
  if (placed === n) return 1
  let found = 0
  for (let column = 0; column < n; ++column) {
    place(squares, at, top, placed, column, n)
    found += searchPooled(squares, top, placed + 1, n, top + n * n)
  }
  return found
}

export function pooledBoards(n) {
  return searchPooled(new Uint8Array((n + 1) * n * n), 0, 0, n, n * n)
}

/**
 * The same, forked. A chunk of the pool belongs to the isolate, which alone makes boards there, one
 * on top of the other: who forks has joined when a row's are free again.
 */
export function boards(t, at, placed, n) {
  const { pool } = t.bindings
  const { squares } = pool
  if (!isPeaceful(squares, at, placed, n)) return 0
  if (placed === n) return 1
  pool.top ??= n * n + Atomics.add(pool.claimed, 0, 1) * pool.chunk
  const first = pool.top
  const last = first + (n - 1) * n * n
  pool.top = last + n * n
  for (let column = 0; column < n - 1; ++column) {
    const next = first + column * n * n
    place(squares, at, next, placed, column, n)
    t.fork(boards, next, placed + 1, n)
  }
  place(squares, at, last, placed, n - 1, n)
  let found = boards(t, last, placed + 1, n)
  for (let column = 0; column < n - 1; ++column) found += t.join()
  pool.top = first
  return found
}

export function plainMasks(all, columns, left, right) {
  if (columns === all) return 1
  let found = 0
  for (let free = all & ~(columns | left | right); free !== 0; free &= free - 1) {
    const bit = free & -free
    found += plainMasks(all, columns | bit, (left | bit) << 1, (right | bit) >> 1)
  }
  return found
}

export function masks(t, all, columns, left, right) {
  if (columns === all) return 1
  let free = all & ~(columns | left | right)
  let forked = 0
  for (; (free & (free - 1)) !== 0; free &= free - 1) {
    const bit = free & -free
    t.fork(masks, all, columns | bit, (left | bit) << 1, (right | bit) >> 1)
    ++forked
  }
  if (free === 0) return 0
  let found = masks(t, all, columns | free, (left | free) << 1, (right | free) >> 1)
  for (; forked > 0; --forked) found += t.join()
  return found
}

/** Forks the first `rows` of them alone. */
export function masksAbove(t, all, columns, left, right, rows) {
  if (rows === 0) return plainMasks(all, columns, left, right)
  let free = all & ~(columns | left | right)
  let forked = 0
  for (; (free & (free - 1)) !== 0; free &= free - 1) {
    const bit = free & -free
    t.fork(masksAbove, all, columns | bit, (left | bit) << 1, (right | bit) >> 1, rows - 1)
    ++forked
  }
  if (free === 0) return 0
  let found = masksAbove(t, all, columns | free, (left | free) << 1, (right | free) >> 1, rows - 1)
  for (; forked > 0; --forked) found += t.join()
  return found
}
