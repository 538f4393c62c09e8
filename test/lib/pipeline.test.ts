/** Pipelines: order, how many are under way, errors, and the end. */
import { pipeline as connect, PassThrough, Readable } from 'node:stream'
import { promisify } from 'node:util'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DebugScheduler, kernel, Scheduler } from '../../dist/index.js'

const add = kernel((_, x: number) => x + 1)
const slow = kernel((_, x: number) => {
  const end = performance.now() + (x % 3)
  while (performance.now() < end);
  return { x }
})
const out = kernel((_, { x }: { x: number }) => `${x}`)
const odd = kernel(function odd(_, x: number) {
  if (x === 5) throw new Error('five')
  return x
})

const numbers = (length: number) => Array.from({ length }, (_, i) => i)

/** Counts what was taken, and knows whether it was closed. */
class Source implements AsyncIterable<number> {
  taken = 0
  isClosed = false

  async *[Symbol.asyncIterator]() {
    try {
      for (;;) yield this.taken++
    } finally {
      this.isClosed = true
    }
  }
}

const schedulers = [
  ['2 workers', () => new Scheduler(2)],
  ['a DebugScheduler', () => new DebugScheduler({ seed: 1 })],
] as const

describe.each(schedulers)('a pipeline on %s', (_, make) => {
  let scheduler: Scheduler | DebugScheduler

  beforeAll(() => {
    scheduler = make()
  })

  afterAll(() => {
    scheduler[Symbol.dispose]()
  })

  test.each([1, 2, 16, 1000])('gives outputs in order with a buffer of %s', async (buffer) => {
    const run = scheduler.pipeline([add, slow, out], { buffer })
    const outputs: string[] = []
    for await (const text of run(numbers(50))) outputs.push(text)
    expect(outputs).toEqual(numbers(50).map((x) => `${x + 1}`))
  })

  test('takes no more than the buffer ahead', async () => {
    const source = new Source()
    let i = 0
    for await (const x of scheduler.pipeline([add], { buffer: 4 })(source)) {
      expect(x).toBe(++i)
      expect(source.taken).toBeLessThanOrEqual(i + 4)
      if (i === 100) break
    }
    expect(source.isClosed).toBe(true)
  })

  test('an error comes in its place, and closes the source', async () => {
    const source = new Source()
    const outputs: number[] = []
    const all = async () => {
      for await (const x of scheduler.pipeline([odd, add])(source)) outputs.push(x)
    }
    await expect(all()).rejects.toMatchObject({ code: 'ERR_HEDDLE_KERNEL', kernel: 'odd' })
    expect(outputs).toEqual([1, 2, 3, 4, 5])
    expect(source.isClosed).toBe(true)
  })

  test('an error of the source comes behind the outputs before it', async () => {
    const outputs: number[] = []
    const all = async () => {
      function* source() {
        yield* [1, 2]
        throw new Error('no more')
      }
      for await (const x of scheduler.pipeline([add])(source())) outputs.push(x)
    }
    await expect(all()).rejects.toThrow('no more')
    expect(outputs).toEqual([2, 3])
  })

  test('a signal ends it, also while the source has nothing', async () => {
    const controller = new AbortController()
    let isClosed = false
    const source = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise<never>(() => {}),
        return: async () => {
          isClosed = true
          return { done: true as const, value: undefined }
        },
      }),
    }
    const first = scheduler.pipeline([add], controller)(source).next()
    setTimeout(() => controller.abort(new Error('enough')), 10)
    await expect(first).rejects.toMatchObject({ name: 'AbortError', cause: { message: 'enough' } })
    expect(isClosed).toBe(true)
  })

  test('is a stage of a stream', async () => {
    const sink = new PassThrough({ objectMode: true })
    const done = promisify(connect)(
      Readable.from(numbers(20)),
      scheduler.pipeline([add, add]) as never,
      sink,
    )
    const outputs = await sink.toArray()
    await done
    expect(outputs).toEqual(numbers(20).map((x) => x + 2))
  })

  test('nothing in, nothing out', async () => {
    expect(await scheduler.pipeline([add])([]).next()).toEqual({ done: true, value: undefined })
  })

  test('refuses what is no stage, no buffer and no source', () => {
    const type = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => scheduler.pipeline([] as never)).toThrow(/at least one kernel/)
    expect(() => scheduler.pipeline([add, 1] as never)).toThrow(type)
    expect(() => scheduler.pipeline(add as never)).toThrow(type)
    expect(() => scheduler.pipeline([add], { buffer: 0 })).toThrow(RangeError)
    expect(() => scheduler.pipeline([add])(5 as never)).toThrow(type)
  })
})
