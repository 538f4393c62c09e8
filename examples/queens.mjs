// Counts the ways to put N queens on a board of N by N, none of which attacks another: a tree of
// forks. Usage: node examples/queens.mjs [N]
import { kernel, Scheduler } from 'heddle'

import { race, threads } from './support/race.mjs'

const n = Number(process.argv[2] ?? 14)

/**
 * The ways to fill the rows that are left. `full` has a bit for each column; the others have those
 * that are attacked in the next row: straight down, and aslant to the left and to the right.
 */
function count(full, columns, left, right) {
  if (columns === full) return 1
  let ways = 0
  let free = full & ~(columns | left | right)
  while (free !== 0) {
    const queen = free & -free
    free ^= queen
    ways += count(full, columns | queen, (left | queen) << 1, (right | queen) >> 1)
  }
  return ways
}

/**
 * The same, where each queen of the first `forked` rows is a task that another core may take. Below
 * them a fork would cost more than it brings.
 */
const queens = kernel(
  function queens(t, full, forked, columns, left, right) {
    if (forked === 0) return count(full, columns, left, right)
    let free = full & ~(columns | left | right)
    let forks = 0
    while (free !== 0) {
      const queen = free & -free
      free ^= queen
      t.fork(queens, full, forked - 1, columns | queen, (left | queen) << 1, (right | queen) >> 1)
      ++forks
    }
    let ways = 0
    for (; forks > 0; --forks) ways += t.join()
    return ways
  },
  { uses: { count } },
)

const full = 2 ** n - 1
const scheduler = new Scheduler(threads)

const ways = await race(`${n} queens`, scheduler, {
  onAll: () => scheduler.forkJoin(queens, [full, Math.min(n, 4), 0, 0, 0]),
  onOne: () => count(full, 0, 0, 0),
})
console.log(`${ways} ways`)
scheduler[Symbol.dispose]()
