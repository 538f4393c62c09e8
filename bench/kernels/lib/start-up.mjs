// Starts something once, and prints the milliseconds it took. The libraries are there already.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { heddle, THREADS, timeWall } from './question.mjs'

const { Scheduler } = heddle

const sides = {
  scheduler: () => new Scheduler(THREADS),
  isolates: () => new Scheduler(THREADS).ready(),
  workers() {
    const workers = Array.from({ length: THREADS }, () => new Worker('', { eval: true }))
    return Promise.all(workers.map((worker) => once(worker, 'online')))
  },
}

process.stdout.write(String(await timeWall(sides[process.argv[2]])), () => process.exit(0))
