/** Threads, schedulers and processes that end with a thousand reads in flight, on both engines. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { root, runProgram, startProgram } from '../support/program.js'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heddle-endings-'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  writeFileSync(join(folder, 'file'), 'hello')
  writeFileSync(join(folder, 'large'), Buffer.alloc(300_000))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

/** Reads of a pipe that nobody writes, and of files; `heddle` is there already. */
const busy = (engine: string) => `
  const folder = ${JSON.stringify(folder)}
  const start = () => new heddle.Scheduler({ threads: 2, io: '${engine}' })
  const open = (scheduler) => scheduler.io.open(folder + '/pipe', 'r+').getWait()
  /** Every other one is asked for, so that its promise would be settled. */
  function readMany(scheduler, pipe) {
    return Array.from({ length: 1000 }, (_, i) => {
      const io = scheduler.io
      const read = i % 4 === 0
        ? i % 8 === 0 ? io.readFile(folder + '/large') : io.readFile(folder + '/file')
        : pipe.read(new Uint8Array(i % 3 === 0 ? 300_000 : 100))
      const came = i % 2 === 0 ? read.get() : undefined
      came?.catch(() => {})
      return came
    })
  }
`

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  test.each([
    ['at once', 'process.exit(7)'],
    ['in a callback', `scheduler.io.readFile(folder + '/file').get().then(() => process.exit(7))`],
    ['by an exception', `process.on('exit', () => { process.exitCode = 7 }); throw new Error()`],
    ['after a dispose', 'scheduler[Symbol.dispose](); process.exit(7)'],
  ])('process.exit(): %s', async (_, ending) => {
    const source = `
      ${busy(engine)}
      const scheduler = start()
      readMany(scheduler, open(scheduler))
      ${ending}
    `
    for (let run = 0; run < 6; run += 2) {
      const both = await Promise.all([startProgram(source), startProgram(source)])
      for (const ended of both) expect(ended).toMatchObject({ code: 7, signal: null })
    }
  })

  test('worker.terminate(), 20 times', { timeout: 300_000 }, () => {
    const body = `
      const heddle = require('${root}/dist/index.js')
      ${busy(engine)}
      const scheduler = start()
      readMany(scheduler, open(scheduler))
      require('node:worker_threads').parentPort.postMessage('reading')
      setInterval(() => readMany(scheduler, open(scheduler)), 5)
    `
    const source = `
      import { once } from 'node:events'
      import { readdirSync } from 'node:fs'
      import { Worker } from 'node:worker_threads'
      const count = () => readdirSync('/proc/self/task').length
      const cycle = async (run) => {
        const worker = new Worker(${JSON.stringify(body)}, { eval: true, execArgv: [] })
        await once(worker, 'message')
        await new Promise((resolve) => setTimeout(resolve, run % 7))
        if ((await worker.terminate()) !== 1) throw new Error('it was not terminated')
      }
      await cycle(0)
      const threads = count()
      for (let run = 0; run < 20; ++run) await cycle(run)
      while (count() > threads) await new Promise(setImmediate)
      console.log('ended')
    `
    expect(runProgram(source)).toEqual({ code: 0, signal: null, stdout: 'ended\n', stderr: '' })
  })

  test('dispose, also in a callback, leaves no thread and no descriptor', () => {
    const source = `
      ${busy(engine)}
      import { readdirSync } from 'node:fs'
      const count = () => ['task', 'fd'].map((name) => readdirSync('/proc/self/' + name).length)
      const before = count()
      for (let round = 0; round < 20; ++round) {
        const scheduler = start()
        const pipe = open(scheduler)
        const reads = readMany(scheduler, pipe).filter((read) => read !== undefined)
        const closed = pipe.close().get()
        const dispose = () => scheduler[Symbol.dispose]()
        if (round % 2 === 0) dispose()
        else await scheduler.io.readFile(folder + '/file').get().then(dispose)
        dispose()
        const ends = await Promise.allSettled(reads)
        const codes = new Set(ends.map((end) => end.reason?.code ?? 'read'))
        codes.delete('read')
        if ([...codes].join() !== 'ERR_HEDDLE_CANCELLED') throw new Error([...codes].join())
        await closed.catch((error) => { if (error.code !== 'ERR_HEDDLE_CANCELLED') throw error })
      }
      while (count().join() !== before.join()) await new Promise(setImmediate)
      console.log('gone')
    `
    expect(runProgram(source)).toEqual({ code: 0, signal: null, stdout: 'gone\n', stderr: '' })
  })

  test('a thousand schedulers that read and write leave nothing', { timeout: 300_000 }, () => {
    const source = `
      ${busy(engine)}
      import { readdirSync } from 'node:fs'
      const count = () => ['task', 'fd'].map((name) => readdirSync('/proc/self/' + name).length)
      const before = count()
      for (let i = 0; i < 1000; ++i) {
        const scheduler = start()
        const file = await scheduler.io.open(folder + '/file', 'r+')
        const writing = scheduler.io.writeFile(folder + '/new', 'x')
        const calls = [file.read(new Uint8Array(9)), writing, file.close()]
        const ends = Promise.allSettled(calls)
        if (i % 2) await ends
        scheduler[Symbol.dispose]()
        await ends
      }
      while (count().join() !== before.join()) {
        gc()
        await new Promise(setImmediate)
      }
      console.log('gone')
    `
    const ended = { code: 0, signal: null, stdout: 'gone\n', stderr: '' }
    expect(runProgram(source, ['--expose-gc'])).toEqual(ended)
  })

  test('children of this process inherit nothing, and do no harm', () => {
    const source = `
      ${busy(engine)}
      import { execFileSync, fork, spawn } from 'node:child_process'
      import { once } from 'node:events'
      import { writeFileSync } from 'node:fs'
      const scheduler = start()
      const pipe = open(scheduler)
      readMany(scheduler, pipe)
      const child = folder + '/child.cjs'
      writeFileSync(child, \`
        const heddle = require('${root}/dist/index.js')
        const scheduler = new heddle.Scheduler({ threads: 1, io: '${engine}' })
        scheduler.io.readFile('\${folder}/file').get().then((bytes) => {
          process.send(bytes.length)
          process.disconnect()
        })
      \`)
      for (let i = 0; i < 10; ++i) {
        const [forked, spawned] = [fork(child), spawn('ls', ['-l', '/proc/self/fd'])]
        const lines = []
        spawned.stdout.on('data', (text) => lines.push(String(text)))
        const ends = Promise.all([once(forked, 'exit'), once(spawned, 'close')])
        const [length] = await once(forked, 'message')
        const [[code]] = await ends
        if (length !== 5 || code !== 0) throw new Error(length + ' ' + code)
        if (/uring|eventfd|heddle/.test(lines.join())) throw new Error(lines.join())
        await scheduler.io.readFile(folder + '/file').get().then((bytes) => {
          execFileSync('true')
          if (bytes.length !== 5) throw new Error('it has ' + bytes.length)
        })
      }
      scheduler[Symbol.dispose]()
      console.log('children')
    `
    const ended = { code: 0, signal: null, stdout: 'children\n', stderr: '' }
    expect(runProgram(source)).toEqual(ended)
  })

  test('what callbacks throw goes to the process, and calls go on', () => {
    const source = `
      ${busy(engine)}
      const scheduler = start()
      const { io } = scheduler
      let thrown = 0
      process.on('uncaughtException', () => { thrown += 1 })
      process.on('unhandledRejection', () => { thrown += 1 })
      const fail = () => { throw new Error('mine') }
      const path = folder + '/file'
      for (let i = 0; i < 100; ++i) {
        io.readFile(path).then(fail)
        io.readFile(path + '/below').then(undefined, fail)
        io.open(path).then(fail)
      }
      for (const paths of [[path, path], Array(100).fill(path)]) {
        await (async () => { for await (const _ of io.readFiles(paths)) fail() })().catch(() => {})
        await (async () => { for await (const _ of io.digest(paths)) fail() })().catch(() => {})
      }
      const getters = [
        () => io.writeFile(path, 'x', { get flag() { fail() } }),
        () => io.mkdir(path, { get mode() { fail() } }),
        () => io.readFile({ get href() { fail() }, toString: fail }),
        () => io.readFiles(new Proxy([path], { get: fail })),
        () => io.digest(new Proxy([path], { get: fail })),
      ]
      for (const call of getters) try { call(); thrown = -1e6 } catch {}
      await scheduler.drain()
      while (thrown < 300) await new Promise(setImmediate)
      console.log(thrown, (await io.readFile(path)).length)
      scheduler[Symbol.dispose]()
    `
    const ended = { code: 0, signal: null, stdout: '300 5\n', stderr: '' }
    expect(runProgram(source)).toEqual(ended)
  })

  test('the collector may run at any time', { timeout: 300_000 }, () => {
    const source = `
      ${busy(engine)}
      const scheduler = start()
      const pipe = open(scheduler)
      const tick = () => new Promise(setImmediate)
      for (let round = 0; round < 100; ++round) {
        for (let i = 0; i < 50; ++i) {
          scheduler.io.open(folder + '/file').then((file) => { file.read(new Uint8Array(100_000)) })
          scheduler.io.readFile(folder + '/file')
          pipe.read(Buffer.alloc(1000))
          scheduler.io.readFiles([folder + '/file'])[Symbol.asyncIterator]().next()
        }
        const kept = new Uint8Array(5)
        const file = await scheduler.io.open(folder + '/file')
        const reading = file.read(kept, { position: 0 })
        gc()
        await tick()
        const isThere = (await reading) === 5 && Buffer.from(kept).toString() === 'hello'
        if (!isThere) throw new Error('lost')
      }
      gc()
      scheduler[Symbol.dispose]()
      gc()
      await tick()
      console.log('right')
    `
    const ended = { code: 0, signal: null, stdout: 'right\n', stderr: '' }
    expect(runProgram(source, ['--expose-gc'])).toEqual(ended)
  })
})
