/**
 * Background nodes of frame graphs: frames do not wait for them, and see what they did when done.
 */
import { describe, expect, test } from 'vitest'

import { FrameError, FrameGraph, shared } from '../../dist/index.js'
import { allSchedulers, failureOf, fill, turn } from '../support/frames.js'

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  test('a background node is not waited for, and joins when it is done', async () => {
    using frame = new FrameGraph(scheduler)
    const mesh = frame.resource('mesh', () => 'none')
    const seen: string[] = []
    let finish: (value: string) => void = () => {}
    frame.node('load', {
      io: () => new Promise<string>((resolve) => (finish = resolve)),
      writes: [mesh],
      lane: 'background',
    })
    frame.node('draw', { run: (_f, r) => void seen.push(r(mesh)), reads: [mesh] })
    frame.node('upload', {
      run: (_f, r) => void seen.push(`up ${r(mesh)}`),
      reads: [mesh],
      after: ['load'],
    })
    await frame.run()
    await frame.run()
    finish('one')
    await turn()
    await frame.run()
    expect(seen.splice(0).sort()).toEqual(['none', 'none', 'one', 'up one'])
    await frame.run()
    finish('two')
    await turn()
    await frame.run()
    await frame.run()
    expect(seen.sort()).toEqual(['one', 'two', 'two', 'up two'])
    finish('three')
  })

  test('a background kernel writes where no frame reads', async () => {
    using frame = new FrameGraph(scheduler)
    const made: Float64Array[] = []
    const field = frame.resource('field', () => {
      made.push(shared(Float64Array, 8))
      return made.at(-1) as Float64Array
    })
    const sums = new Set<number>()
    frame.node('grow', {
      dispatch: [fill, 8, (f, r) => ({ out: r(field), value: f.index + 1 })],
      writes: [field],
      lane: 'background',
    })
    frame.node('sum', {
      run: (_f, r) => {
        const found = r(field)
        expect(found.every((x, i) => x === 0 || x === (found[0] as number) + i)).toBe(true)
        sums.add(found[0] as number)
      },
      reads: [field],
    })
    while (sums.size < 4) await frame.run()
    expect(made.length).toBeLessThanOrEqual(4)
  })

  test('what a background node reads stays until it is done', async () => {
    using frame = new FrameGraph(scheduler, { framesInFlight: 1 })
    const image = frame.resource('image', () => shared(Float64Array, 1))
    frame.node('draw', {
      dispatch: [fill, 1, (f, r) => ({ out: r(image), value: f.index })],
      writes: [image],
    })
    const saved: number[] = []
    let finish: () => void = () => {}
    frame.node('save', {
      io: async (_f, r) => {
        const mine = r(image)
        await new Promise<void>((resolve) => (finish = resolve))
        saved.push(mine[0] as number, r(image)[0] as number)
      },
      reads: [image],
      lane: 'background',
      overlap: 'skip',
    })
    for (let i = 0; i < 5; ++i) await frame.run()
    finish()
    await turn()
    expect(saved).toEqual([0, 0])
    await frame.run()
    finish()
    await turn()
    expect(saved).toEqual([0, 0, 5, 5])
  })

  test('a frame waits for a background node only where that says so', async () => {
    using frame = new FrameGraph(scheduler)
    const order: string[] = []
    frame.node('slow', {
      io: async (f) => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        order.push(`slow${f.index}`)
      },
      lane: 'background',
      overlap: 'wait',
    })
    frame.node('fast', { run: (f) => void order.push(`fast${f.index}`) })
    for (let i = 0; i < 3; ++i) await frame.run()
    expect(order).toEqual(['fast0', 'slow0', 'fast1', 'slow1', 'fast2'])
  })

  test('one that has failed fails the next frame, or is told to who asks for it', async () => {
    using frame = new FrameGraph(scheduler)
    const told: unknown[] = []
    const load = (f: { index: number }) => {
      if (f.index < 2) throw new Error(`half-way ${f.index}`)
    }
    frame.node('load', { io: async (f) => load(f), lane: 'background' })
    frame.node('quiet', {
      run: load,
      lane: 'background',
      onError: (error) => void told.push(error),
    })
    await frame.run()
    await turn()
    const error = await failureOf(frame.run())
    expect(error).toBeInstanceOf(FrameError)
    expect(error).toMatchObject({ node: 'load', frame: 0, cause: { message: 'half-way 0' } })
    for (let i = 0; i < 4; ++i) {
      await frame.run()
      await turn()
    }
    expect(told.map((each) => (each as FrameError).message)).toEqual([
      "node 'quiet' of frame 0: half-way 0",
    ])
    await frame.run()
  })

  test('who comes after it runs in the next frame that does not fail', async () => {
    using frame = new FrameGraph(scheduler)
    const ran: number[] = []
    const once = { lane: 'background', once: true } as const
    frame.node('load', { run: () => {}, ...once })
    frame.node('fails', {
      run: ({ index }) => {
        if (index === 0) throw new Error('so that the next frame does not start')
      },
      ...once,
    })
    frame.node('before', {
      run: ({ index }) => {
        if (index === 2) throw new Error('so that this frame does not end well')
      },
    })
    frame.node('after', {
      run: ({ index }) => void ran.push(index),
      after: ['load', 'before'],
    })
    for (let i = 0; i < 6; ++i) {
      await failureOf(frame.run())
      await turn()
    }
    expect(ran).toEqual([3])
  })

  test('it may write what others wrote before it was added', async () => {
    using frame = new FrameGraph(scheduler)
    const mesh = frame.resource('mesh', () => 'made')
    const seen: string[] = []
    frame.node('see', { run: (_f, r) => void seen.push(r(mesh)), reads: [mesh] })
    await frame.run()
    frame.node('load', { io: () => new Promise(() => {}), writes: [mesh], lane: 'background' })
    await frame.run()
    expect(seen).toEqual(['made', 'made'])
  })

  test('an error in onError is told of its node', async () => {
    using frame = new FrameGraph(scheduler)
    const fails = (message: string) => () => {
      throw new Error(message)
    }
    frame.node('bg', { run: fails('first'), lane: 'background', onError: fails('second') })
    await frame.run()
    await turn()
    expect(await failureOf(frame.run())).toMatchObject({ node: 'bg', cause: { message: 'second' } })
  })

  test('one that is to run once does, and again only if it has failed', async () => {
    using frame = new FrameGraph(scheduler)
    const began: number[] = []
    frame.node('load', {
      io: async (f) => {
        began.push(f.index)
        if (f.index === 0) throw new Error('not yet')
      },
      lane: 'background',
      once: true,
      onError: () => {},
    })
    for (let i = 0; i < 5; ++i) {
      await frame.run()
      await turn()
    }
    expect(began).toEqual([0, 1])
  })
})
