// What do values cost that threads share, beside what else there is between threads?
//
// Ours and the peers' programs take turns in one process, with one worker_thread. A row is medians
// of rounds, on the wall. Usage: node FILE [--rounds N] [--count N] [--results FILE]
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism, cpus, release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'

const root = fileURLToPath(new URL('../..', import.meta.url))
const { Async, Scheduler, ScopedScheduler } = createRequire(import.meta.url)(
  join(root, 'dist/index.js'),
)
const MEGABYTE = 1 << 17 // Doubles.

/** What the thread does when it is told to; it says when it is done. */
const inThread = {
  addShared({ value }, n) {
    const total = Async.attach(value)
    for (let i = 0; i < n; ++i) total.addAssign(1)
  },
  addAtomically({ words }, n) {
    for (let i = 0; i < n; ++i) Atomics.add(words, 0, 1)
  },
  async answerShared({ values }) {
    for (const [ask, answer] of values) {
      const question = Async.attach(ask)
      Async.attach(answer).set((await question) + 1)
    }
  },
  waitShared({ values }) {
    for (const [ask, answer] of values) {
      Async.attach(answer).set(Async.attach(ask).getWait() + 1)
    }
  },
  async sumShared({ values }) {
    for (const [ask, answer] of values) Async.attach(answer).set(await Async.attach(ask).sum())
  },
}

async function serve() {
  const scheduler = Scheduler.attach(workerData.scheduler)
  const scope = new ScopedScheduler(scheduler)
  parentPort.on('message', async ({ what, data, n }) => {
    if (what === 'answer') parentPort.postMessage(data + 1)
    else if (what === 'sum') parentPort.postMessage(data[0])
    else {
      await inThread[what](data, n)
      parentPort.postMessage('done')
    }
  })
  parentPort.on('close', () => scope[Symbol.dispose]())
}

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '11' },
    count: { type: 'string', default: '20000' },
    results: { type: 'string', default: join(root, 'bench/results/shared.json') },
  },
})

/** Nanoseconds an operation of `program`, which does `n`. */
async function time(program, n) {
  const start = performance.now()
  await program(n)
  return (1e6 * (performance.now() - start)) / n
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1]
}

function pairs(n) {
  return Array.from({ length: n }, () => [new Async(), new Async()])
}

const handles = (values) => values.map(([ask, answer]) => [ask.handle, answer.handle])

/** Rows: a name, the least and the most that a round does of `count`, and its sides. */
function makeRows(thread) {
  const tell = (what, data, n) => {
    thread.postMessage({ what, data, n })
    return once(thread, 'message')
  }
  const both = async (what, data, n, mine) => {
    const done = tell(what, data, n / 2)
    mine(n / 2)
    await done
  }
  const asked = (what) => async (n) => {
    const values = pairs(n)
    const done = tell(what, { values: handles(values) })
    for (const [ask, answer] of values) {
      ask.set(1)
      await answer
    }
    await done
  }
  const words = new Int32Array(new SharedArrayBuffer(4))
  const total = new Async(0)
  const add = (n) => {
    for (let i = 0; i < n; ++i) total.addAssign(1)
  }
  const data = new Float64Array(MEGABYTE).fill(1)
  void total.handle
  return [
    {
      name: 'add to a total of two threads',
      part: 1,
      'shared Async': (n) => both('addShared', { value: total.handle }, n, add),
      'Atomics.add': (n) =>
        both('addAtomically', { words }, n, (m) => inThread.addAtomically({ words }, m)),
    },
    {
      name: 'ask and be answered, 1 number',
      part: 10,
      'shared Async': asked('answerShared'),
      'shared Async, thread blocks': asked('waitShared'),
      async postMessage(n) {
        for (let i = 0; i < n; ++i) await tell('answer', i)
      },
    },
    {
      name: 'the same with 1 MB to be read',
      part: 100,
      async 'shared Async'(n) {
        const values = pairs(n)
        const done = tell('sumShared', { values: handles(values) })
        for (const [ask, answer] of values) {
          ask.set(Async.of(data))
          if ((await answer) !== MEGABYTE) throw new Error('a wrong sum')
        }
        await done
      },
      async postMessage(n) {
        for (let i = 0; i < n; ++i) await tell('sum', data)
      },
    },
  ]
}

async function main() {
  const scheduler = new Scheduler(2)
  const scope = new ScopedScheduler(scheduler)
  const file = fileURLToPath(import.meta.url)
  const thread = new Worker(file, { workerData: { scheduler: scheduler.handle } })
  await once(thread, 'online')
  const results = []
  for (const { name, part, ...sides } of makeRows(thread)) {
    const n = Math.max(2, Math.ceil(Number(options.count) / part / 2) * 2)
    const runs = Object.fromEntries(Object.keys(sides).map((side) => [side, []]))
    for (let round = -2; round < Number(options.rounds); ++round) {
      for (const [side, program] of Object.entries(sides)) {
        const taken = await time(program, n)
        if (round >= 0) runs[side].push(taken)
      }
    }
    results.push({ name, runs })
  }
  const on = {
    cpu: `${cpus()[0]?.model.trim()}, ${availableParallelism()} of them`,
    kernel: release(),
    node: process.version,
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
  }
  console.log(
    Object.entries(on)
      .map((pair) => pair.join(': '))
      .join('; '),
  )
  console.log('\n| what | how | medians |\n| --- | --- | --- |')
  for (const { name, runs } of results) {
    for (const [side, taken] of Object.entries(runs)) {
      console.log(`| ${name} | ${side} | ${(median(taken) / 1e3).toPrecision(3)} us |`)
    }
  }
  mkdirSync(dirname(options.results), { recursive: true })
  writeFileSync(options.results, `${JSON.stringify({ on, rows: results }, null, 2)}\n`)
  await thread.terminate()
  scope[Symbol.dispose]()
  scheduler[Symbol.dispose]()
}

await (isMainThread ? main() : serve())
