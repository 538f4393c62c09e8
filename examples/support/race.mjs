// Runs a job on all cores and on one, some times each in turn, and prints what it took.
import { performance } from 'node:perf_hooks'

const ROUNDS = 5

/** As many as there are cores, if the environment says nothing else. */
export const threads = Number(process.env.THREADS) || undefined

/**
 * Gives what the job on all cores gives. `isSame` is asked about both results.
 *
 * @param {string} job
 * @param {import('heddle').Scheduler} scheduler
 * @param {{ onAll: () => PromiseLike<any>, onOne: () => any }} ways
 * @param {(a: any, b: any) => boolean} isSame
 */
export async function race(job, scheduler, { onAll, onOne }, isSame = Object.is) {
  await scheduler.ready()
  const times = { all: [], one: [] }
  let result
  for (let round = 0; round < ROUNDS; ++round) {
    const begin = performance.now()
    result = await onAll()
    const middle = performance.now()
    const expected = onOne()
    const end = performance.now()
    if (!isSame(result, expected)) throw new Error(`${job}: the results differ`)
    times.all.push(middle - begin)
    times.one.push(end - middle)
  }
  const [all, one] = [median(times.all), median(times.one)]
  const on = (ms, cores) => `${ms.toFixed(1)} ms on ${cores}`
  const faster = `${(one / all).toFixed(2)}x`
  console.log(`${job}: ${on(all, `${scheduler.threads} cores`)}, ${on(one, 'one')} (${faster})`)
  return result
}

/** Whether two typed arrays have the same bytes. */
export function sameBytes(a, b) {
  const [x, y] = [a, b].map((each) => Buffer.from(each.buffer, each.byteOffset, each.byteLength))
  return x.equals(y)
}

function median(times) {
  return times.sort((a, b) => a - b)[times.length >> 1]
}
