// How fast are 10 M f64 sorted, beside Float64Array.prototype.sort?
//
// From an array in JavaScript to another one that can be read there, with all copies.
import {
  atLeast,
  check,
  heddle,
  medianRatio,
  question,
  rowsOf,
  THREADS,
  takeTurns,
  times,
  timeWall,
} from './lib/question.mjs'

const { Async, Scheduler, ScopedScheduler } = heddle

/** Numbers that no run has in another order. */
function randomNumbers(count) {
  let seed = 1
  return Float64Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed / 1000 - 1e6
  })
}

function shared(values) {
  const copy = new Float64Array(new SharedArrayBuffer(values.byteLength))
  copy.set(values)
  return copy
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const numbers = randomNumbers(tiny ? 1000 : 10_000_000)
  const expected = numbers.slice().sort()
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const scope = new ScopedScheduler(scheduler)
  const timed = (sort) => async () => {
    const copy = sort.takesShared ? shared(numbers) : numbers.slice()
    let sorted
    const wall = await timeWall(async () => {
      sorted = await sort(copy)
    })
    check(sorted.length === expected.length, 'its length')
    check(
      expected.every((x, i) => x === sorted[i]),
      'an order',
    )
    return wall
  }
  const sides = {
    'Float64Array.prototype.sort': timed((copy) => copy.sort()),
    'Async.of(array).sort()': timed(async (copy) => await Async.of(copy).sort()),
  }
  if (typeof scheduler.sort === 'function') {
    const sort = async (copy) => await scheduler.sort(copy)
    sort.takesShared = true
    sides['scheduler.sort(array)'] = timed(sort)
  }
  const samples = await takeTurns(sides, rounds)
  scope[Symbol.dispose]()
  scheduler[Symbol.dispose]()
  const [theirs, ...ours] = Object.keys(sides)
  return {
    rows: rowsOf('sort', 'ms', samples),
    lines: ours.map((name) =>
      atLeast(`${name} over ${theirs}`, medianRatio(samples[theirs], samples[name]), 4, times),
    ),
  }
})
