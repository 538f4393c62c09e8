// What does it take to start a scheduler, with and without isolates, beside bare worker_threads?
//
// A process for each: what was loaded or compiled once is there the next time.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  atMost,
  median,
  medianRatio,
  ms,
  question,
  rowsOf,
  share,
  takeTurns,
} from './lib/question.mjs'

const PROGRAM = fileURLToPath(new URL('lib/start-up.mjs', import.meta.url))

async function start(side) {
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, side])
  return Number(stdout)
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const sides = {
    'new Scheduler(2)': () => start('scheduler'),
    'new Scheduler(2), await ready()': () => start('isolates'),
    "2 new Worker(), both 'online'": () => start('workers'),
  }
  const samples = await takeTurns(sides, { ...rounds, rounds: tiny ? 1 : 2 * rounds.rounds })
  const [plain, isolates, workers] = Object.values(samples)
  return {
    rows: rowsOf('start', 'ms', samples),
    lines: [
      atMost('a scheduler without kernels', median(plain), 2, ms),
      atMost('one with isolates over worker_threads', medianRatio(isolates, workers), 1.2, share),
    ],
  }
})
