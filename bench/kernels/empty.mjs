// How many empty tasks a second are there, forked or dispatched, beside the peers' pools?

import { closePeers, openPeers } from './lib/peers.mjs'
import {
  atLeast,
  check,
  heddle,
  line,
  median,
  medianRatio,
  ns,
  question,
  rowsOf,
  THREADS,
  takeTurns,
  times,
  timeWall,
} from './lib/question.mjs'

const { kernel, Scheduler } = heddle

/** A thousand are in flight, of all but what is forked. */
const IN_FLIGHT = 1000

/** Forks `count` empty tasks, so many at a time. */
const loop = kernel(
  (t, count, most) => {
    for (let left = count; left > 0; left -= most) {
      for (let i = 0; i < most; ++i) t.fork(t.uses.empty)
      for (let i = 0; i < most; ++i) t.join()
    }
    return count
  },
  { uses: { empty: () => {} } },
)

/** Forks as many in a tree of halves: its leaves are empty. */
const tree = kernel(function tree(t, count) {
  if (count < 2) return count
  const half = count >> 1
  t.fork(tree, half)
  const rest = tree(t, count - half)
  return t.join() + rest
})

const nothing = kernel(() => {})

async function inFlight(count, run) {
  for (let left = count; left > 0; left -= IN_FLIGHT) {
    const all = Array.from({ length: Math.min(left, IN_FLIGHT) }, run)
    await Promise.all(all)
  }
}

/** The same, of values that are awaited one after the other: see `Operations on Async`. */
async function inOrder(count, run) {
  for (let left = count; left > 0; left -= IN_FLIGHT) {
    const all = Array.from({ length: Math.min(left, IN_FLIGHT) }, run)
    for (const one of all) await one
  }
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const count = tiny ? 2000 : 1_000_000
  const asked = tiny ? 100 : 20_000
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const peers = await openPeers(THREADS)
  const perTask = (of, program) => async () => (1e6 * (await timeWall(program))) / of
  const sides = {
    'forked in a tree': perTask(count, async () => {
      check((await scheduler.forkJoin(tree, [count])) === count, 'a tree')
    }),
    'forked in a loop, 50 at a time': perTask(count, async () => {
      check((await scheduler.forkJoin(loop, [count, 50])) === count, 'a loop')
    }),
    'dispatched, awaited in order': perTask(count, () =>
      inOrder(count, () => scheduler.dispatch(nothing, 1)),
    ),
    'dispatched, Promise.all': perTask(count / 10, () =>
      inFlight(count / 10, () => scheduler.dispatch(nothing, 1)),
    ),
  }
  for (const [name, peer] of Object.entries(peers)) {
    sides[name] = perTask(asked, () => inFlight(asked, () => peer.run('empty')))
  }
  const samples = await takeTurns(sides, rounds)
  await closePeers(peers)
  scheduler[Symbol.dispose]()
  const [treeNs, loopNs, inOrderNs] = Object.values(samples)
  const lines = [line('an empty task, forked and joined', ns(median(loopNs)))]
  for (const name of ['piscina', 'tinypool'].filter((one) => one in peers)) {
    const over = (ours) => medianRatio(samples[name], ours)
    lines.push(
      atLeast(`empty forks over tasks of ${name}, tree`, over(treeNs), 1000, times),
      atLeast(`empty forks over tasks of ${name}, loop`, over(loopNs), 1000, times),
      atLeast(`dispatches of one index over tasks of ${name}`, over(inOrderNs), 20, times),
    )
  }
  return { rows: rowsOf('an empty task', 'ns', samples), lines }
})
