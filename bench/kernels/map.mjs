// How fast is Math.sqrt(x) * 2 of 10 M f64 by dispatch, beside a loop and the peers?
//
// Into an array that is there. All memory is shared, and touched before. A peer has a task for each
// thread, half of it each.

import { closePeers, openPeers } from './lib/peers.mjs'
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
import * as tasks from './lib/tasks.mjs'

const { kernel, Scheduler } = heddle

const root = kernel((_, i, { from, into }) => {
  into[i] = Math.sqrt(from[i]) * 2
})
const rootOf = kernel((_, x) => Math.sqrt(x) * 2)

function shared(count) {
  return new Float64Array(new SharedArrayBuffer(8 * count))
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const count = tiny ? 1000 : 10_000_000
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const peers = await openPeers(THREADS)
  const from = shared(count)
  const into = shared(count)
  for (let i = 0; i < count; ++i) from[i] = i / 2
  const timed = (program) => async (round) => {
    into[round & 7] = -1
    into[count - 1] = -1
    const wall = await timeWall(program)
    for (let i = 0; i < count; i += 997) check(into[i] === Math.sqrt(i / 2) * 2, `at ${i}`)
    check(into[round & 7] >= 0 && into[count - 1] > 0, 'the ends')
    return wall
  }
  const sides = {
    'plain loop': timed(() => tasks.map({ from, into, begin: 0, end: count })),
    'Heddle, dispatch': timed(() => scheduler.dispatch(root, count, { from, into })),
  }
  if (typeof scheduler.map === 'function') {
    sides['Heddle, map'] = timed(() => scheduler.map(from, rootOf, { into }))
  }
  for (const [name, peer] of Object.entries(peers)) {
    sides[name] = timed(() =>
      Promise.all(
        Array.from({ length: THREADS }, (_, k) => {
          const [begin, end] = [k, k + 1].map((part) => Math.floor((part * count) / THREADS))
          return peer.run('map', { from, into, begin, end })
        }),
      ),
    )
  }
  const samples = await takeTurns(sides, rounds)
  await closePeers(peers)
  scheduler[Symbol.dispose]()
  const lines = []
  for (const ours of Object.keys(sides).filter((name) => name.startsWith('Heddle'))) {
    const over = (name) => medianRatio(samples[name], samples[ours])
    lines.push(atLeast(`${ours} over a plain loop`, over('plain loop'), 1.8, times))
    const [nearest] = Object.keys(peers).sort((a, b) => over(a) - over(b))
    if (nearest)
      lines.push(atLeast(`${ours} over ${nearest}, the fastest`, over(nearest), 1, times))
  }
  return { rows: rowsOf('roots', 'ms', samples), lines }
})
