/** Shared values, and what is awaited, against what a hostile reader has tried. */
import { expect, test } from 'vitest'

import { run } from '../support/sharing.js'

test('another value follows a shared one that nobody has looked at', () => {
  const body = `
    const mine = new Async()
    mine.set(value)
    mine.get().then((got) => parentPort.postMessage(got))
  `
  const main = `
    const x = new Async(1)
    void x.handle
    x.addAssign(1)
    const z = new Async()
    z.set(x)
    console.log(await z, (await x.copy()), z.getWait({ timeout: 500 }))
    console.log((await once(start(x), 'message'))[0])
    console.log(await x.take())
  `
  expect(run(main, body)).toBe('2 2 2\n2\n2\n')
})

test('threads that add and block in turn publish what they have', () => {
  const body = `
    const one = new Async(1)
    for (let k = 0; k < 50; ++k) {
      for (let j = 0; j < 7; ++j) value.addAssign(one)
      value.getWait()
    }
    const array = Async.attach(workerData.array)
    for (let k = 0; k < 50; ++k) array.addAssign(1).getWait()
  `
  const main = `
    const value = new Async(0)
    const array = Async.of(new Float64Array(1000))
    const workers = [1, 2, 3].map(() => start(value, { array: array.handle }))
    await Promise.all(workers.map((worker) => once(worker, 'exit')))
    console.log(await value, (await array)[999])
  `
  expect(run(main, body)).toBe('1050 150\n')
})

test('who blocks for another thread runs what that thread waits for', () => {
  const body = `value.set(Async.attach(workerData.asked).add(1)); setInterval(() => {}, 1000)`
  const main = `
    const [value, asked] = [new Async(), new Async()]
    const worker = start(value, { asked: asked.handle })
    schedule((output) => { output.set(5) }, asked.write())
    console.log(value.getWait())
    await worker.terminate()
  `
  expect(run(main, body)).toBe('6\n')
})

test.each([
  ['an object without a prototype', 'Object.assign(Object.create(null), { f() {} })'],
  [
    'a proxy that refuses',
    'new Proxy({}, { getPrototypeOf() { throw 1 }, ownKeys() { throw 2 } })',
  ],
  [
    'a getter that throws',
    'Object.defineProperty(new Error("x"), "y", { enumerable: true, get() { throw 1 } })',
  ],
  ['a name that is a symbol', 'Object.assign(new Error("x"), { name: Symbol("s") })'],
  ['a frozen error', 'Object.freeze(new RangeError("x"))'],
  ['undefined', 'undefined'],
  ['null', 'null'],
])('thrown into a shared value: %s', (_, thrown) => {
  const main = `
    const a = new Async()
    const b = Async.attach(a.handle)
    schedule((output) => { throw ${thrown} }, a.write())
    const failed = await b.get().then(() => false, () => true)
    console.log(failed, await schedule(() => 7))
  `
  expect(run(main, '')).toBe('true 7\n')
})

test('an aborted signal and several errors arrive as what they are', () => {
  const body = `
    value.write().fail(AbortSignal.abort().reason)
    Async.attach(workerData.several).write().fail(new AggregateError([new Error('a')], 'both'))
  `
  const main = `
    const [value, several] = [new Async(), new Async()]
    const right = value.write()
    right.release()
    const worker = start(value, { several: several.handle })
    await once(worker, 'exit')
    const failure = (of) => of.get().catch((error) => error)
    const [abort, all] = [await failure(value), await failure(several)]
    console.log(abort instanceof DOMException, abort.name, all.message, all.errors[0].message)
  `
  const ended = 'value.write().fail(AbortSignal.abort().reason)'
  const released = body
    .replace(ended, `const w = value.write(); w.fail(AbortSignal.abort().reason); w.release()`)
    .replace(/(Async\.attach.*write\(\))(\.fail.*\))$/m, 'const s = $1; s$2; s.release()')
  expect(run(main, released)).toBe('true AbortError both a\n')
})

test('what cannot be made again fails where it comes, and the thread ends', () => {
  const body = `
    value.get().catch((error) => parentPort.postMessage(error.code))
  `
  const main = `
    const bytes = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)
    const value = new Async(new WebAssembly.Module(bytes))
    console.log((await once(start(value), 'message'))[0])
    const file = await scheduler.io.open(process.execPath)
    console.log(code(() => value.set(file)))
    await file.close()
    const facts = scheduler.io.stat(process.execPath)
    void facts.handle
    console.log((await Async.attach(facts.handle)).size > 0)
  `
  expect(run(main, body)).toBe('ERR_INVALID_ARG_VALUE\nERR_INVALID_ARG_VALUE\ntrue\n')
})

test('a signal that is aborted after the value came takes no other wait away', () => {
  const main = `
    const controller = new AbortController()
    const a = new Async(1)
    a.read()
    console.log(await a.get({ signal: controller.signal }))
    controller.abort()
    const later = new Async()
    const right = later.write()
    setTimeout(() => { right.set(2); right.release() }, 50).unref()
    console.log(await later)
  `
  expect(run(main, '')).toBe('1\n2\n')
})

test('a circle of values is a deadlock', () => {
  const main = `
    const [a, b, c] = [new Async(), new Async(), new Async()]
    a.set(b)
    b.set(a)
    console.log(code(() => a.getWait()))
    c.set(c)
    console.log(code(() => c.getWait()))
  `
  expect(run(main, '')).toBe('ERR_HEDDLE_DEADLOCK\nERR_HEDDLE_DEADLOCK\n')
})
