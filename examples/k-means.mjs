// Finds the centres of clusters among N points. Each chunk of points is an index of a dispatch and
// has its own sums, and these are added up in the order of the chunks: so the result has the same
// bits whatever the number of threads. Usage: node examples/k-means.mjs [N]
import { kernel, Scheduler } from 'heddle'

import { race, sameBytes, threads } from './support/race.mjs'

const n = Number(process.argv[2] ?? 1_000_000)
const ROUNDS = 10
const CHUNK = 4096
/** Where the points are scattered around: x, y. */
const TRUE_CENTRES = [2, 2, 8, 3, 5, 8, 14, 9, 11, 15, 3, 14, 17, 3, 18, 16]
const k = TRUE_CENTRES.length / 2
/** Of each cluster in each chunk: the sum of x, that of y, and how many. */
const SUMS = 3

/** Adds each point of one chunk to the sums of the centre that is nearest. */
function assign(_, chunk, { points, centres, sums, size }) {
  chunk |= 0 // It has come as a double; with an integer this is twice as fast.
  const k = centres.length / 2
  const first = 3 * k * chunk
  sums.fill(0, first, first + 3 * k)
  const end = Math.min(points.length, 2 * size * (chunk + 1))
  for (let at = 2 * size * chunk; at < end; at += 2) {
    const [x, y] = [points[at], points[at + 1]]
    let nearest = 0
    let least = Infinity
    for (let c = 0; c < k; ++c) {
      const distance = (x - centres[2 * c]) ** 2 + (y - centres[2 * c + 1]) ** 2
      if (distance < least) {
        least = distance
        nearest = c
      }
    }
    sums[first + 3 * nearest] += x
    sums[first + 3 * nearest + 1] += y
    sums[first + 3 * nearest + 2] += 1
  }
}

/** Moves each centre to the mean of its points. */
function update({ centres, sums }) {
  for (let c = 0; c < k; ++c) {
    const total = [0, 0, 0]
    for (let at = SUMS * c; at < sums.length; at += SUMS * k) {
      for (let i = 0; i < SUMS; ++i) total[i] += sums[at + i]
    }
    if (total[2] > 0) centres.set([total[0] / total[2], total[1] / total[2]], 2 * c)
  }
}

const shared = (length) => new Float64Array(new SharedArrayBuffer(8 * length))
const chunks = Math.ceil(n / CHUNK)
const points = shared(2 * n)
const spread = () => Math.random() + Math.random() - Math.random() - Math.random()
for (let i = 0; i < points.length; ++i) {
  const cluster = (i >> 1) % k
  points[i] = TRUE_CENTRES[2 * cluster + (i & 1)] + spread()
}

/** It begins not far from where it has to go, as a real one would by k-means++. */
function begin() {
  const centres = shared(2 * k)
  centres.set(TRUE_CENTRES.map((x, i) => x + Math.sin(i)))
  return { points, centres, sums: shared(SUMS * k * chunks), size: CHUNK }
}

const assignKernel = kernel(assign)
const scheduler = new Scheduler(threads)

async function onAll() {
  const bindings = begin()
  for (let round = 0; round < ROUNDS; ++round) {
    await scheduler.dispatch(assignKernel, chunks, bindings)
    update(bindings)
  }
  return bindings.centres
}

function onOne() {
  const bindings = begin()
  for (let round = 0; round < ROUNDS; ++round) {
    for (let chunk = 0; chunk < chunks; ++chunk) assign(undefined, chunk, bindings)
    update(bindings)
  }
  return bindings.centres
}

const job = `${ROUNDS} rounds of k-means, ${n} points`
const centres = await race(job, scheduler, { onAll, onOne }, sameBytes)
console.log([...centres].map((x) => x.toFixed(2)).join(' '))
scheduler[Symbol.dispose]()
