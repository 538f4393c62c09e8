/**
 * Frame graphs with WebGPU: what its shaders compute is there for the nodes that come after, a lost
 * device is told, and what is retired stays as long as the GPU needs it. Dawn does it, in software
 * or on a GPU; where it cannot, all of it is skipped.
 */
import { afterAll, describe, expect, test } from 'vitest'

import { FrameGraph, type GpuDevice, kernel, shared } from '../../dist/index.js'
import { allSchedulers, type Bound, failureOf, turn } from '../support/frames.js'
import { root, runProgram } from '../support/program.js'
import {
  type Buffers,
  findGpu,
  makeBuffers,
  openDevice,
  read,
  squareOn,
} from '../support/webgpu.js'

const COUNT = 64
const BYTES = COUNT * Uint32Array.BYTES_PER_ELEMENT
const ROUNDS = 20_000_000 // Of one thing after the other: no GPU does them in a millisecond.

const found = await findGpu()
const title = found.gpu === undefined ? `not tested: ${found.what}` : `on ${found.what}`
console.log(`WebGPU ${title}`)

const devices: (GPUDevice & GpuDevice)[] = []
afterAll(() => {
  for (const device of devices) device.destroy()
  found.gpu = undefined // Dawn ends with it.
})

async function device(): Promise<GPUDevice & GpuDevice> {
  const opened = await openDevice(found.gpu as GPU)
  devices.push(opened)
  return opened
}

/** out[i] = values[i] + 1. */
const increment = kernel((_t, i: number, b: Bound) => {
  b.out[i] = b.values[i] + 1
})

const lost = (node: string, frame: number) => {
  const message = expect.stringMatching(/^the GPU device was lost \(destroyed\): /)
  return expect.objectContaining({ node, frame, cause: expect.objectContaining({ message }) })
}

describe.skipIf(found.gpu === undefined)(`WebGPU ${title}`, () => {
  describe.each(allSchedulers())('on %s', (_, scheduler) => {
    test('what a shader computes is there for functions, and kernels', async () => {
      const gpu = await device()
      const square = squareOn(gpu)
      using frame = new FrameGraph(scheduler)
      const buffers = frame.resource('buffers', () => makeBuffers(gpu, BYTES))
      const values = frame.resource('values', () => shared(Uint32Array, COUNT))
      const out = frame.resource('out', () => shared(Float64Array, COUNT))
      frame.node('square', {
        gpu: ({ index }, r) => {
          gpu.queue.writeBuffer(r(buffers).storage, 0, new Uint32Array(COUNT).fill(index + 3))
          square(r(buffers))
        },
        device: gpu,
        writes: [buffers],
      })
      frame.node('read', {
        run: async (_, r) => r(values).set(await read(r(buffers))),
        reads: [buffers],
        writes: [values],
      })
      frame.node('increment', {
        dispatch: [increment, COUNT, { values, out }],
        reads: [values],
        writes: [out],
      })
      const seen: number[][] = []
      frame.node('see', { run: (_, r) => void seen.push([...r(out)]), reads: [out] })
      const frames = Array.from({ length: 6 }, () => frame.run())
      for (const stats of await Promise.all(frames)) expect(stats.nodes.square).toBeGreaterThan(0)
      const expected = frames.map((_, f) =>
        Array.from({ length: COUNT }, (_, i) => (f + 3) ** 2 + i + 1),
      )
      expect(seen).toEqual(expected)
    })

    test('a frame in flight has buffers of its own, and finds in them what it left', async () => {
      const gpu = await device()
      const square = squareOn(gpu)
      using frame = new FrameGraph(scheduler, { framesInFlight: 2 })
      const made: Buffers[] = []
      const buffers = frame.resource('buffers', (slot) => {
        const each = makeBuffers(gpu, BYTES)
        gpu.queue.writeBuffer(each.storage, 0, new Uint32Array(COUNT).fill(slot + 2))
        made.push(each)
        return each
      })
      frame.node('square', {
        gpu: (_, r) => square(r(buffers)),
        queue: gpu.queue,
        writes: [buffers],
      })
      const seen: number[][] = [[], []]
      frame.node('read', {
        run: async ({ slot }, r) => void seen[slot]?.push((await read(r(buffers)))[0] as number),
        reads: [buffers],
      })
      await Promise.all(Array.from({ length: 4 }, () => frame.run()))
      expect(made.length).toBe(2)
      expect(seen).toEqual([
        [4, 16],
        [9, 81],
      ])
    })

    test('a lost device fails all that wait for it, and another takes its place', async () => {
      const first = await device()
      const square = squareOn(first, ROUNDS)
      const draw = (gpu: GPUDevice & GpuDevice, submit: (buffers: Buffers) => void) => {
        const frame = new FrameGraph(scheduler)
        const buffers = frame.resource('buffers', () => makeBuffers(gpu, 4))
        const seen: number[] = []
        frame.node('draw', { gpu: (_, r) => submit(r(buffers)), device: gpu, writes: [buffers] })
        frame.node('read', {
          run: async (_, r) => void seen.push((await read(r(buffers)))[0] as number),
          reads: [buffers],
        })
        return { frame, seen }
      }
      const { frame, seen } = draw(first, square)
      const running = [frame.run(), frame.run()].map(failureOf)
      await turn()
      first.destroy()
      expect(await Promise.all(running)).toEqual([lost('draw', 0), lost('draw', 1)])
      expect(await failureOf(frame.run())).toEqual(lost('draw', 2))
      expect(seen).toEqual([])
      frame[Symbol.dispose]()

      const second = await device()
      const after = draw(second, squareOn(second))
      await after.frame.run()
      expect(after.seen).toEqual([0])
      after.frame[Symbol.dispose]()
    })

    test('a function that loses the device itself fails, too', async () => {
      const gpu = await device()
      using frame = new FrameGraph(scheduler)
      frame.node('draw', { gpu: () => gpu.destroy(), device: gpu })
      expect(await failureOf(frame.run())).toEqual(lost('draw', 0))
    })

    test('what takes too long fails by name, and the next frame waits for the GPU', async () => {
      const gpu = await device()
      const [slow, fast] = [squareOn(gpu, ROUNDS), squareOn(gpu)]
      using frame = new FrameGraph(scheduler, { framesInFlight: 1 })
      const buffers = frame.resource('buffers', () => makeBuffers(gpu, 4))
      frame.node('slow', {
        gpu: (_, r) => slow(r(buffers)),
        device: gpu,
        timeout: 1,
        when: ({ index }) => index === 0,
        writes: [buffers],
      })
      frame.node('fast', {
        gpu: (_, r) => fast(r(buffers)),
        device: gpu,
        timeout: 0,
        after: ['slow'],
        writes: [buffers],
      })
      expect(await failureOf(frame.run())).toMatchObject({
        node: 'slow',
        frame: 0,
        cause: { code: 'ERR_HEDDLE_TIMEOUT', message: "'slow' was not done in 1 ms" },
      })
      await frame.run()
    })

    test('what is retired is destroyed when the last frame that used it has left', async () => {
      const gpu = await device()
      const square = squareOn(gpu)
      using frame = new FrameGraph(scheduler, { framesInFlight: 2 })
      const events: string[] = []
      let made = 0
      const buffers = frame.resource('buffers', () => {
        const each = makeBuffers(gpu, BYTES)
        const name = `buffers ${made++}`
        const destroy = () => {
          events.push(name)
          for (const buffer of [each.storage, each.mapped]) buffer.destroy()
        }
        return { ...each, destroy }
      })
      frame.node('first', { gpu: (_, r) => square(r(buffers)), device: gpu, writes: [buffers] })
      frame.node('pause', { run: () => turn(), after: ['first'] })
      // What was destroyed before this cannot be submitted: that is told by the error scope.
      frame.node('second', {
        gpu: (_, r) => square(r(buffers)),
        device: gpu,
        after: ['pause'],
        writes: [buffers],
      })
      frame.node('read', { run: (_, r) => read(r(buffers)), reads: [buffers], after: ['second'] })
      gpu.pushErrorScope('validation')
      const running = [0, 1].map(async (n) => {
        await frame.run()
        events.push(`frame ${n}`)
      })
      const retired = frame.retire(buffers)
      const later = frame.run()
      await Promise.all([...running, retired, later])
      expect(events).toEqual(['frame 0', 'frame 1', 'buffers 0', 'buffers 1'])
      expect(await gpu.popErrorScope()).toBe(null)

      gpu.pushErrorScope('validation')
      const [gone] = [makeBuffers(gpu, BYTES)]
      gone.storage.destroy()
      square(gone)
      expect((await gpu.popErrorScope())?.message).toContain('destroyed')
    })
  })

  test.each([
    ['whose device is there still', ''],
    ['whose device is destroyed', 'device.destroy()'],
  ])('a process ends by itself, one %s', (_, end) => {
    const { code, signal, stdout } = runProgram(`
      import { create } from '${root}/node_modules/webgpu/index.js'

      let gpu = create([])
      const device = await (await gpu.requestAdapter()).requestDevice()
      const scheduler = new heddle.Scheduler(2)
      const frame = new heddle.FrameGraph(scheduler)
      const submit = () => device.queue.submit([device.createCommandEncoder().finish()])
      frame.node('draw', { gpu: submit, device })
      await frame.run()
      console.log('a frame')
      const last = frame.run()
      ${end}
      await last.catch((error) => console.log(error.node))
      scheduler[Symbol.dispose]()
      gpu = undefined // Dawn ends with it.
    `)
    expect({ code, signal }).toEqual({ code: 0, signal: null })
    expect(stdout).toBe(`a frame\n${end && 'draw\n'}`)
  })
})
