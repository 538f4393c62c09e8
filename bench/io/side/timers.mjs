// How late a timer of a millisecond is, one after the other on an idle thread.
import { loadHeddle, measure, nanoseconds, percentile, Skipped } from './tools.mjs'

const LENGTH_MS = 1

const METHODS = {
  setTimeout: () => () => new Promise((resolve) => setTimeout(resolve, LENGTH_MS)),
  'heddle io.timeout': () => {
    const { io } = new (loadHeddle().Scheduler)()
    if (typeof io.timeout !== 'function') throw new Skipped('scheduler.io has no timeout()')
    return () => io.timeout(LENGTH_MS).get()
  },
}

export async function measureTimers({ method, count }) {
  const wait = METHODS[method]()
  const late = []
  const sample = await measure(async () => {
    for (let i = 0; i < count; ++i) {
      const start = nanoseconds()
      await wait()
      late.push(nanoseconds() - start - LENGTH_MS * 1e6)
    }
  })
  return { verified: count, ...sample, p50: percentile(late, 0.5), p99: percentile(late, 0.99) }
}
