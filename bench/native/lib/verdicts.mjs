// What was measured, held against the floors that were set: a line each.
import { CONTESTS } from './rows.mjs'

/** Two times are a tie where both are within this of the serial code. */
const TIE = 1.03

const ns = (value) => `${value.toFixed(value < 100 ? 2 : 0)} ns`
const us = (value) => `${(value / 1000).toFixed(2)} µs`
const ratio = (value) => value.toFixed(3)

/** Nanoseconds for a unit of work: CPU time with one worker or none, wall time with more. */
export function perUnit({ workers, wall, cpu, units }) {
  return (workers > 1 ? wall : cpu) / units
}

/** A contest's cell. */
export function find(cells, by, workers, size) {
  return cells.find((cell) => cell.by === by && cell.workers === workers && cell.size === size)
}

/** How many times longer than gcc's serial code, at the same size. */
export function overSerial(cells, cell) {
  return perUnit(cell) / perUnit(find(cells, 'Heddle', 0, cell.size))
}

/** What about, what was measured, the floor if there is one, and whether it holds. */
const line = (what, measured, floor, holds) => ({ what, measured, floor, holds })

function forkLines({ fib, 'fib at plain -O2': plain, instructions }) {
  const lines = []
  if (fib) {
    const [serial, one] = [0, 1].map((workers) => find(fib, 'Heddle', workers))
    const cost = perUnit(one) - perUnit(serial)
    lines.push(line('fork and join over a plain call', ns(cost), 'at most 1.3 ns', cost <= 1.3))
  }
  if (instructions) {
    const { over, overLean } = instructions
    const both = `${over.toFixed(1)}; ${overLean.toFixed(1)} over leaner code`
    lines.push(line('its instructions', both, 'at most 12', Math.round(over) <= 12))
  }
  if (plain) {
    const cost = perUnit(plain[1]) - perUnit(plain[0])
    lines.push(line('the same, serial code with half the calls', ns(cost), '', undefined))
  }
  return lines
}

/** For 1 and 2 workers: how much longer than Heddle the fastest peer takes. */
function contestLines({ name }, cells) {
  if (!cells) return []
  return [1, 2].map((workers) => {
    const times = cells
      .filter((cell) => cell.workers === workers)
      .map((cell) => ({ by: cell.by, time: overSerial(cells, cell) }))
      .sort((a, b) => a.time - b.time)
    const ours = times.find(({ by }) => by === 'Heddle')
    const best = times.find(({ by }) => by !== 'Heddle')
    const what = `${name}, ${workers === 1 ? '1 worker' : '2 workers'}: fastest peer over Heddle`
    if (!best) return line(what, 'no peer is installed', 'above 1', undefined)
    const isTie = workers === 1 && [ours, best].every(({ time }) => Math.abs(time - 1) <= TIE - 1)
    const measured = `${ratio(best.time / ours.time)}, ${best.by}${isTie ? ': a tie' : ''}`
    return line(what, measured, 'above 1', isTie || best.time > ours.time)
  })
}

function serialLine(name, cells) {
  if (!cells) return []
  const over = overSerial(cells, find(cells, 'Heddle', 1))
  return [line(`${name}, 1 worker over serial`, ratio(over), 'at most 1.05', over <= 1.05)]
}

/** Lines of the cases, by name; each is given its cells by name. */
const CASE_LINES = {
  'fib by two': (by) => {
    const share = by['2 workers'].wall / by['1 worker'].wall
    const bare = perUnit(by['two threads']) / perUnit(by['a thread'])
    return [
      line('fib, 2 workers over 1', ratio(share), 'at most 0.55', share <= 0.55),
      line('the same, bare threads that share nothing', ratio(bare), '', undefined),
    ]
  },
  'long leaf': (by) =>
    ['Heddle', 'Heddle, busy thief'].map((who) => {
      const seconds = by[who].wall / 1e9
      return line(`long leaf: ${who}`, `${ratio(seconds)} s`, 'at most 1.08 s', seconds <= 1.08)
    }),
  switch: ({ Heddle, 'Boost.Context': boost }) => [
    line('switch', ns(Heddle.switch), 'at most 4 ns', Heddle.switch <= 4),
    ...(boost
      ? [
          line(
            'switch, beside jump_fcontext',
            `${ns(boost.heddle)} to ${ns(boost.switch)}`,
            'below it',
            boost.heddle < boost.switch,
          ),
        ]
      : []),
  ],
  fiber: ({ Heddle, 'Boost.Fiber': boost }) => [
    line('make, run and free a fiber', ns(Heddle.fiber), 'at most 60 ns', Heddle.fiber <= 60),
    ...(boost
      ? [
          line(
            'the same over Boost.Fiber',
            `${ratio(Heddle.fiber / boost.fiber)} of ${ns(boost.fiber)}`,
            'at most 0.1',
            Heddle.fiber <= boost.fiber / 10,
          ),
        ]
      : []),
  ],
  'plain loop': ({ Heddle }) => {
    const over = Heddle.parallel / Heddle.plain
    return [line('parallel loop over the plain one', ratio(over), 'at most 1.02', over <= 1.02)]
  },
  'skewed loop': ({ '1 worker': one, Heddle }) => {
    const gain = one.wall / Heddle.wall
    return [line('skewed loop, 2 workers', `${ratio(gain)} x`, 'at least 1.9 x', gain >= 1.9)]
  },
  'tiny loops': ({ Heddle }) => {
    const time = perUnit(Heddle)
    return [line('a loop of 1,000 tiny iterations', us(time), 'at most 1.5 µs', time <= 1500)]
  },
  wake: ({ Heddle, 'Heddle, free': free }) => {
    const over = Heddle.p50 / Heddle.bare_p50
    const p50 = `${us(Heddle.p50)}: ${ratio(over)}`
    const burnt = Math.max(Heddle.burnt, free.burnt)
    return [
      line('submit until it runs, p50 over a futex', p50, 'at most 1.3', over <= 1.3),
      line('the same, threads left free', ratio(free.p50 / free.bare_p50), '', undefined),
      line('CPU for one isolated task', us(burnt), 'at most 60 µs', burnt <= 60_000),
      line('CPU while idle, of half a second', us(Heddle.idle), 'zero', Heddle.idle < 1000),
    ]
  },
  jobs: ({ Heddle }) => {
    const rate = 1000 / perUnit(Heddle)
    return [line('ready jobs', `${rate.toFixed(1)} M/s`, 'at least 10 M/s', rate >= 10)]
  },
}

/** All lines for which something was measured. `results`: cells by the name of their row. */
export function verdicts(results) {
  const lines = [
    ...forkLines(results),
    ...CONTESTS.flatMap((contest) => contestLines(contest, results[contest.name])),
    ...['n-queens 13', 'UTS T1', 'UTS T3'].flatMap((name) => serialLine(name, results[name])),
  ]
  for (const [name, linesOf] of Object.entries(CASE_LINES)) {
    if (!results[name]) continue
    lines.push(...linesOf(Object.fromEntries(results[name].map((cell) => [cell.by, cell]))))
  }
  return lines
}
