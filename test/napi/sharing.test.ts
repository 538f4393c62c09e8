/** One scheduler, and its values, for many threads: attached, written, ended at any moment. */
import { describe, expect, test } from 'vitest'

import { runProgram } from '../support/program.js'
import { run, threads } from '../support/sharing.js'

test('I6: what a thread writes later resolves get(), and a blocking wait returns', () => {
  const body = `setTimeout(() => value.set(workerData.what), 10)`
  const main = `
    const [waited, awaited, never] = [new Async(), new Async(), new Async()]
    start(waited, { what: 42 })
    start(awaited, { what: { name: 'any', map: new Map([[1, 2]]) } })
    console.log(waited.getWait())
    console.log(JSON.stringify(await awaited.get()), (await awaited).map.get(1))
    const right = never.write()
    console.log(code(() => never.getWait()))
    console.log(code(() => Async.from(new Promise(() => {})).getWait()))
  `
  expect(run(main, body)).toBe(
    '42\n{"name":"any","map":{}} 2\nERR_HEDDLE_DEADLOCK\nERR_HEDDLE_DEADLOCK\n',
  )
})

test('I9: six threads, 512 tasks each, in one value', () => {
  const body = `
    const tasks = Async.attach(workerData.tasks)
    for (let i = 0; i < 512; ++i) {
      value.addAssign(1)
      schedule(function* (w) { yield* w.add(1) }, tasks.write())
    }
    scheduler.drain().then(() => parentPort.postMessage(tasks.ready))
  `
  const main = `
    const [sum, tasks] = [new Async(0), new Async(0)]
    const workers = Array.from({ length: 6 }, () => start(sum, { tasks: tasks.handle }))
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
    console.log(sum.getWait(), await tasks, scheduler.stats().tasks >= 2 * 3072)
  `
  expect(run(main, body)).toBe('3072 3072 true\n')
})

test('arrays cross without a copy, errors with their class and properties', () => {
  const body = `
    if (workerData.what === 'array') value.addAssign(1)
    else {
      const mine = Object.assign(new RangeError('no'), { code: 'ERR_MINE', left: 3 })
      const right = value.write()
      right.fail(workerData.what === 'error' ? new heddle.TimeoutError('late') : mine)
      right.release()
    }
  `
  const main = `
    const array = Async.of(Float64Array.from({ length: 6 }, (_, i) => i), { shape: [2, 3] })
    const [timeout, mine] = [new Async(), new Async()]
    await Promise.all([start(array, { what: 'array' }), start(timeout, { what: 'error' }),
      start(mine, { what: 'mine' })].map((worker) => once(worker, 'exit')))
    console.log((await array).join(), array.shape.join('x'), array.sum().getWait())
    const failure = (value) => value.get().catch((error) => error)
    const [late, no] = [await failure(timeout), await failure(mine)]
    console.log(late instanceof heddle.TimeoutError, late.code)
    console.log(no instanceof RangeError, no.code, no.left)
  `
  expect(run(main, body)).toBe('1,2,3,4,5,6 2x3 21\ntrue ERR_HEDDLE_TIMEOUT\ntrue ERR_MINE 3\n')
})

describe('order', () => {
  test('a writer waits for the readers of other threads', () => {
    const body = `
      const reading = value.read()
      parentPort.once('message', () => {
        parentPort.postMessage(reading.getWait())
        reading.release()
      })
      parentPort.postMessage('reads')
    `
    const main = `
      const value = new Async(7)
      const worker = start(value)
      await once(worker, 'message')
      let turn = false
      const write = function* (w) { yield* w.update((x) => x + 1); turn = true }
      const writer = schedule(write, value.write())
      await new Promise((resolve) => setTimeout(resolve, 50))
      console.log(turn)
      worker.postMessage('go on')
      console.log((await once(worker, 'message'))[0])
      await writer
      console.log(turn, value.getWait())
    `
    expect(run(main, body)).toBe('false\n7\ntrue 8\n')
  })

  test('B1, B2, B6, C7 and D9 for a value that is attached twice', () => {
    const main = `
      const a = new Async(7)
      const b = Async.attach(a.handle)
      const reads = [a.read(), b.read()]
      b.set(8)
      reads.push(a.read(), b.read())
      console.log(reads.map((read) => read.getWait()).join())
      for (const read of reads) read.release()
      const pairs = []
      for (let i = 1; i <= 3; ++i) { a.set(i); pairs.push(b.read()) }
      console.log(pairs.map((read) => read.getWait()).join())
      for (const read of pairs) read.release()
      b.write().release()
      console.log(a.getWait())
      const taken = a.take()
      console.log(taken.getWait(), code(() => b.getWait()))
      b.set(9)
      console.log(a.getWait())
      const writer = b.write()
      writer.set(1); writer.set(2); writer.add(1)
      writer.release()
      console.log(a.getWait())
      const c = a.copy().addAssign(57)
      console.log(a.getWait(), c.getWait())
    `
    expect(run(main, '')).toBe('7,7,8,8\n1,2,3\n3\n3 ERR_HEDDLE_READ_UNINITIALIZED\n9\n3\n3 60\n')
  })

  test('readers and writers from before it was shared keep their places', () => {
    const main = `
      const a = new Async(7)
      const early = a.read()
      const b = Async.attach(a.handle)
      let turn = false
      const writer = schedule(function* (w) { yield* w.set(8); turn = true }, b.write())
      await new Promise(setImmediate)
      console.log(turn, early.getWait())
      early.release()
      await writer
      console.log(turn, a.getWait())
      const empty = new Async()
      const first = empty.read()
      Async.attach(empty.handle).set(5)
      console.log(first.getWait())
      const c = new Async()
      const right = c.write()
      const d = Async.attach(c.handle).add(1)
      right.set(1)
      right.release()
      console.log(d.getWait())
    `
    expect(run(main, '')).toBe('false 7\ntrue 8\n5\n2\n')
  })

  test('A16, A17 and E3 on what is shared', () => {
    const main = `
      const sum = new Async()
      Async.attach(sum.handle).addAssign(5).addAssign(7).subAssign(2)
      console.log(sum.getWait())
      const product = new Async()
      product.handle
      product.mulAssign(3)
      console.log(code(() => product.getWait()))
      const text = new Async('text')
      text.handle
      console.log(code(() => text.addAssign(1)), code(() => sum.addAssign(1n)), sum.getWait())
      const big = new Async(2n ** 62n)
      big.handle
      big.addAssign(2n ** 62n)
      console.log(code(() => big.getWait()))
      big.set(1n)
      console.log(String(big.getWait()))
    `
    expect(run(main, '')).toBe(
      '10\nERR_HEDDLE_WRITE_UNINITIALIZED\nERR_INVALID_ARG_TYPE ERR_INVALID_ARG_TYPE 10\n' +
        'ERR_HEDDLE_OVERFLOW\n1\n',
    )
  })
})

describe('bad input', () => {
  test('handles that are none, of nobody, or of a scheduler that is not attached', () => {
    const body = `
      const code = (f) => { try { f() } catch (error) { return error.code } }
      parentPort.postMessage([
        code(() => Async.attach(workerData.foreign)),
        code(() => Async.attach({ ...workerData.value, key: 1 })),
        code(() => Async.attach(workerData.scheduler)),
        code(() => Async.attach(undefined)),
        code(() => heddle.Scheduler.attach(workerData.value)),
        code(() => heddle.Scheduler.attach('handle')),
        code(() => heddle.Scheduler.attach({ ...workerData.scheduler, key: 1 })),
        code(() => heddle.Scheduler.attach({ ...workerData.scheduler, key: NaN })),
      ])
    `
    const main = `
      const other = new heddle.Scheduler(1)
      const value = new Async(1)
      const foreign = heddle.runWith(other, () => new Async(2).handle)
      const [codes] = await once(start(value, { foreign }), 'message')
      console.log(codes.join('\\n'))
      const debug = new heddle.DebugScheduler()
      const shareWithin = () => heddle.runWith(debug, () => new Async(1).handle)
      console.log(code(() => debug.handle), code(shareWithin))
      console.log(code(() => value.set(() => {})), value.getWait())
      value[Symbol.dispose]()
      console.log(code(() => value.handle), code(() => value.getWait()))
    `
    expect(run(main, body)).toBe(
      `${[
        'ERR_HEDDLE_NOT_ATTACHED',
        'ERR_HEDDLE_DISPOSED',
        'ERR_INVALID_ARG_TYPE',
        'ERR_INVALID_ARG_TYPE',
        'ERR_INVALID_ARG_TYPE',
        'ERR_INVALID_ARG_TYPE',
        'ERR_HEDDLE_CLOSED',
        'ERR_INVALID_ARG_TYPE',
        'ERR_HEDDLE_NOT_SHARED ERR_HEDDLE_NOT_SHARED',
        'ERR_INVALID_ARG_VALUE 1',
        'ERR_HEDDLE_DISPOSED ERR_HEDDLE_DISPOSED',
      ].join('\n')}\n`,
    )
  })
})

describe('the end', () => {
  test('of the scheduler: who waits elsewhere gets TaskCancelled, and every call throws', () => {
    const body = `
      const right = value.write()
      const pending = new Async()
      const task = schedule(function* (r) { yield* r }, pending.read())
      const other = Async.attach(workerData.other)
      parentPort.postMessage('waits')
      Promise.allSettled([other.get(), task]).then((ends) => {
        const code = (f) => { try { f() } catch (error) { return error.code } }
        const late = [() => scheduler.handle, () => schedule(() => {}), () => other.set(1)]
        parentPort.postMessage([...ends.map(({ reason }) => reason.code), ...late.map(code)])
      })
    `
    const main = `
      const [value, other] = [new Async(1), new Async()]
      const worker = start(value, { other: other.handle })
      await once(worker, 'message')
      scheduler[Symbol.dispose]()
      const [codes] = await once(worker, 'message')
      console.log(codes.join())
      console.log(code(() => value.getWait()), code(() => other.getWait()))
    `
    expect(run(main, body)).toBe(
      'ERR_HEDDLE_CANCELLED,ERR_HEDDLE_CANCELLED,ERR_HEDDLE_CLOSED,ERR_HEDDLE_CLOSED,' +
        'ERR_HEDDLE_CLOSED\nERR_HEDDLE_CANCELLED ERR_HEDDLE_CANCELLED\n',
    )
  })

  test('of a thread: what it was to write has failed, what it read is free', () => {
    const body = `
      const right = value.write()
      const reading = Async.attach(workerData.read).read()
      parentPort.postMessage('holds')
      setInterval(() => {}, 1000)
    `
    const main = `
      const [written, read] = [new Async(1), new Async(2)]
      const worker = start(written, { read: read.handle })
      await once(worker, 'message')
      const waits = schedule(function* (w) { yield* w.set(3) }, read.write())
      const ended = worker.terminate()
      try { written.getWait() } catch (error) { console.log(error.code, error.message) }
      await ended
      await waits
      console.log(read.getWait())
      written.set(5)
      console.log(written.getWait())
    `
    expect(run(main, body)).toBe(
      'ERR_HEDDLE_CANCELLED the thread that was to write the value has ended\n3\n5\n',
    )
  })

  test('of attached threads with work in flight, 100 times', { timeout: 600_000 }, () => {
    const body = `
      parentPort.postMessage('running')
      const array = Async.of(new Float64Array(100_000).fill(1))
      const digests = scheduler.io.digest(Array.from({ length: 16 }, () => process.execPath))
      ;(async () => { for await (const _ of digests); })().catch(() => {})
      scheduler.io.readFile(workerData.pipe).get().catch(() => {})
      ;(async () => {
        for (let round = 0; ; ++round) {
          let chain = array
          for (let i = 0; i < 20; ++i) chain = chain.add(1)
          value.addAssign(1)
          const sum = value.add(chain.sum())
          if (round % 2 === 0) sum.getWait()
          else await sum
        }
      })()
    `
    const main = `
      const folder = mkdtempSync('/tmp/heddle-fifo-')
      const pipe = folder + '/pipe'
      execFileSync('mkfifo', [pipe])
      const value = new Async(0)
      for (let run = 0; run < 50; ++run) {
        const workers = [start(value, { pipe }), start(value, { pipe })]
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        await new Promise((resolve) => setTimeout(resolve, run % 7))
        const codes = await Promise.all(workers.map((worker) => worker.terminate()))
        if (codes.join() !== '1,1') throw new Error('exit codes ' + codes)
      }
      rmSync(folder, { recursive: true })
      console.log(new Async(20).add(22).getWait(), value.getWait() > 0)
    `
    expect(run(main, body)).toBe('42 true\n')
  })

  test('of the scheduler under threads that compute, 20 times', { timeout: 600_000 }, () => {
    const body = `
      parentPort.postMessage('running')
      let x = Async.of(new Float64Array(10_000).fill(1))
      const compute = () => {
        try {
          for (let i = 0; i < 50; ++i) value.addAssign(x.add(i).sum())
          value.get().then(compute, (error) => parentPort.postMessage(error.code))
        } catch (error) {
          parentPort.postMessage(error.code)
        }
      }
      compute()
    `
    const main = `
      const seen = new Set()
      for (let run = 0; run < 20; ++run) {
        const mine = new heddle.Scheduler(2)
        const value = heddle.runWith(mine, () => { const v = new Async(0); v.handle; return v })
        const workers = [0, 1].map(() => start(value, { scheduler: mine.handle }))
        await Promise.all(workers.map((worker) => once(worker, 'message')))
        await new Promise((resolve) => setTimeout(resolve, run % 5))
        const ends = workers.map((worker) => once(worker, 'message'))
        mine[Symbol.dispose]()
        for (const [code] of await Promise.all(ends)) seen.add(code)
        await Promise.all(workers.map((worker) => worker.terminate()))
      }
      for (const one of seen) if (!/CANCELLED|CLOSED/.test(one)) throw new Error(one)
      console.log('ended all')
    `
    expect(run(main, body)).toBe('ended all\n')
  })

  test('of the process, while threads are attached', () => {
    const body = `
      parentPort.postMessage('running')
      for (;;) value.addAssign(1)
    `
    const main = `
      const value = new Async(0)
      const workers = Array.from({ length: 4 }, () => start(value))
      await Promise.all(workers.map((worker) => once(worker, 'message')))
      process.exit(5)
    `
    expect(runProgram(threads(main, body))).toMatchObject({ code: 5, stdout: '', stderr: '' })
  })
})
