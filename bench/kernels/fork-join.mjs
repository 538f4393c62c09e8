// What does a fork cost in TypeScript over a plain call, and what does a second worker gain?
//
// fib, which does nothing else, in a program that has run other kernels before. The plain call is
// one in the same isolate: a kernel that calls itself.
import {
  atMost,
  check,
  heddle,
  line,
  median,
  medianRatio,
  ns,
  question,
  rowsOf,
  share,
  takeTurns,
  timeCpu,
  timeWall,
} from './lib/question.mjs'

const { kernel, Scheduler } = heddle

const fib = kernel(function fib(t, n) {
  if (n < 2) return n
  t.fork(fib, n - 1)
  const right = fib(t, n - 2)
  return t.join() + right
})

const plain = kernel(function plain(t, n) {
  if (n < 2) return n
  const left = plain(t, n - 1)
  return left + plain(t, n - 2)
})

/** Others, of as many numbers as there may be, that fork as well. */
const OTHERS = [
  kernel(function two(t, n, x) {
    if (n < 2) return x
    t.fork(two, n - 1, x)
    const right = two(t, n - 2, x + 1)
    return t.join() + right
  }),
  kernel(function three(t, from, to, x) {
    if (to - from < 2) return x
    const half = (from + to) >> 1
    t.fork(three, half, to, x)
    const left = three(t, from, half, x)
    return t.join() + left
  }),
  kernel(function four(t, n, a, b, c) {
    if (n === 0) return a + b + c
    t.fork(four, n - 1, b, c, a)
    t.fork(four, n - 1, c, a, b)
    return t.join() + t.join()
  }),
  kernel(function five(t, n, a, b, c, d) {
    if (n === 0) return a * b + c * d
    t.fork(five, n - 1, a, b, c, d)
    const right = five(t, n - 1, d, c, b, a)
    return t.join() + right
  }),
]
const OTHERS_ARGS = [
  [20, 1],
  [0, 20_000, 1],
  [13, 1, 2, 3],
  [13, 1, 2, 3, 4],
]

const FIB = [0, 1]
while (FIB.length < 40) FIB.push(FIB.at(-1) + FIB.at(-2))

async function runOthers(scheduler) {
  for (let i = 0; i < 5; ++i) {
    for (const [k, other] of OTHERS.entries()) await scheduler.forkJoin(other, OTHERS_ARGS[k])
  }
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const n = tiny ? 18 : 35
  const one = new Scheduler(1)
  const two = new Scheduler(2)
  const run =
    (scheduler, what, of = n) =>
    async () => {
      check((await scheduler.forkJoin(what, [of])) === FIB[of], `fib(${of})`)
    }
  const halves = () => Promise.all([run(two, plain, n - 1)(), run(two, plain, n - 2)()])
  for (const scheduler of [one, two]) await runOthers(scheduler)

  const cpu = await takeTurns(
    { plain: () => timeCpu(run(one, plain)), forked: () => timeCpu(run(one, fib)) },
    rounds,
  )
  const wall = await takeTurns(
    {
      'plain, 1 worker': () => timeWall(run(one, plain)),
      'plain, halves on 2': () => timeWall(halves),
      '1 worker': () => timeWall(run(one, fib)),
      '2 workers': () => timeWall(run(two, fib)),
    },
    rounds,
  )
  one[Symbol.dispose]()
  two[Symbol.dispose]()

  const forks = FIB[n + 1] - 1
  const cost = median(cpu.forked.map((forked, i) => (forked - cpu.plain[i]) * (1e6 / forks)))
  const what = `fib(${n})`
  return {
    rows: [
      ...rowsOf(`${what}, CPU`, 'ns a call', cpu, 1e6 / (2 * forks + 1)),
      ...rowsOf(`${what}, wall`, 'ms', wall),
    ],
    lines: [
      atMost('fork and join over a plain call', cost, 12, ns),
      atMost(
        `${what}, 2 workers over 1`,
        medianRatio(wall['2 workers'], wall['1 worker']),
        0.6,
        share,
      ),
      line(
        'the same, plain calls that share nothing; 0.618 at best',
        share(medianRatio(wall['plain, halves on 2'], wall['plain, 1 worker'])),
      ),
    ],
  }
})
