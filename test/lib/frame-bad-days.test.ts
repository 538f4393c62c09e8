/**
 * What goes wrong with frame graphs: as they are made, in a frame, and around it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import {
  AbortError,
  Async,
  FrameError,
  FrameGraph,
  FrameGraphError,
  kernel,
  Scheduler,
  shared,
} from '../../dist/index.js'
import { allSchedulers, type Bound, failureOf, fill, later, turn } from '../support/frames.js'
import { runProgram } from '../support/program.js'

const fails = kernel(function fails(_t, i: number, b: Bound) {
  if (b.index === 3 && i === 1) throw new TypeError('in the kernel')
})

const nothing = () => {}

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  test('cycles, unknown names and writers without an order are told by name', () => {
    const graph = (make: (frame: FrameGraph) => void) => () => {
      using frame = new FrameGraph(scheduler)
      make(frame)
      frame.compile()
    }
    const code = 'ERR_HEDDLE_FRAME_GRAPH'
    const told = (message: string) => expect.objectContaining({ code, message })
    const two = (frame: FrameGraph) => {
      const x = frame.resource('x', () => [])
      const y = frame.resource('y', () => [])
      return [x, y] as const
    }
    expect(
      graph((frame) => {
        const [x, y] = two(frame)
        frame.node('a', { run: nothing, reads: [x], writes: [y] })
        frame.node('b', { run: nothing, reads: [y], writes: [x] })
      }),
    ).toThrow(told("each of these nodes waits for the one before, in a cycle: 'a', 'b', 'a'"))
    expect(graph((frame) => frame.node('a', { run: nothing, after: ['a'] }))).toThrow(
      told("each of these nodes waits for the one before, in a cycle: 'a', 'a'"),
    )
    expect(graph((frame) => frame.node('a', { run: nothing, reads: ['z'] }))).toThrow(
      told("'a' reads 'z', which this graph does not have"),
    )
    expect(graph((frame) => frame.node('a', { run: nothing, after: ['z'] }))).toThrow(
      told("'a' is after 'z', which this graph does not have"),
    )
    using other = new FrameGraph(scheduler)
    const foreign = other.resource('foreign', () => 1)
    expect(graph((frame) => frame.node('a', { run: nothing, writes: [foreign] }))).toThrow(
      told("'a' writes 'foreign', which this graph does not have"),
    )
    const writers = (options: object) =>
      graph((frame) => {
        const [x] = two(frame)
        frame.node('a', { run: nothing, writes: [x] })
        frame.node('b', { run: nothing, writes: [x], ...options })
      })
    expect(writers({})).toThrow(
      told(
        "'a' and 'b' both write 'x', and nothing says which of them comes first: " +
          "give one of them 'after' the other",
      ),
    )
    expect(writers({ lane: 'background' })).toThrow(FrameGraphError)
    expect(writers({ after: ['a'] })).not.toThrow()
    expect(writers({ reads: ['x'] })).not.toThrow()
    expect(
      graph((frame) => frame.node('a', { run: nothing, writes: [frame.input('i', 1)] })),
    ).toThrow(told("'a' writes 'i', which is an input"))
    expect(graph((frame) => frame.node('a', { compute: () => 1 }))).toThrow(
      told("'a' computes, and is to write one scalar"),
    )
  })

  test('nonsense throws at the call', () => {
    using frame = new FrameGraph(scheduler)
    const x = frame.scalar('x', 1)
    const type = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    const value = expect.objectContaining({ code: 'ERR_INVALID_ARG_VALUE' })
    const range = expect.objectContaining({ code: 'ERR_OUT_OF_RANGE' })
    const make = (...args: unknown[]) => Reflect.construct(FrameGraph, args)
    expect(() => make()).toThrow(type)
    expect(() => make({})).toThrow(type)
    expect(() => make(scheduler, null)).toThrow(type)
    expect(() => make(scheduler, { framesInFlight: 0 })).toThrow(range)
    expect(() => make(scheduler, { framesInFlight: 1.5 })).toThrow(range)
    expect(() => make(scheduler, { framesInFlight: '2' })).toThrow(type)
    const node = (options: unknown) => () => frame.node('n', options as never)
    for (const options of [undefined, null, 5, { run: 5 }, { io: null }]) {
      expect(node(options)).toThrow(type)
    }
    expect(node({})).toThrow(value)
    expect(node({ run: nothing, io: nothing })).toThrow(value)
    expect(node({ run: nothing, lane: 'fast' })).toThrow(value)
    expect(node({ run: nothing, overlap: 'no' })).toThrow(value)
    expect(node({ run: nothing, timeout: -1 })).toThrow(range)
    expect(node({ run: nothing, reads: x })).toThrow(type)
    expect(node({ run: nothing, reads: [5] })).toThrow(type)
    expect(node({ run: nothing, after: [x] })).toThrow(type)
    expect(node({ dispatch: nothing })).toThrow(type)
    expect(node({ dispatch: [nothing, 1] })).toThrow(type)
    expect(node({ dispatch: [fill, -1] })).toThrow(range)
    expect(node({ dispatch: [fill, 1, 5] })).toThrow(type)
    expect(node({ graph: {} })).toThrow(type)
    expect(node({ graph: frame })).toThrow(type)
    expect(() => frame.node(5 as never, { run: nothing })).toThrow(type)
    expect(() => frame.resource('r', 5 as never)).toThrow(type)
    expect(() => frame.scalar('s', 'text')).toThrow(type)
    expect(() => frame.input('i', 1).set('text' as never)).toThrow(type)
    expect(() => frame.run(5 as never)).toThrow(type)
    expect(() => frame.run({ time: '5' as never })).toThrow(type)
    expect(() => frame.run({ signal: {} as never })).toThrow(type)
    for (const fps of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, 1e9]) {
      expect(() => frame.loop({ fps })).toThrow(range)
    }
    expect(() => frame.loop({ fps: '60' as never })).toThrow(type)
    expect(() => frame.loop({ late: 'never' as never })).toThrow(value)
    frame.node('once', { run: nothing })
    const state = expect.objectContaining({ code: 'ERR_INVALID_STATE' })
    expect(() => frame.node('once', { run: nothing })).toThrow(state)
    expect(() => frame.input('x', 1)).toThrow(state)
  })

  test('expressions are checked as those of Async values', () => {
    using frame = new FrameGraph(scheduler)
    const n = frame.scalar('n', 0)
    const text = frame.resource('text', () => '')
    const computes = (name: string, compute: (r: Bound) => unknown) => {
      const fresh = new FrameGraph(scheduler)
      const out = fresh.scalar('out', 0)
      const flag = fresh.scalar('flag', false)
      fresh.node(name, { compute: (r) => compute({ r, out, flag }), writes: [out] })
      return () => fresh.compile()
    }
    const type = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(computes('a', ({ r, flag }) => r(flag))).toThrow(type)
    expect(computes('a', ({ r, out }) => r(out).and(true))).toThrow(type)
    expect(computes('a', ({ r, out }) => r(out).add(5n))).toThrow(type)
    expect(computes('a', ({ r, out }) => r(out).add(new Async(1)))).toThrow(type)
    expect(computes('a', () => undefined)).toThrow(type)
    expect(computes('a', ({ r }) => r(n))).toThrow(FrameGraphError)
    frame.node('b', { compute: (r) => r(text as never), writes: [n] })
    expect(() => frame.compile()).toThrow(
      expect.objectContaining({ message: "'b' computes with 'text', which is no scalar" }),
    )
  })

  test('a node that throws fails its frame, by name, and no other', async () => {
    using frame = new FrameGraph(scheduler)
    const overflow = frame.scalar('overflow', 1n)
    const big = frame.input('big', 1n)
    const ran: string[] = []
    const run =
      (name: string, bad: number) =>
      ({ index }: { index: number }) => {
        if (index === bad) throw new Error(`in ${name}`)
        ran.push(`${name}${index}`)
      }
    frame.node('kernel', { dispatch: [fails, 3, ({ index }) => ({ index })] })
    frame.node('run', { run: run('run', 1), after: ['kernel'] })
    frame.node('later', { io: async (f) => run('later', 2)(f), after: ['run'] })
    frame.node('bindings', {
      dispatch: [
        fill,
        1,
        ({ index }) => {
          if (index === 4) throw new RangeError('no bindings')
          return { out: shared(Float64Array, 1), value: 0 }
        },
      ],
    })
    frame.node('size', { dispatch: [fill, ({ index }) => (index === 5 ? -1 : 0), {}] })
    frame.node('when', {
      run: nothing,
      when: ({ index }) => {
        if (index === 6) throw new Error('in when')
        return true
      },
    })
    frame.node('overflow', { compute: (r) => r(big).mul(2n ** 62n), writes: [overflow] })
    const failures: unknown[] = []
    for (let index = 0; index < 9; ++index) {
      big.set(index === 7 ? 4n : 1n)
      failures.push(await failureOf(frame.run()))
    }
    const told = failures.map((error, index) =>
      error instanceof FrameError ? `${error.frame} ${error.node}: ${error.cause}` : index,
    )
    expect(told).toEqual([
      0,
      '1 run: Error: in run',
      '2 later: Error: in later',
      expect.stringMatching(/^3 kernel: KernelError: the kernel 'fails' threw: in the kernel$/),
      '4 bindings: RangeError: no bindings',
      expect.stringMatching(/^5 size: RangeError/),
      '6 when: Error: in when',
      expect.stringMatching(/^7 overflow: RangeError: 4n \* .* does not fit in 64 bits$/),
      8,
    ])
    expect((failures[1] as FrameError).code).toBe('ERR_HEDDLE_FRAME')
    expect((failures[1] as FrameError).message).toBe("node 'run' of frame 1: in run")
    expect(ran).toContain('later8')
    expect(ran).not.toContain('later1')
    expect(ran).not.toContain('run3')
  })

  test('kernels of modules are loaded before frames wait, or the frame says why not', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'heddle-frames-'))
    try {
      const good = join(folder, 'good.mjs')
      writeFileSync(good, 'export const put = (t, i, b) => { b.out[i] = b.value + i }')
      writeFileSync(join(folder, 'bad.mjs'), 'throw new Error("not today")')
      using frame = new FrameGraph(scheduler)
      const out = shared(Float64Array, 3)
      frame.node('put', { dispatch: [kernel(good, 'put'), 3, { out, value: 5 }] })
      await frame.run()
      expect([...out]).toEqual([5, 6, 7])
      using broken = new FrameGraph(scheduler)
      broken.node('bad', { dispatch: [kernel(join(folder, 'bad.mjs'), 'put'), 3, { out }] })
      for (let i = 0; i < 2; ++i) {
        expect(await failureOf(broken.run())).toMatchObject({
          message: expect.stringContaining('not today'),
        })
      }
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('bindings that change in place are seen', async () => {
    using frame = new FrameGraph(scheduler)
    const out = shared(Float64Array, 3)
    const bound = { out, value: 1, extra: { deep: 2 } }
    const deep = kernel((_t, i: number, b: Bound) => {
      b.out[i] = b.value + b.extra.deep + i
    })
    frame.node('put', { dispatch: [deep, 3, bound] })
    const found: number[] = []
    for (let i = 0; i < 4; ++i) {
      await frame.run()
      found.push(out[0] as number)
      bound.value += 10
      if (i === 2) bound.extra.deep = 100
    }
    expect(found).toEqual([3, 13, 23, 131])
  })

  test('a node uses what it declares', async () => {
    using frame = new FrameGraph(scheduler)
    const x = frame.resource('x', () => 1)
    frame.node('a', { run: (_f, r) => r(x) })
    expect(await failureOf(frame.run())).toMatchObject({
      node: 'a',
      cause: { message: "'a' uses 'x', which it does not declare" },
    })
  })

  test('nothing is added while a frame is in flight', async () => {
    using frame = new FrameGraph(scheduler)
    const gate = later()
    frame.node('wait', { run: () => gate.promise })
    const running = frame.run()
    const state = expect.objectContaining({
      code: 'ERR_INVALID_STATE',
      message: "'more' cannot be added while frames of 'frame' are in flight",
    })
    expect(() => frame.node('more', { run: nothing })).toThrow(state)
    expect(() => frame.input('more', 1)).toThrow(state)
    gate.resolve()
    await running
    const ran: number[] = []
    frame.node('more', { run: ({ index }) => void ran.push(index), after: ['wait'] })
    await frame.run()
    expect(ran).toEqual([1])
  })

  test('a frame is given up by its signal, whatever its nodes do', async () => {
    using frame = new FrameGraph(scheduler)
    const ran: string[] = []
    frame.node('forever', { io: () => new Promise(nothing), when: ({ index }) => index < 2 })
    frame.node('after', { run: ({ index }) => void ran.push(`after${index}`), after: ['forever'] })
    const early = new AbortController()
    early.abort('too late')
    await expect(frame.run({ signal: early.signal })).rejects.toMatchObject({ cause: 'too late' })
    const controllers = [new AbortController(), new AbortController(), new AbortController()]
    const running = controllers.map(({ signal }) => failureOf(frame.run({ signal })))
    await turn()
    controllers[0]?.abort('enough')
    controllers[1]?.abort()
    const [first, second] = await Promise.all(running)
    expect(first).toBeInstanceOf(AbortError)
    expect(first).toMatchObject({ cause: 'enough' })
    expect(second).toBeInstanceOf(AbortError)
    expect(ran).toEqual(['after2'])
  })

  test('a function that takes too long fails by name', async () => {
    using frame = new FrameGraph(scheduler)
    frame.node('slow', {
      io: ({ index }) => (index === 0 ? new Promise(nothing) : undefined),
      timeout: 5,
    })
    expect(await failureOf(frame.run())).toMatchObject({
      node: 'slow',
      cause: { name: 'TimeoutError', message: "'slow' was not done in 5 ms" },
    })
    await frame.run()
  })

  test('a graph that was disposed says so, and so do its frames', async () => {
    const frame = new FrameGraph(scheduler)
    frame.node('forever', { io: () => new Promise(nothing) })
    const running = [frame.run(), frame.run(), frame.run()].map(failureOf)
    await turn()
    frame[Symbol.dispose]()
    frame[Symbol.dispose]()
    const disposed = expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' })
    expect(await Promise.all(running)).toEqual([disposed, disposed, disposed])
    expect(() => frame.run()).toThrow(disposed)
    expect(() => frame.compile()).toThrow(disposed)
    const patient = new FrameGraph(scheduler)
    const count = patient.scalar('count', 5)
    patient.node('count', { compute: (r) => r(count).add(1), writes: [count] })
    const ran: number[] = []
    patient.node('a', { run: async (f) => void ran.push(f.index) })
    const last = patient.run()
    await patient[Symbol.asyncDispose]()
    await last
    expect([ran, count.value]).toEqual([[0], 6])
  })
})

test('frames end with their scheduler', async () => {
  const scheduler = new Scheduler(2)
  const frame = new FrameGraph(scheduler)
  const spin = kernel((t) => {
    while (!t.isCancelled);
  })
  frame.node('spin', { dispatch: [spin, 1, {}] })
  frame.node('wait', { io: () => new Promise(nothing) })
  const running = [frame.run(), frame.run(), frame.run()].map(failureOf)
  await turn()
  scheduler[Symbol.dispose]()
  const cancelled = expect.objectContaining({ code: 'ERR_HEDDLE_CANCELLED' })
  expect(await Promise.all(running)).toEqual([cancelled, cancelled, cancelled])
  expect(() => frame.run()).toThrow()
})

test('a process ends in the middle of frames', () => {
  for (const [when, code] of [
    [0, 7],
    [30, 7],
    [80, 7],
  ]) {
    const { code: status } = runProgram(`
      import { FrameGraph, kernel, Scheduler, shared } from 'heddle'
      const scheduler = new Scheduler(2)
      const frame = new FrameGraph(scheduler)
      const out = shared(Float64Array, 1000)
      const work = kernel((t, i, b) => { for (let k = 0; k < 1000; ++k) b.out[i] += k })
      frame.node('work', { dispatch: [work, 1000, { out }] })
      frame.node('run', { run: () => {}, after: ['work'] })
      frame.node('load', { dispatch: [work, 1000, { out }], lane: 'background' })
      setTimeout(() => process.exit(7), ${when})
      for await (const _ of frame.loop());
    `)
    expect(status).toBe(code)
  }
})
