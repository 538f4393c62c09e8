// Quicksort in place, by itself and in forks: the module that quicksort.mjs has its kernel from.
// A module's kernel may use and fork whatever is in its module.

/** Below so many values a fork would cost more than it brings. */
const FORK_MIN = 4096
/** So few are sorted sooner by insertion. */
const INSERT_MAX = 24

/** Sorts `t.bindings.values` from `from` to `to - 1`; the two halves on any cores. */
export function forkedQuicksort(t, from, to) {
  // What was forked has come as doubles; with integers the loops below are twice as fast.
  from |= 0
  to |= 0
  const { values } = t.bindings
  if (to - from < FORK_MIN) {
    quicksort(values, from, to)
    return
  }
  const middle = partition(values, from, to)
  t.fork(forkedQuicksort, from, middle)
  forkedQuicksort(t, middle, to)
  t.join()
}

/** The same without forks. */
export function quicksort(values, from, to) {
  if (to - from <= INSERT_MAX) {
    insertionSort(values, from, to)
    return
  }
  const middle = partition(values, from, to)
  quicksort(values, from, middle)
  quicksort(values, middle, to)
}

/** Hoare's: nothing before the index that it gives is larger than anything from there on. */
function partition(values, from, to) {
  const pivot = medianOfThree(values[from], values[(from + to) >> 1], values[to - 1])
  let low = from
  let high = to - 1
  while (true) {
    while (values[low] < pivot) ++low
    while (values[high] > pivot) --high
    if (low >= high) break
    const value = values[low]
    values[low++] = values[high]
    values[high--] = value
  }
  return low
}

function medianOfThree(a, b, c) {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}

function insertionSort(values, from, to) {
  for (let i = from + 1; i < to; ++i) {
    const value = values[i]
    let at = i
    while (at > from && values[at - 1] > value) {
      values[at] = values[at - 1]
      --at
    }
    values[at] = value
  }
}
