// The programs of async.bench.mjs, ours and the promises', a row each.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Returns what says how many nanoseconds have passed since, of CPU and on the wall. */
export function startWatch() {
  const start = performance.now()
  const before = process.cpuUsage()
  return () => {
    const { user, system } = process.cpuUsage(before)
    return { cpu: 1e3 * (user + system), wall: 1e6 * (performance.now() - start) }
  }
}

/** Of fib(20): its tasks. */
const FIB_CALLS = 21_891

/** What the rows share: a scheduler that is the current one, and values that are there. */
class Ground {
  constructor({ Async, Scheduler, ScopedScheduler, schedule }) {
    this.Async = Async
    this.schedule = schedule
    this.scheduler = new Scheduler(2)
    this.scope = new ScopedScheduler(this.scheduler)
    this.one = new Async(1)
    this.two = new Async(2)
  }

  chain(n) {
    let x = new this.Async(0)
    for (let i = 0; i < n; ++i) x = x.add(1)
    return x
  }

  async sums(n) {
    const values = Array.from({ length: n }, (_, i) => this.one.add(i))
    await new Promise(setImmediate)
    return values
  }
}

/** The rows, with `count` operations each; a tenth of it for single ones. */
export function makeRows(heddle, count) {
  const ground = new Ground(heddle)
  const make = (name, floor, row) => ({ name, floor, count, ...row })
  return [
    make('x = x.add(1) in a chain, recorded and run', 150, chained(ground)),
    make('recording alone, on the JavaScript thread', 60, recorded(ground)),
    make('independent a.add(b)', 150, independent(ground)),
    { ...make('one operation and getWait', 1500, single(ground)), count: Math.ceil(count / 10) },
    make('pairwise reduction', 250, reduced(ground)),
    make('await, one after the other', 400, awaited(ground)),
    make('await, all at once', 400, allAwaited(ground)),
    make('await of what workers finish, one after the other', 400, finished(ground, inTurn)),
    make('the same, all at once by get()', 400, finished(ground, atOnce)),
    make('get() of what nobody has yet, all at once', 400, lateForAll(ground)),
    {
      ...make('fib(20), a coroutine a call', Math.round(20e6 / FIB_CALLS), recursive(ground)),
      count: FIB_CALLS,
    },
  ]
}

function chained(ground) {
  return {
    ours: (n) => check(n, ground.chain(n).getWait()),
    async promises(n) {
      let x = 0
      for (let i = 0; i < n; ++i) x = (await x) + 1
      check(n, x)
    },
  }
}

function recorded(ground) {
  return {
    ours(n) {
      const stop = startWatch()
      const last = ground.chain(n)
      const taken = stop()
      check(n, last.getWait())
      return taken
    },
  }
}

function independent({ one, two }) {
  return {
    ours(n) {
      const sums = new Array(n)
      for (let i = 0; i < n; ++i) sums[i] = one.add(two)
      check(3, sums[n - 1].getWait())
    },
    async promises(n) {
      const [a, b] = [Promise.resolve(1), Promise.resolve(2)]
      const sum = async () => (await a) + (await b)
      const sums = new Array(n)
      for (let i = 0; i < n; ++i) sums[i] = sum()
      check(3, (await Promise.all(sums))[n - 1])
    },
  }
}

function single({ one }) {
  return {
    ours(n) {
      for (let i = 0; i < n; ++i) check(2, one.add(1).getWait())
    },
  }
}

function reduced({ one }) {
  return {
    ours(n) {
      const leaves = Array.from({ length: n }, () => one)
      check(n, reduce(leaves, (a, b) => a.add(b)).getWait())
    },
    async promises(n) {
      const leaves = Array.from({ length: n }, () => Promise.resolve(1))
      check(n, await reduce(leaves, async (a, b) => (await a) + (await b)))
    },
  }
}

function awaited(ground) {
  return {
    ours: async (n) => timeLoop(await ground.sums(n)),
    promises: (n) => timeLoop(Array.from({ length: n }, (_, i) => Promise.resolve(i + 1))),
  }
}

function allAwaited(ground) {
  return {
    ours: async (n) => timeAll(await ground.sums(n), n),
    promises: (n) =>
      timeAll(
        Array.from({ length: n }, (_, i) => Promise.resolve(i + 1)),
        n,
      ),
  }
}

/** The last of some values, awaited in turn. */
async function inTurn(values) {
  let last
  for (const value of values) last = await value
  return last
}

/** The same, asked for all at once. */
async function atOnce(values) {
  const all = await Promise.all(values.map((value) => value.get?.() ?? value))
  return all[all.length - 1]
}

/** Values that workers compute while this thread records them, and then asks for them. */
function finished({ Async }, lastOf) {
  const numbers = Async.of(new Float64Array(4e6).fill(1))
  return {
    async ours(n) {
      const late = numbers.exp().sum()
      const values = Array.from({ length: n }, (_, i) => late.mul(0).add(i))
      const stop = startWatch()
      const last = await lastOf(values)
      const taken = stop()
      check(n - 1, last)
      return taken
    },
    promises: (n) => resolvedLater(n, lastOf),
  }
}

/** So many who wait for a value that nobody has yet: a pipe that is fed when all of them wait. */
function lateForAll({ scheduler }) {
  return {
    async ours(n) {
      const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
      const path = join(folder, 'pipe')
      execFileSync('mkfifo', [path])
      const reading = scheduler.io.readFile(path)
      const stop = startWatch()
      const waiting = Array.from({ length: n }, () => reading.get())
      const fed = writeFile(path, 'x')
      check(1, (await atOnce(waiting)).length)
      const { cpu } = stop()
      await fed
      rmSync(folder, { recursive: true })
      return { cpu, wall: cpu } // On the wall it is also the wait.
    },
    promises: (n) => resolvedLater(n, atOnce),
  }
}

/** Promises that are resolved a turn later, when all of them are waited for. */
async function resolvedLater(n, lastOf) {
  const resolves = []
  const stop = startWatch()
  const waiting = Array.from({ length: n }, () => new Promise((resolve) => resolves.push(resolve)))
  setImmediate(() => {
    for (let i = 0; i < n; ++i) resolves[i](i)
  })
  check(n - 1, await lastOf(waiting))
  return stop()
}

/** Fibonacci numbers by generators that schedule two more, and by async functions. */
function recursive({ Async, schedule }) {
  function* fib(n, output) {
    if (n < 2) {
      output.set(n)
      return
    }
    const [a, b] = [new Async(), new Async()]
    schedule(fib, n - 1, a.write())
    schedule(fib, n - 2, b.write())
    output.set((yield* a.read()) + (yield* b.read()))
  }
  const promised = async (n) => (n < 2 ? n : (await promised(n - 1)) + (await promised(n - 2)))
  return {
    async ours() {
      const result = new Async()
      schedule(fib, 20, result.write())
      check(6765, await result)
    },
    promises: async () => check(6765, await promised(20)),
  }
}

async function timeLoop(values) {
  const stop = startWatch()
  let last
  for (const value of values) last = await value
  const taken = stop()
  check(values.length, last)
  return taken
}

async function timeAll(values, expected) {
  const stop = startWatch()
  const all = await Promise.all(values)
  const taken = stop()
  check(expected, all[all.length - 1])
  return taken
}

function reduce(leaves, add) {
  let level = leaves
  while (level.length > 1) {
    const next = []
    for (let i = 0; i + 1 < level.length; i += 2) next.push(add(level[i], level[i + 1]))
    if (level.length % 2 === 1) next.push(level[level.length - 1])
    level = next
  }
  return level[0]
}

function check(expected, got) {
  if (got !== expected) throw new Error(`expected ${expected}, got ${got}`)
}
