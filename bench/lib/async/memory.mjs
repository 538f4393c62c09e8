// How much memory does a loop take that makes Asyncs and drops them? Usage: node FILE COUNT
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const heddle = createRequire(import.meta.url)(
  fileURLToPath(new URL('../../../dist/index.js', import.meta.url)),
)
const EACH_TURN = 10_000

new heddle.ScopedScheduler(new heddle.Scheduler(2))
const one = new heddle.Async(1)
const count = Number(process.argv[2])
const before = process.memoryUsage.rss()
let most = before
const start = performance.now()
for (let i = 0; i < count; ++i) {
  one.add(i)
  if (i % EACH_TURN !== 0) continue
  await new Promise(setImmediate)
  most = Math.max(most, process.memoryUsage.rss())
}
const nanoseconds = (1e6 * (performance.now() - start)) / count
console.log(JSON.stringify({ grown: (most - before) / 1e6, nanoseconds }))
process.exit(0)
