// Sorts N random numbers in place, in shared memory: each half is a fork.
// Usage: node examples/quicksort.mjs [N]
import { kernel, Scheduler } from 'heddle'

import { quicksort } from './quicksort-kernels.mjs'
import { race, sameBytes, threads } from './support/race.mjs'

const n = Number(process.argv[2] ?? 4_000_000)

const forkedQuicksort = kernel(
  new URL('./quicksort-kernels.mjs', import.meta.url),
  'forkedQuicksort',
)
const unsorted = Float64Array.from({ length: n }, () => Math.random())
const values = new Float64Array(new SharedArrayBuffer(8 * n))
const copy = new Float64Array(n)
const scheduler = new Scheduler(threads)

async function onAll() {
  values.set(unsorted)
  await scheduler.forkJoin(forkedQuicksort, [0, n], { bindings: { values } })
  return values
}

function onOne() {
  copy.set(unsorted)
  quicksort(copy, 0, n)
  return copy
}

const sorted = await race(`quicksort of ${n}`, scheduler, { onAll, onOne }, sameBytes)
console.log(sameBytes(sorted, unsorted.sort()) ? 'as sort() does' : 'not as sort() does')
scheduler[Symbol.dispose]()
