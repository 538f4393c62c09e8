/**
 * Frames whose functions, as they start or later, give up, dispose of or run what they belong to.
 */
import { describe, expect, test } from 'vitest'

import {
  DebugScheduler,
  FrameGraph,
  type FrameGraph as Graph,
  Scheduler,
  shared,
  type TaskScheduler,
} from '../../dist/index.js'
import { allSchedulers, failureOf, fill, later, turn } from '../support/frames.js'
import { runProgram, SAYS_IF_COLLECTED } from '../support/program.js'

const nothing = () => {}

/** A graph that calls the function at one of the places where it calls functions. */
function calling(scheduler: TaskScheduler, place: string, f: () => void): Graph {
  const frame = new FrameGraph(scheduler)
  const at = <T>(name: string, value: T) => {
    if (name === place) f()
    return value
  }
  const out = shared(Float64Array, 4)
  const bound = { out, value: 1 }
  frame.node('when', { run: nothing, when: () => at('when', true) })
  frame.node('early', { dispatch: [fill, () => at('size', 4), () => at('bindings', bound)] })
  frame.node('run', { run: () => at('run', undefined), after: ['early'] })
  frame.node('late', {
    dispatch: [fill, () => at('late size', 4), () => at('late bindings', bound)],
    after: ['run'],
  })
  for (const late of [true, false]) {
    frame.node(`background ${late}`, {
      dispatch: [fill, () => at('background', 4), bound],
      lane: 'background',
      late,
    })
  }
  frame.node('fails', {
    run: () => {
      throw new Error('not needed')
    },
    lane: 'background',
    onError: () => at('onError', undefined),
  })
  return frame
}

const PLACES = 'when, size, bindings, run, late size, late bindings, background, onError'.split(
  ', ',
)

describe.each(['one with workers', 'a DebugScheduler'])('on %s', (kind) => {
  const newScheduler = () =>
    kind === 'a DebugScheduler' ? new DebugScheduler({ seed: 5 }) : new Scheduler(1)

  test.each(PLACES)('%s disposes of its graph, or of its scheduler', async (place) => {
    for (const isWhole of [false, true]) {
      using scheduler = newScheduler()
      let isArmed = false
      const frame = calling(scheduler, place, () => {
        if (isArmed) (isWhole ? scheduler : frame)[Symbol.dispose]()
      })
      await frame.run()
      await turn()
      isArmed = true
      const code = isWhole ? 'ERR_HEDDLE_CANCELLED' : 'ERR_HEDDLE_DISPOSED'
      expect(await failureOf(frame.run())).toMatchObject({ code })
      expect(() => frame.run()).toThrow()
    }
  })
})

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  test.each(PLACES)('%s aborts its frame', async (place) => {
    const controller = new AbortController()
    using frame = calling(scheduler, place, () => controller.abort('enough'))
    if (place === 'onError') {
      await frame.run()
      await turn()
    }
    const error = await failureOf(frame.run({ signal: controller.signal }))
    expect(error).toMatchObject({ code: 'ABORT_ERR', cause: 'enough' })
    await frame.run()
  })

  test('what a function does after it gave up its frame is told to nobody', async () => {
    const unhandled: unknown[] = []
    const note = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', note)
    using frame = new FrameGraph(scheduler)
    const controller = new AbortController()
    frame.node('a', {
      io: async () => {
        controller.abort()
        await turn()
        throw new Error('too late')
      },
    })
    const error = await failureOf(frame.run({ signal: controller.signal }))
    await turn()
    await turn()
    process.off('unhandledRejection', note)
    expect([error, unhandled]).toEqual([expect.objectContaining({ code: 'ABORT_ERR' }), []])
  })

  test('what is given up before it begins does not begin', async () => {
    using frame = new FrameGraph(scheduler)
    const controller = new AbortController()
    const ran: number[] = []
    frame.node('a', {
      run: ({ index }) => {
        ran.push(index)
        return new Promise(nothing)
      },
      when: () => {
        controller.abort()
        return true
      },
    })
    const error = await failureOf(frame.run({ signal: controller.signal }))
    expect([error, ran]).toEqual([expect.objectContaining({ code: 'ABORT_ERR' }), []])
  })

  test('a frame that waits for its place, or its turn, is given up at once', async () => {
    using frame = new FrameGraph(scheduler)
    const gate = later()
    frame.node('a', { run: ({ index }) => (index === 0 ? gate.promise : undefined) })
    const controllers = [new AbortController(), new AbortController()]
    const first = frame.run()
    const others = controllers.map(({ signal }) => failureOf(frame.run({ signal })))
    await turn()
    for (const controller of controllers) controller.abort()
    const aborted = expect.objectContaining({ code: 'ABORT_ERR' })
    expect(await Promise.all(others)).toEqual([aborted, aborted])
    gate.resolve()
    expect((await first).index).toBe(0)
    await frame.run()
  })

  test('a frame that a starting one asks for starts after it', async () => {
    using frame = new FrameGraph(scheduler)
    const ran: string[] = []
    let inner: Promise<unknown> | undefined
    frame.node('a', {
      run: ({ index }) => void ran.push(`a${index}`),
      when: ({ index }) => index === 1,
    })
    frame.node('b', {
      run: ({ index }) => void ran.push(`b${index}`),
      when: () => {
        inner ??= frame.run()
        return true
      },
      after: ['a'],
    })
    await frame.run()
    await inner
    expect(ran).toEqual(['b0', 'a1', 'b1'])
  })

  test('a node runs once, also where frames fail before or after', async () => {
    using frame = new FrameGraph(scheduler)
    const ran: number[] = []
    frame.node('once', {
      run: ({ index }) => {
        ran.push(index)
        if (index === 1) throw new Error('once more')
      },
      once: true,
    })
    frame.node('when', {
      run: ({ index }) => {
        if (index === 4) throw new Error('after it')
      },
      when: ({ index }) => {
        if (index === 0) throw new Error('before it')
        return true
      },
      after: ['once'],
    })
    for (let i = 0; i < 7; ++i) await failureOf(frame.run())
    expect(ran).toEqual([1, 2])
  })

  test('thenables that throw, and errors without a text, fail their node', async () => {
    using frame = new FrameGraph(scheduler)
    const fails = (message: string) => () => {
      throw new Error(message)
    }
    const thenables = [
      Object.defineProperty({}, 'then', { get: fails('a getter') }),
      Object.defineProperty({}, 'then', { value: fails('a method') }),
    ]
    frame.node('a', {
      run: ({ index }) => {
        if (index === 2) throw Object.create(null)
        return thenables[index]
      },
    })
    const messages: unknown[] = []
    for (let i = 0; i < 4; ++i) messages.push(await failureOf(frame.run()))
    expect(messages.map((each) => (each as Error).message)).toEqual([
      "node 'a' of frame 0: a getter",
      "node 'a' of frame 1: a method",
      "node 'a' of frame 2: something that has no text",
      undefined,
    ])
  })

  test('graphs that run each other are refused', async () => {
    using a = new FrameGraph(scheduler, { name: 'a' })
    using b = new FrameGraph(scheduler, { name: 'b' })
    using c = new FrameGraph(scheduler, { name: 'c' })
    a.node('b', { graph: b })
    b.node('c', { graph: c })
    expect(() => c.node('a', { graph: a })).toThrow(
      expect.objectContaining({
        code: 'ERR_HEDDLE_FRAME_GRAPH',
        message: "'a' runs 'a', which runs 'c'",
      }),
    )
    c.node('nothing', { run: nothing })
    await a.run()
  })
})

test('a process ends when a graph that waits for background nodes was disposed', () => {
  for (const how of ['run', Symbol.asyncDispose]) {
    for (const what of ['frame', 'scheduler']) {
      const { code, stdout } = runProgram(`
        const scheduler = new heddle.Scheduler(1)
        const frame = new heddle.FrameGraph(scheduler)
        const io = () => new Promise(() => {})
        frame.node('bg', { io, lane: 'background', overlap: 'wait', timeout: 100_000 })
        await frame.run()
        const waits = frame[${typeof how === 'string' ? `'${how}'` : 'Symbol.asyncDispose'}]()
        waits.then(() => console.log('over'), ({ code }) => console.log(code))
        await null
        ${what}[Symbol.dispose]()
      `)
      const error = what === 'frame' ? 'ERR_HEDDLE_DISPOSED' : 'ERR_HEDDLE_CANCELLED'
      expect([code, stdout]).toEqual([0, `${how === 'run' ? error : 'over'}\n`])
    }
  }
})

test('graphs that nobody has any more are collected', () => {
  const { stdout, stderr } = runProgram(
    `
    const scheduler = new heddle.Scheduler(1)
    const kernel = heddle.kernel((t, i, b) => { b.out[i] = i })
    const out = heddle.shared(Float64Array, 1)
    const made = []
    async function make() {
      const frame = new heddle.FrameGraph(scheduler)
      frame.node('kernel', { dispatch: [kernel, 1, { out }] })
      frame.node('run', { run: () => {} })
      await frame.run()
      made.push(new WeakRef(frame))
    }
    for (let i = 0; i < 20; ++i) await make()
    ${SAYS_IF_COLLECTED}
    scheduler[Symbol.dispose]()
    `,
    ['--expose-gc'],
  )
  expect([stdout, stderr]).toEqual(['true\n', ''])
})
