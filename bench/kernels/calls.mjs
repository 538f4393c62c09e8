// How long does a call of an empty kernel take, and how many are there a second?

import { closePeers, openPeers } from './lib/peers.mjs'
import {
  atLeast,
  atMost,
  heddle,
  median,
  medianRatio,
  question,
  rowsOf,
  share,
  THREADS,
  takeTurns,
  times,
  timeWall,
} from './lib/question.mjs'

const { kernel, Scheduler } = heddle

const IN_FLIGHT = 1000

const nothing = kernel(() => {})

/** The median of so many that are awaited one by one, in microseconds. */
async function latency(count, run) {
  const taken = []
  for (let i = 0; i < count; ++i) taken.push(1000 * (await timeWall(run)))
  return median(taken)
}

/** Microseconds each, so many at once. */
async function rate(count, run) {
  const wall = await timeWall(async () => {
    for (let left = count; left > 0; left -= IN_FLIGHT) {
      await Promise.all(Array.from({ length: Math.min(left, IN_FLIGHT) }, run))
    }
  })
  return (1000 * wall) / count
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const peers = await openPeers(THREADS)
  const runs = { Heddle: () => scheduler.call(nothing, []) }
  for (const [name, peer] of Object.entries(peers)) runs[name] = () => peer.run('empty')
  const sidesOf = (measure, count) =>
    Object.fromEntries(
      Object.entries(runs).map(([name, run]) => [name, () => measure(tiny ? 10 : count, run)]),
    )
  const one = await takeTurns(sidesOf(latency, 2000), rounds)
  const many = await takeTurns(sidesOf(rate, 20_000), rounds)
  await closePeers(peers)
  scheduler[Symbol.dispose]()
  const lines = []
  if (peers.piscina) {
    lines.push(
      atMost('a call alone, p50 over piscina', medianRatio(one.Heddle, one.piscina), 1 / 3, share),
      atLeast(
        'calls a second, 1,000 in flight, over piscina',
        medianRatio(many.piscina, many.Heddle),
        15,
        times,
      ),
    )
  }
  return {
    rows: [
      ...rowsOf('one at a time, p50', 'µs', one),
      ...rowsOf('1,000 in flight, each', 'µs', many),
    ],
    lines,
  }
})
