/**
 * Shared memory between this thread and its isolates, each of which may have no more of it than a
 * number while the other's collector runs.
 */
import { expect, test } from 'vitest'

import { runProgram } from '../support/program.js'

const HEAD = `
  const { kernel, Scheduler, shared } = heddle
  const scheduler = new Scheduler(2)
  await scheduler.ready()
  const make = kernel((_, n) => {
    const made = new Float64Array(new SharedArrayBuffer(1024))
    made.fill(n)
    return made
  })
  const first = kernel((_, array) => array[0])
  const collect = kernel(() => void globalThis.gc())
  const collectAll = () => Promise.all([scheduler.call(collect, [1]), scheduler.call(collect, [1])])
  const spin = (milliseconds) => {
    for (const end = performance.now() + milliseconds; performance.now() < end; );
  }
  const turn = () => new Promise((resolve) => setTimeout(resolve, 2))
`

function prints(body: string): string {
  const { code, signal, stdout, stderr } = runProgram(HEAD + body, ['--expose-gc'])
  return signal ?? `${code} ${stderr}${stdout}`
}

test('what a kernel has made can be an argument, also as its isolate drops its own', () => {
  const body = `
    const wrong = []
    for (let i = 0; i < 50; ++i) {
      const made = await scheduler.call(make, [i])
      const collected = collectAll()
      spin(3) // It has gone there, and nobody here has heard of it.
      const both = await Promise.all([scheduler.call(first, [made]), scheduler.call(first, [made])])
      if (both.some((each) => each !== i)) wrong.push([i, both])
      await collected
    }
    console.log(wrong)
    scheduler[Symbol.dispose]()
  `
  expect(prints(body)).toBe('0 []\n')
})

test('a result stays while nobody reads it', () => {
  const body = `
    const wrong = []
    for (let i = 0; i < 10; ++i) {
      const made = scheduler.call(make, [i])
      for (let k = 0; k < 4; ++k) {
        await collectAll()
        await turn()
      }
      const array = await made
      if (array.some((each) => each !== i)) wrong.push([i, array[0]])
    }
    console.log(wrong)
    scheduler[Symbol.dispose]()
  `
  expect(prints(body)).toBe('0 []\n')
})

test('a kernel gives back what its caller has no more', () => {
  const body = `
    const same = kernel((_, array) => {
      for (const end = performance.now() + 30; performance.now() < end; );
      return array
    })
    const values = []
    for (let i = 0; i < 5; ++i) {
      const given = scheduler.call(same, [shared(Float64Array, 16).fill(i)])
      for (let k = 0; k < 5; ++k) {
        gc()
        await turn()
      }
      values.push((await given)[7])
    }
    const one = shared(Float64Array, 16)
    const back = await scheduler.call(same, [one])
    console.log(values.join(), back.buffer === one.buffer)
    scheduler[Symbol.dispose]()
  `
  expect(prints(body)).toBe('0 0,1,2,3,4 true\n')
})

test('isolates have no more of what is gone, also if they are never idle', () => {
  const body = `
    const MIB = 2 ** 20
    let most = 0
    let count = 0
    const next = async () => {
      for (; count < 600; ++count) {
        const array = shared(Uint8Array, MIB).fill(1)
        const [got] = await scheduler.call(kernelOf, [array])
        if (got !== 1) throw new Error('it is ' + got)
        if (count % 20 === 0) gc()
        if (count % 50 === 0) await collectAll()
        most = Math.max(most, process.memoryUsage().rss)
      }
    }
    const kernelOf = kernel((_, array) => {
      for (const end = performance.now() + 3; performance.now() < end; );
      return [array[array.length - 1]]
    })
    const before = process.memoryUsage().rss
    await Promise.all([next(), next(), next(), next()])
    console.log(most - before < 400 * MIB ? 'little' : \`\${(most - before) / MIB} MiB\`)
    scheduler[Symbol.dispose]()
  `
  expect(prints(body)).toBe('0 little\n')
})

test('results that nobody reads are dropped', () => {
  const body = `
    const MIB = 2 ** 20
    const large = kernel(() => new Uint8Array(new SharedArrayBuffer(2 ** 20)).fill(1))
    const before = process.memoryUsage().rss
    for (let i = 0; i < 1200; ++i) {
      scheduler.call(large, [])
      if (i % 20 === 19) await collectAll()
      if (i % 100 === 99) {
        for (let k = 0; k < 4; ++k) {
          gc()
          await turn()
        }
      }
    }
    await collectAll()
    const more = process.memoryUsage().rss - before
    console.log(more < 800 * MIB ? 'little' : \`\${more / MIB} MiB\`)
    scheduler[Symbol.dispose]()
  `
  expect(prints(body)).toBe('0 little\n')
})
