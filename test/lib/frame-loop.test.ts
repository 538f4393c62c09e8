/**
 * Frames at a rate: when they come, what is left out, and how a loop ends.
 */
import { describe, expect, test } from 'vitest'

import { DebugScheduler, FrameGraph, type FrameStats, Scheduler, shared } from '../../dist/index.js'
import { allSchedulers, failureOf, fill, later, turn } from '../support/frames.js'
import { faultsOf, rowsOf, slicesOf } from '../support/trace.js'

async function all(loop: AsyncIterable<FrameStats>): Promise<FrameStats[]> {
  const stats: FrameStats[] = []
  for await (const each of loop) stats.push(each)
  return stats
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  test('frames come in order, at the times that they were due', async () => {
    using frame = new FrameGraph(scheduler)
    const times: number[][] = []
    frame.node('a', { run: (f) => void times.push([f.index, f.time, f.delta]) })
    const stats = await all(frame.loop({ fps: 1000, late: 'catchUp', frames: 20 }))
    expect(stats.map(({ index, time }) => [index, time])).toEqual(
      Array.from({ length: 20 }, (_, i) => [i, i]),
    )
    expect(times.map(([index, time]) => [index, time])).toEqual(
      Array.from({ length: 20 }, (_, i) => [i, i]),
    )
    expect(times.slice(1).every(([, , delta]) => delta === 1)).toBe(true)
    for (const { delay, duration, isLate, skipped, nodes, criticalPath } of stats) {
      expect(delay).toBeGreaterThanOrEqual(0)
      expect(nodes.a).toBeGreaterThanOrEqual(0)
      expect(duration).toBeGreaterThanOrEqual(nodes.a as number)
      expect(isLate || delay + duration <= 1 + 1e-6).toBe(true)
      expect([skipped, criticalPath]).toEqual([0, ['a']])
    }
    expect(await all(frame.loop({ frames: 0 }))).toEqual([])
    const unpaced = await all(frame.loop({ frames: 50 }))
    expect(unpaced.map(({ index }) => index)).toEqual(Array.from({ length: 50 }, (_, i) => 20 + i))
    expect(frame.stats().frames.count).toBe(70)
  })

  test('frames whose time has passed are left out, or come later, or fast', async () => {
    for (const late of ['skip', 'slowDown', 'catchUp'] as const) {
      using frame = new FrameGraph(scheduler, { framesInFlight: 1 })
      frame.node('slow', { run: ({ index }) => (index === 2 ? sleep(22) : undefined) })
      const stats = await all(frame.loop({ fps: 200, late, frames: 6 }))
      const steps = stats.map(({ time }) => Math.round(time / 5))
      const skipped = stats.reduce((sum, each) => sum + each.skipped, 0)
      expect(stats[2]?.isLate).toBe(true)
      expect(stats.length).toBe(6)
      if (late === 'skip') {
        expect(skipped).toBeGreaterThanOrEqual(3)
        expect(steps.at(-1)).toBe(5 + skipped)
      } else {
        expect([steps, skipped]).toEqual([[0, 1, 2, 3, 4, 5], 0])
      }
      if (late === 'catchUp') expect(stats[3]?.delay).toBeGreaterThan(10)
      if (late === 'slowDown') expect(stats[3]?.delay).toBeLessThan(stats[2]?.duration as number)
    }
  })

  test('a slow body delays no frame', async () => {
    using frame = new FrameGraph(scheduler)
    const ran: number[] = []
    frame.node('a', { run: ({ index }) => void ran.push(index) })
    const seen: number[] = []
    for await (const { index } of frame.loop({ fps: 1000 })) {
      seen.push(index)
      while (ran.length < 10 * seen.length) await turn()
      if (seen.length === 3) break
    }
    expect(seen).toEqual([0, 1, 2])
    const { length } = ran
    await turn()
    expect(ran.length).toBe(length)
    await frame.run()
  })

  test('it ends with a frame that fails, which is told after those before', async () => {
    using frame = new FrameGraph(scheduler)
    frame.node('a', {
      run: ({ index }) => {
        if (index === 3) throw new Error('enough')
      },
    })
    const seen: number[] = []
    const looping = (async () => {
      for await (const { index } of frame.loop({ fps: 500 })) seen.push(index)
    })()
    expect(await failureOf(looping)).toMatchObject({ node: 'a', frame: 3 })
    expect(seen).toEqual([0, 1, 2])
    await frame.run()
  })

  test('a body that breaks off hears of a frame that fails in the end', async () => {
    using frame = new FrameGraph(scheduler)
    let [begun, gate] = [later(), later()]
    frame.node('work', {
      run: async ({ index }) => {
        if (index % 2 === 0) return
        begun.resolve()
        await gate.promise
        throw new Error('no disk')
      },
    })
    const run = async (end: () => void) => {
      for await (const _ of frame.loop({ fps: 1000, frames: 2 })) {
        await begun.promise
        gate.resolve()
        end()
        break
      }
    }
    expect(await failureOf(run(() => {}))).toMatchObject({ node: 'work', frame: 1 })
    ;[begun, gate] = [later(), later()]
    const own = () => {
      throw new Error('its own')
    }
    expect(await failureOf(run(own))).toMatchObject({ message: 'its own' })
  })

  test('it ends with its signal, and with its graph', async () => {
    using frame = new FrameGraph(scheduler)
    frame.node('a', { run: () => {} })
    const controller = new AbortController()
    const { signal } = controller
    const looping = failureOf(all(frame.loop({ fps: 100, signal })))
    setTimeout(() => controller.abort('over'), 25)
    expect(await looping).toMatchObject({ code: 'ABORT_ERR', cause: 'over' })
    expect(await failureOf(all(frame.loop({ signal })))).toMatchObject({ cause: 'over' })
    const other = new FrameGraph(scheduler)
    other.node('a', { run: () => {} })
    const ending = failureOf(all(other.loop({ fps: 100 })))
    setTimeout(() => other[Symbol.dispose](), 25)
    expect(await ending).toMatchObject({ code: 'ERR_HEDDLE_DISPOSED' })
  })

  test('a node that is added before its first frame runs in it', async () => {
    using frame = new FrameGraph(scheduler)
    const loop = frame.loop({ frames: 2 })
    const ran: number[] = []
    frame.node('a', { run: ({ index }) => void ran.push(index) })
    await all(loop)
    expect(ran).toEqual([0, 1])
  })

  test('one signal is enough for all that are in flight', async () => {
    using frame = new FrameGraph(scheduler, { framesInFlight: 16 })
    frame.node('a', { run: () => turn() })
    const warnings: Error[] = []
    const warn = (warning: Error) => warnings.push(warning)
    process.on('warning', warn)
    const { signal } = new AbortController()
    await all(frame.loop({ frames: 40, signal }))
    await turn()
    process.off('warning', warn)
    expect(warnings).toEqual([])
  })

  test('nodes may have any name', async () => {
    using frame = new FrameGraph(scheduler)
    for (const name of ['__proto__', '', 'constructor']) frame.node(name, { run: () => {} })
    const names = ['', '__proto__', 'constructor']
    expect(Object.keys((await frame.run()).nodes).sort()).toEqual(names)
    expect(Object.keys(frame.stats().nodes).sort()).toEqual(names)
  })

  test('times of nodes are kept for a while', async () => {
    using frame = new FrameGraph(scheduler)
    frame.node('a', { run: () => {} })
    frame.node('b', { run: () => {}, after: ['a'], when: ({ index }) => index > 0 })
    const first = await frame.run()
    expect(Object.keys(first.nodes)).toEqual(['a'])
    const second = await frame.run()
    expect(second.criticalPath).toEqual(['a', 'b'])
    for (let i = 0; i < 63; ++i) await frame.run()
    expect(() => first.nodes).toThrow(expect.objectContaining({ code: 'ERR_INVALID_STATE' }))
    expect(Object.keys(second.nodes)).toEqual(['a', 'b'])
    expect(frame.stats().nodes).toMatchObject({ a: { count: 65 }, b: { count: 64 } })
  })

  test('a graph for Graphviz has an edge for what nothing else says', () => {
    using frame = new FrameGraph(scheduler, { name: 'of "mine"' })
    const x = frame.resource('x', () => 0)
    frame.node('a', { run: () => {}, writes: [x] })
    frame.node('b', { run: () => {}, after: ['a'] })
    frame.node('c', { run: () => {}, after: ['a', 'b'], reads: [x] })
    frame.node('load', { run: () => {}, lane: 'background' })
    frame.node('d', { run: () => {}, after: ['load'] })
    const dot = frame.toDot()
    const names = new Map(
      [...dot.matchAll(/(n\d+) \[label="(\w+)/g)].map(([, id, name]) => [id, name]),
    )
    const edges = [...dot.matchAll(/(n\d+) -> (n\d+)( \[style=dashed\])?$/gm)].map(
      ([, from, to, style]) => `${names.get(from)} ${names.get(to)}${style ?? ''}`,
    )
    expect(edges.sort()).toEqual(['a b', 'b c', 'load d [style=dashed]'])
    expect(dot).toContain('digraph "of \\"mine\\"" {')
    expect(dot).toMatch(/s0 -> n\d \[style=dotted\]/)
  })
})

test('a loop ends with its scheduler, also between frames', async () => {
  for (const scheduler of [new Scheduler(1), new DebugScheduler({ seed: 5 })]) {
    const frame = new FrameGraph(scheduler)
    frame.node('a', { run: () => {} })
    const looping = async () => {
      for await (const { index } of frame.loop({ fps: 50 })) {
        if (index === 1) scheduler[Symbol.dispose]()
      }
    }
    expect((await failureOf(looping())) as Error).toHaveProperty('code')
  }
})

test('a trace shows frames in rows of their own, and what their nodes did', async () => {
  using scheduler = new Scheduler(2)
  using frame = new FrameGraph(scheduler, { name: 'demo' })
  const out = shared(Float64Array, 4)
  const gate = later()
  frame.node('shade', { dispatch: [fill, 4, { out, value: 1 }] })
  frame.node('wait', { run: () => gate.promise, after: ['shade'] })
  scheduler.trace({ start: true })
  const running = [frame.run(), frame.run()]
  await turn()
  gate.resolve()
  await Promise.all(running)
  const trace = scheduler.trace({ stop: true })
  expect(faultsOf(trace)).toEqual([])
  const frames = slicesOf(trace).filter(({ cat }) => cat === 'frame')
  expect(frames.map(({ name, tid }) => [name, tid])).toEqual([
    ['demo 0', 4],
    ['demo 1', 5],
  ])
  expect(rowsOf(trace).get(4)).toBe('frames, 1')
  const calls = slicesOf(trace, 3).map(({ name }) => name)
  expect(calls.filter((name) => name === 'wait').length).toBe(2)
  const kernels = slicesOf(trace).filter(({ name }) => name === 'shade: anonymous')
  expect(kernels.length).toBeGreaterThanOrEqual(2) // Other workers may have parts of each.
  for (const { ts } of kernels) expect(ts).toBeGreaterThanOrEqual(frames[0]?.ts as number)
})
