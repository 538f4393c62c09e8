/** Mapped files end when nobody has them any more, and never before. */
import { expect, test } from 'vitest'

import { root, runProgram } from '../support/program.js'

/** `path` is a file of 8 MiB that begins with 1.5 as a double; `maps()` counts its mappings. */
const HEAD = `
  import fs from 'node:fs'
  import { once } from 'node:events'
  import { Worker } from 'node:worker_threads'
  const folder = fs.mkdtempSync('/tmp/heddle-maps-')
  process.on('exit', () => fs.rmSync(folder, { recursive: true }))
  const path = folder + '/file'
  const doubles = new Float64Array(1 << 20).fill(1.5)
  fs.writeFileSync(path, doubles)
  const maps = () => fs.readFileSync('/proc/self/maps', 'utf8').split(path).length - 1
  const turn = () => new Promise((resolve) => setTimeout(resolve, 1))
  const settled = async (count) => {
    for (let i = 0; i < 1000 && maps() !== count; ++i) {
      await someScheduler.io.stat(path) // What was asked for last is kept until the next time.
      gc()
      await turn()
    }
    return maps()
  }
  const someScheduler = new heddle.Scheduler(1)
  const inWorker = (body) => new Worker(\`
    const heddle = require('${root}/dist/index.js')
    const { parentPort, workerData } = require('node:worker_threads')
    const scheduler = new heddle.Scheduler(2)
    const path = workerData
    \${body}
  \`, { eval: true, workerData: path, execArgv: [] })
`

const FLAGS = ['--expose-gc']

function prints(body: string) {
  const { code, signal, stdout, stderr } = runProgram(HEAD + body, FLAGS)
  return { ended: signal ?? code, stdout: stdout.trim(), stderr }
}

const printed = (stdout: string) => ({ ended: 0, stdout, stderr: '' })

test('the collector unmaps what was dropped, and nothing that is in use', {
  timeout: 120_000,
}, () => {
  const body = `
    const scheduler = new heddle.Scheduler(2)
    const kept = (await scheduler.io.map(path)).bytes.subarray(8, 16)
    async function mapAndDrop() {
      for (let i = 0; i < 50; ++i) (await scheduler.io.map(path)).bytes[i]
      await scheduler.io.map(path).get()
    }
    await mapAndDrop()
    const left = await settled(1)
    console.log(left, new Float64Array(kept.buffer)[1 << 19])
  `
  expect(prints(body)).toEqual(printed('1 1.5'))
})

test('what was disposed is unmapped without the collector', { timeout: 120_000 }, () => {
  const body = `
    const scheduler = new heddle.Scheduler(2)
    for (let i = 0; i < 20; ++i) { using map = await scheduler.io.map(path) }
    for (let i = 0; i < 1000 && maps() > 0; ++i) await turn()
    console.log(maps())
  `
  // Node 20 knows no \`using\` of its own.
  const plain = body.replace('{ using map = await scheduler.io.map(path) }', () => {
    return '(await scheduler.io.map(path))[Symbol.dispose]()'
  })
  expect(prints(plain)).toEqual(printed('0'))
})

/** An array in the map's own memory, which no copy is made of. */
const LEND = `
  const { createRequire } = await import('node:module')
  const load = createRequire('${root}/dist/')
  const [stream, { native }] = [load('./stream.js'), load('./native.js')]
  const { kindOf } = load('./array-slot.js')
  function lend(map) {
    const view = new Float64Array(map.bytes.buffer)
    const slot = stream.arraySlot(kindOf(view), [view.length])
    slot.view = view
    native.lendArray(slot.handle, map.bytes)
    return heddle.Async.inside(slot)
  }
`

test('an array that is computed with keeps the map that was dropped', { timeout: 120_000 }, () => {
  const body = `
    ${LEND}
    const scheduler = new heddle.Scheduler(2)
    const scope = new heddle.ScopedScheduler(scheduler)
    let wrong = 0
    async function round(i) {
      const map = await scheduler.io.map(path)
      const array = lend(map)
      const sums = [array.sum(), array.mul(2).sum(), array.add(array).sum()]
      if (i % 2) map[Symbol.dispose]()
      return sums
    }
    for (let i = 0; i < 30; ++i) {
      const sums = await round(i)
      gc()
      await turn()
      const [one, two, three] = await Promise.all(sums)
      wrong += one !== 1.5 * (1 << 20) || two !== 2 * one || three !== two
    }
    await heddle.Async.of(new Float64Array(1e6)).sum() // Takes back what was lent.
    console.log(wrong, await settled(0))
  `
  expect(prints(body)).toEqual(printed('0 0'))
})

test('an array is computed with while the file is cut', { timeout: 120_000 }, () => {
  const body = `
    ${LEND}
    const scheduler = new heddle.Scheduler(2)
    const scope = new heddle.ScopedScheduler(scheduler)
    for (let i = 0; i < 20; ++i) {
      fs.writeFileSync(path, doubles)
      const map = await scheduler.io.map(path)
      const array = lend(map)
      const sums = [array.sum(), array.mul(2).sum()]
      fs.truncateSync(path, 4096 * i)
      for (const sum of await Promise.all(sums)) {
        if (!(sum >= 0 && sum <= 3 * (1 << 20))) throw new Error(sum)
      }
      const rest = await array.sum()
      if (rest !== 1.5 * 512 * i || !map.isCut) throw new Error(rest + ' after ' + i)
    }
    console.log('right')
  `
  expect(prints(body)).toEqual(printed('right'))
})

test('what a thread has is unmapped when it ends', { timeout: 120_000 }, () => {
  const body = `
    for (let run = 0; run < 10; ++run) {
      const worker = inWorker(\`
        ;(async () => {
          globalThis.kept = await Promise.all([1, 2, 3].map(() => scheduler.io.map(path).get()))
          const dropped = await scheduler.io.map(path)
          dropped[Symbol.dispose]()
          parentPort.postMessage('mapped')
          parentPort.on('message', () => process.exit())
        })()
      \`)
      await once(worker, 'message')
      if (run % 2) await worker.terminate()
      else { worker.postMessage('end'); await once(worker, 'exit') }
    }
    console.log(maps())
  `
  expect(prints(body)).toEqual(printed('0'))
})

test('a thread ends with maps alive and under way, 20 times', { timeout: 300_000 }, () => {
  const body = `
    for (let run = 0; run < 20; ++run) {
      const worker = inWorker(\`
        ;(async () => {
          const map = await scheduler.io.map(path)
          parentPort.postMessage('running')
          for (let i = 0; ; ++i) {
            void map.prefetch().get().catch(() => {})
            void scheduler.io.map(path, { populate: true }).get().catch(() => {})
            const other = await scheduler.io.map(path)
            if (i % 2) other[Symbol.dispose]()
            else if (other.bytes[8 * i] !== 0) throw new Error('other bytes')
          }
        })()
      \`)
      await once(worker, 'message')
      await new Promise((resolve) => setTimeout(resolve, run % 5))
      await worker.terminate()
    }
    console.log('ended all')
  `
  expect(prints(body)).toEqual(printed('ended all'))
})

test('a thread ends while its workers compute in a map', { timeout: 300_000 }, () => {
  const body = `
    for (let run = 0; run < 20; ++run) {
      const worker = inWorker(\`
        ;(async () => {
          ${LEND}
          const scope = new heddle.ScopedScheduler(scheduler)
          const array = lend(await scheduler.io.map(path))
          for (let i = 0; i < 20; ++i) void array.mul(i).sum().get()
          parentPort.postMessage('running')
        })()
      \`)
      await once(worker, 'message')
      await worker.terminate()
    }
    console.log(await settled(0))
  `
  expect(prints(body)).toEqual(printed('0'))
})

test('a process ends with maps alive and under way', () => {
  const body = `
    const scheduler = new heddle.Scheduler(2)
    const map = await scheduler.io.map(path)
    for (let i = 0; i < 100; ++i) {
      void scheduler.io.map(path, { populate: true }).get()
      void map.prefetch().get()
    }
    setTimeout(() => process.exit(7), 5)
  `
  expect(prints(body)).toEqual({ ended: 7, stdout: '', stderr: '' })
})

test('memory that was moved to another thread outlives the thread that mapped it', () => {
  const body = `
    const worker = inWorker(\`
      ;(async () => {
        // Both are reachable at the end: what is collected a moment before might have moved.
        globalThis.kept = [await scheduler.io.map(path), await scheduler.io.map(path)]
        let buffer = kept[0].bytes.buffer
        // The only way, from Node 21 on: as it is, Node copies it or refuses.
        if (buffer.transfer !== undefined) buffer = buffer.transfer()
        parentPort.postMessage(buffer, [buffer])
        parentPort.once('message', () => process.exit())
      })()
    \`)
    const [buffer] = await once(worker, 'message')
    worker.postMessage('end')
    await once(worker, 'exit')
    console.log(new Float64Array(buffer).reduce((sum, each) => sum + each))
    console.log(maps() <= 1)
  `
  expect(prints(body)).toEqual(printed(`${1.5 * 2 ** 20}\ntrue`))
})

test('a signal handler of somebody else comes and goes', () => {
  const body = `
    const scheduler = new heddle.Scheduler(1)
    const cutAndRead = async () => {
      fs.writeFileSync(path, doubles)
      const map = await scheduler.io.map(path)
      fs.truncateSync(path, 0)
      return map.bytes[0] === 0 && map.isCut
    }
    const results = [await cutAndRead()]
    let heard = 0
    const hear = () => ++heard
    process.on('SIGBUS', hear)
    results.push(await cutAndRead())
    process.kill(process.pid, 'SIGBUS')
    while (heard === 0) await turn()
    process.off('SIGBUS', hear)
    results.push(await cutAndRead())
    console.log(...results)
  `
  expect(prints(body)).toEqual(printed('true true true'))
})
