// How much of this machine is there for us: others use it, and its host.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { isMainThread, Worker, workerData } from 'node:worker_threads'

/** Of a processor, that was missing: less is not worth another round. */
export const QUIET = 0.15

/** Of a bare thread: some 5 ms. */
const STEPS = 4_000_000

/** Hundredths of a second in which the processors were idle, or waited for a disk, all together. */
function idleTime() {
  const [, , , , idle, waited] = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0].split(/ +/)
  return Number(idle) + Number(waited)
}

/** Begins to watch: what it returns tells how many processors others have used since. */
export function watchOthers() {
  const cpu = process.cpuUsage()
  const idle = idleTime()
  const start = performance.now()
  return () => {
    const wall = performance.now() - start
    const { user, system } = process.cpuUsage(cpu)
    const all = availableParallelism() * wall
    return Math.max(0, (all - (idleTime() - idle) * 10 - (user + system) / 1000) / wall)
  }
}

/** Two bare threads that share nothing: their gain shows what the second processor is worth. */
export class Probe {
  #turns = Array.from({ length: 2 }, () => new Int32Array(new SharedArrayBuffer(4)))
  #workers = this.#turns.map((turn) => new Worker(new URL(import.meta.url), { workerData: turn }))

  /** What the second one was short of, of a processor. Blocks. */
  look() {
    this.#time(this.#turns) // Whoever has slept is slow at first.
    const one = this.#time(this.#turns.slice(0, 1))
    const both = this.#time(this.#turns)
    return Math.max(0, 2 - (2 * one) / both)
  }

  close() {
    return Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  #time(turns) {
    const start = performance.now()
    for (const turn of turns) {
      Atomics.store(turn, 0, 1)
      Atomics.notify(turn, 0)
    }
    for (const turn of turns) Atomics.wait(turn, 0, 1)
    return performance.now() - start
  }
}

function serve(turn) {
  for (;;) {
    Atomics.wait(turn, 0, 0)
    let x = 1
    for (let i = 0; i < STEPS; ++i) x = (Math.imul(x, 1_103_515_245) + 12_345) ^ (x >>> 7)
    Atomics.store(turn, 0, x === 0.5 ? 1 : 0) // Never: but then it has to be computed.
    Atomics.notify(turn, 0)
  }
}

if (!isMainThread && workerData instanceof Int32Array) serve(workerData)
