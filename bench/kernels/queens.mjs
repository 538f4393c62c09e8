// How much faster than plain JavaScript is a search that forks at every node, on two workers?
//
// n-queens: by full boards, which lie in shared memory since only numbers are forked, and by bit
// masks. A node is a queen that was placed.
import { fileURLToPath } from 'node:url'

import { plainBoards, plainMasks, pooledBoards } from './lib/queens.mjs'
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

const MODULE = fileURLToPath(new URL('lib/queens.mjs', import.meta.url))

const KNOWN = {
  8: { solutions: 92, boards: 15_721, masks: 2057 },
  10: { solutions: 724, boards: 348_151, masks: 35_539 },
  12: { solutions: 14_200, boards: 10_103_869, masks: 856_189 },
  13: { solutions: 73_712, boards: 59_815_315, masks: 4_674_890 },
}

/** Boards that the isolates have of their own, and how many there may be. */
const CHUNK = 4096
const ISOLATES = 16

async function askBoards({ tiny, ...rounds }, scheduler) {
  const n = tiny ? 8 : 12
  const small = tiny ? 8 : 10
  const right = (of, found) => check(found === KNOWN[of].solutions, `${found} solutions`)
  const nodes = (of, time) => (time * 1e6) / KNOWN[of].boards
  const bytes = n * n * (1 + CHUNK * ISOLATES)
  const squares = new Uint8Array(new SharedArrayBuffer(bytes))
  const search = kernel(MODULE, 'boards')
  const sides = {
    [`plain, a new board for each, ${small} queens`]: async () =>
      nodes(small, await timeWall(() => right(small, plainBoards(small)))),
    'plain, boards in a pool': async () =>
      nodes(n, await timeWall(() => right(n, pooledBoards(n)))),
    'forked at every node': async () =>
      nodes(
        n,
        await timeWall(async () => {
          const claimed = new Int32Array(new SharedArrayBuffer(4))
          const pool = { squares, chunk: CHUNK * n * n, claimed }
          right(n, await scheduler.forkJoin(search, [0, 0, n], { bindings: { pool } }))
        }),
      ),
  }
  const samples = await takeTurns(sides, rounds)
  const [made, pooled, ours] = Object.values(samples)
  const what = `${n} queens, full boards`
  return {
    rows: rowsOf(what, 'ns a node', samples),
    lines: [
      atLeast(`${what}, over plain JavaScript`, medianRatio(made, ours), 1.8, times),
      atLeast(
        `${what}, over the same with a pool of boards`,
        medianRatio(pooled, ours),
        1.8,
        times,
      ),
    ],
  }
}

async function askMasks({ tiny, ...rounds }, scheduler) {
  const n = tiny ? 8 : 13
  const { solutions, masks } = KNOWN[n]
  const right = (found) => check(found === solutions, `${found} solutions`)
  const all = (1 << n) - 1
  const cutOff = 6
  const forked = (name, ...more) => {
    const search = kernel(MODULE, name)
    return () =>
      timeWall(async () => right(await scheduler.forkJoin(search, [all, 0, 0, 0, ...more])))
  }
  const sides = {
    plain: () => timeWall(() => right(plainMasks(all, 0, 0, 0))),
    'forked at every node': forked('masks'),
    [`forked above the last ${cutOff} rows`]: forked('masksAbove', n - cutOff),
  }
  const samples = await takeTurns(sides, rounds)
  const [plain, every, above] = Object.values(samples)
  const what = `${n} queens, bit masks`
  return {
    rows: rowsOf(what, 'ns a node', samples, 1e6 / masks),
    lines: [
      line(`${what}: a node of plain JavaScript`, ns((median(plain) * 1e6) / masks)),
      atLeast(`${what}, forked at every node`, medianRatio(plain, every), 1.1, times),
      atLeast(`${what}, forked above a cut-off`, medianRatio(plain, above), 1.8, times),
    ],
  }
}

await question(import.meta.url, async (options) => {
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const answers = [await askBoards(options, scheduler), await askMasks(options, scheduler)]
  scheduler[Symbol.dispose]()
  return {
    rows: answers.flatMap(({ rows }) => rows),
    lines: answers.flatMap(({ lines }) => lines),
  }
})
