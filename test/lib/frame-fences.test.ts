/**
 * Nodes of frame graphs that are done when a GPU, or whatever else, is; and what is freed then.
 */
import { describe, expect, test } from 'vitest'

import { Completion, type FrameFence, FrameGraph, Scheduler, shared } from '../../dist/index.js'
import { allSchedulers, failureOf, fill, later, turn } from '../support/frames.js'

const nothing = () => {}

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  /** Runs a frame whose one node waits for the fence: what `signal` does ends it. */
  async function ends(fence: FrameFence, signal: () => void): Promise<string[]> {
    using frame = new FrameGraph(scheduler)
    const order: string[] = []
    frame.node('draw', { gpu: () => fence })
    frame.node('after', { run: () => void order.push('after'), after: ['draw'] })
    const running = frame.run()
    await turn()
    await turn()
    order.push('signal')
    signal()
    await running
    return order
  }

  test('a descriptor that becomes readable', async () => {
    for (const form of [(fd: number) => fd, (fd: number) => ({ fd })]) {
      using event = scheduler.io.eventfd()
      expect(await ends(form(event.fd), () => event.signal())).toEqual(['signal', 'after'])
      // It is readable still.
      expect(await ends(form(event.fd), nothing)).toContain('after')
    }
  })

  test('a completion that somebody signals, and a promise', async () => {
    const completion = scheduler.io.completion()
    const signal = () => Completion.signal(completion.handle)
    expect(await ends(completion, signal)).toEqual(['signal', 'after'])
    const { promise, resolve } = later()
    expect(await ends(promise, resolve)).toEqual(['signal', 'after'])
  })

  test('a queue that says when it is done', async () => {
    using frame = new FrameGraph(scheduler)
    const order: string[] = []
    const queue = {
      onSubmittedWorkDone: async () => {
        order.push('asked')
        await turn()
        order.push('done')
      },
    }
    frame.node('draw', { gpu: () => void order.push('submitted'), queue })
    frame.node('after', { run: () => void order.push('after'), after: ['draw'] })
    await frame.run()
    expect(order).toEqual(['submitted', 'asked', 'done', 'after'])
  })

  test('a queue is asked, too, when an async function has submitted', async () => {
    using frame = new FrameGraph(scheduler)
    const order: string[] = []
    const queue = { onSubmittedWorkDone: async () => void order.push('asked') }
    const gpu = async () => {
      await turn()
      order.push('submitted')
    }
    frame.node('draw', { gpu, queue })
    frame.node('after', { run: () => void order.push('after'), after: ['draw'] })
    await frame.run()
    expect(order).toEqual(['submitted', 'asked', 'after'])
  })

  test('a device that is lost fails what waits for it, and what comes', async () => {
    using frame = new FrameGraph(scheduler)
    const lost = later<{ reason: string; message: string }>()
    const device = {
      queue: { onSubmittedWorkDone: () => new Promise(nothing) },
      lost: lost.promise,
    }
    frame.node('draw', { gpu: nothing, device })
    const running = [failureOf(frame.run()), failureOf(frame.run())]
    await turn()
    lost.resolve({ reason: 'destroyed', message: 'the driver was updated' })
    const failure = expect.objectContaining({
      node: 'draw',
      cause: expect.objectContaining({
        message: 'the GPU device was lost (destroyed): the driver was updated',
      }),
    })
    expect(await Promise.all(running)).toEqual([failure, failure])
    expect(await failureOf(frame.run())).toEqual(failure)
  })

  test('a device that is lost fails what waits for a fence of its own', async () => {
    using event = scheduler.io.eventfd()
    for (const fence of [event.fd, new Promise(nothing)]) {
      using frame = new FrameGraph(scheduler)
      const lost = later<{ message: string }>()
      const queue = { onSubmittedWorkDone: async () => {} }
      frame.node('draw', { gpu: () => fence, device: { queue, lost: lost.promise } })
      const running = failureOf(frame.run())
      await turn()
      lost.resolve({ message: 'it was unplugged' })
      const message = 'the GPU device was lost (unknown): it was unplugged'
      const failure = { node: 'draw', cause: { message } }
      expect(await running).toMatchObject(failure)
      expect(await failureOf(frame.run())).toMatchObject(failure)
    }
  })

  test('what is no device fails its node', async () => {
    using frame = new FrameGraph(scheduler)
    const device = { queue: { onSubmittedWorkDone: async () => {} } } as never
    frame.node('draw', { gpu: nothing, device })
    expect(await failureOf(frame.run())).toMatchObject({ node: 'draw' })
  })

  test('a device is asked once when it is lost, and not by each frame', async () => {
    using frame = new FrameGraph(scheduler)
    const lost = new Promise<never>(nothing)
    let asked = 0
    Object.defineProperty(lost, 'then', { value: () => void ++asked })
    const device = { queue: { onSubmittedWorkDone: () => Promise.resolve() }, lost }
    frame.node('draw', { gpu: nothing, device })
    for (let i = 0; i < 5; ++i) await frame.run()
    expect(asked).toBe(1)
  })

  test('a fence that never signals fails by name, in time', async () => {
    using event = scheduler.io.eventfd()
    for (const fence of [event.fd, new Promise(nothing)]) {
      using frame = new FrameGraph(scheduler)
      frame.node('draw', {
        gpu: ({ index }) => (index < 2 ? fence : Promise.resolve()),
        timeout: 8,
      })
      const failure = expect.objectContaining({
        node: 'draw',
        cause: expect.objectContaining({
          code: 'ERR_HEDDLE_TIMEOUT',
          message: "'draw' was not done in 8 ms",
        }),
      })
      const running = [frame.run(), frame.run()].map(failureOf)
      expect(await Promise.all(running)).toEqual([failure, failure])
      await frame.run()
    }
  })

  test('a fence in time has no time-out, also where the frame takes longer', async () => {
    using frame = new FrameGraph(scheduler)
    using event = scheduler.io.eventfd()
    frame.node('draw', { gpu: () => event.fd, timeout: 200 })
    frame.node('slow', { run: () => new Promise((resolve) => setTimeout(resolve, 400)) })
    frame.node('after', { run: nothing, after: ['draw', 'slow'] })
    event.signal()
    for (let count = 0; count < 2; ++count) await frame.run()
  })

  test('a fence that came while this thread was held up is in time', async () => {
    using frame = new FrameGraph(scheduler)
    using event = scheduler.io.eventfd()
    const holdUp = () => {
      event.signal()
      const begin = performance.now()
      while (performance.now() - begin < 150);
    }
    frame.node('draw', {
      gpu: () => {
        queueMicrotask(holdUp)
        return event.fd
      },
      timeout: 50,
    })
    await frame.run()
  })

  test("what a function gives that has given up its own frame is nobody's", async () => {
    using frame = new FrameGraph(scheduler)
    using event = scheduler.io.eventfd()
    const controllers: AbortController[] = []
    const given = [
      event.fd,
      () => Promise.reject(new Error('lost')),
      new Promise(nothing),
      event.fd,
    ]
    frame.node('draw', {
      gpu: ({ index }) => {
        controllers[index]?.abort()
        const it = given[index]
        return (typeof it === 'function' ? it() : it) as FrameFence
      },
    })
    while (controllers.length < given.length - 1) {
      const controller = new AbortController()
      controllers.push(controller)
      expect(await failureOf(frame.run({ signal: controller.signal }))).toMatchObject({
        code: 'ABORT_ERR',
      })
    }
    const running = frame.run()
    await turn()
    event.signal()
    await running
  })

  test('what is no fence is told', async () => {
    using frame = new FrameGraph(scheduler)
    const given: unknown[] = [undefined, 'fence', -1, 1.5, {}, 99_999]
    frame.node('draw', { gpu: ({ index }) => given[index] as FrameFence })
    for (const each of given.slice(0, -1)) {
      const error = await failureOf(frame.run())
      expect(error, String(each)).toMatchObject({
        node: 'draw',
        cause: { code: 'ERR_INVALID_ARG_TYPE' },
      })
    }
    expect(await failureOf(frame.run())).toMatchObject({ node: 'draw', cause: { code: 'EBADF' } })
  })

  test('a frame is given up while it waits for a fence', async () => {
    using frame = new FrameGraph(scheduler)
    using event = scheduler.io.eventfd()
    const controller = new AbortController()
    frame.node('draw', { gpu: () => event.fd })
    const running = failureOf(frame.run({ signal: controller.signal }))
    await turn()
    controller.abort()
    expect(await running).toMatchObject({ code: 'ABORT_ERR' })
  })

  test('a graph that was disposed leaves nothing in the ring', async () => {
    using event = scheduler.io.eventfd()
    for (const lane of ['frame', 'background'] as const) {
      const frame = new FrameGraph(scheduler)
      frame.node('draw', { gpu: () => event.fd, lane, timeout: 100_000 })
      const running = failureOf(frame.run())
      await turn()
      frame[Symbol.dispose]()
      await running
    }
    if (!(scheduler instanceof Scheduler)) return
    for (let i = 0; i < 10_000 && scheduler.stats().io.inFlight > 0; ++i) await turn()
    expect(scheduler.stats().io.inFlight).toBe(0)
  })

  test('a background node waits for a descriptor without the frames', async () => {
    using frame = new FrameGraph(scheduler)
    using event = scheduler.io.eventfd()
    const order: string[] = []
    frame.node('load', { gpu: () => event.fd, lane: 'background', once: true })
    frame.node('after', { run: ({ index }) => void order.push(`${index}`), after: ['load'] })
    await frame.run()
    await frame.run()
    event.signal()
    for (let i = 0; order.length === 0 && i < 1000; ++i) {
      await frame.run()
      await turn()
    }
    expect(order.length).toBe(1)
  })

  test('what a background node reads or writes is not freed before it is done', async () => {
    using frame = new FrameGraph(scheduler)
    const order: unknown[] = []
    const make = (name: string) => () => {
      const made = { isFreed: false, destroy: () => order.push(name) }
      return made
    }
    const image = frame.resource('image', make('image'))
    const mesh = frame.resource('mesh', make('mesh'))
    const gate = later()
    let written: unknown
    frame.node('save', {
      io: async (_f, r) => {
        written = r(mesh)
        await gate.promise
        order.push('saved')
      },
      reads: [image],
      writes: [mesh],
      lane: 'background',
      once: true,
    })
    const seen = new Set<unknown>()
    frame.node('see', { run: (_f, r) => void seen.add(r(mesh)), reads: [mesh] })
    await frame.run()
    const retired = [frame.retire(image), frame.retire(mesh), frame.retire(make('other')())]
    await turn()
    gate.resolve()
    await Promise.all(retired)
    expect(order).toEqual(['saved', 'image', 'image', 'mesh', 'other'])
    await frame.run()
    expect(seen.has(written)).toBe(true)
  })

  test('an instance that could not be made is made the next time', async () => {
    using frame = new FrameGraph(scheduler, { framesInFlight: 1 })
    const made: object[] = []
    const buffer = frame.resource('buffer', () => {
      made.push({})
      if (made.length === 2) throw new Error('no memory')
      return made.at(-1) as object
    })
    const seen: object[] = []
    frame.node('see', { run: (_f, r) => void seen.push(r(buffer)), reads: [buffer] })
    await frame.run()
    await frame.retire(buffer)
    expect(await failureOf(frame.run())).toMatchObject({ message: 'no memory' })
    await frame.run()
    expect(seen).toEqual([made[0], made[2]])
  })

  test('what several frames were given is freed once', async () => {
    using frame = new FrameGraph(scheduler)
    let freed = 0
    const one = { destroy: () => void ++freed }
    const buffer = frame.resource('buffer', () => ({ destroy: () => {} }))
    frame.node('give', { run: () => one, writes: [buffer] })
    for (let i = 0; i < 4; ++i) await frame.run()
    await frame.retire(buffer)
    expect(freed).toBe(1)
  })

  test('what is retired is freed when the frames that use it are over, and its fence', async () => {
    using frame = new FrameGraph(scheduler)
    const gates = [later(), later(), later()]
    const freed: string[] = []
    const buffer = frame.resource('buffer', (slot) => {
      const memory = shared(Float64Array, 4)
      return Object.assign(memory, { destroy: () => freed.push(`buffer ${slot}`) })
    })
    const seen = new Set<object>()
    frame.node('fill', {
      dispatch: [fill, 4, (f, r) => ({ out: r(buffer), value: f.index })],
      writes: [buffer],
    })
    frame.node('use', {
      run: async ({ index }, r) => {
        seen.add(r(buffer))
        await gates[index]?.promise
      },
      reads: [buffer],
    })
    const running = [frame.run(), frame.run()]
    await turn()
    const fence = later()
    const retired = [
      frame.retire(buffer),
      frame.retire(() => freed.push('function'), fence.promise),
      frame.retire({ [Symbol.dispose]: () => freed.push('disposable') }),
      frame.retire({}),
    ]
    gates[0]?.resolve()
    await running[0]
    await turn()
    expect(freed).toEqual([])
    gates[1]?.resolve()
    await running[1]
    await retired[0]
    await retired[2]
    await retired[3]
    expect([...freed].sort()).toEqual(['buffer 0', 'buffer 1', 'disposable'])
    fence.resolve()
    await retired[1]
    expect(freed.at(-1)).toBe('function')
    gates[2]?.resolve()
    await frame.run()
    expect(seen.size).toBe(3)
  })
})

test('the next frame submits while a queue is at work for the one before', async () => {
  using scheduler = new Scheduler(2)
  using frame = new FrameGraph(scheduler, { framesInFlight: 2 })
  const order: string[] = []
  const works = [later(), later()]
  const queue = { onSubmittedWorkDone: () => (works[order.length - 1] ?? later()).promise }
  frame.node('draw', { gpu: ({ index }) => void order.push(`submit ${index}`), queue })
  frame.node('after', { run: ({ index }) => void order.push(`after ${index}`), after: ['draw'] })
  const running = [frame.run(), frame.run()]
  while (order.length < 2) await turn()
  for (const { resolve } of works) resolve()
  await Promise.all(running)
  expect(order).toEqual(['submit 0', 'submit 1', 'after 0', 'after 1'])
})
