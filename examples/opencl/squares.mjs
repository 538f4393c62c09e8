// Frames whose kernels run on all cores, then on a GPU by OpenCL: see opencl.c, which CMake builds.
// How many frames: node squares.mjs 3
import { createRequire } from 'node:module'

import { FrameGraph, kernel, Scheduler, shared } from 'heddle'

const opencl = createRequire(import.meta.url)('../../out/release/opencl.node')
const frames = Number(process.argv[2] ?? 3)
const COUNT = 1000
const scheduler = new Scheduler()

const count = kernel((_, i, { values, from }) => {
  values[i] = from + i
})

/** Two ways to tell that the GPU is done. Each submits, and returns what the node waits for. */
const ways = {
  descriptor(values, frame) {
    const event = scheduler.io.eventfd()
    frame.retire(event) // It is closed when the frames that are in flight now are over.
    opencl.square(values, event.fd)
    return event
  },
  completion(values) {
    const completion = scheduler.io.completion()
    opencl.square(values, completion.pointer)
    return completion
  },
}

console.error(opencl.device)
for (const [name, submit] of Object.entries(ways)) {
  const frame = new FrameGraph(scheduler, { framesInFlight: 2 })
  const values = frame.resource('values', () => shared(Uint32Array, COUNT))
  frame.node('count', {
    dispatch: [count, COUNT, (f, r) => ({ values: r(values), from: f.index })],
    writes: [values],
  })
  frame.node('square', {
    gpu: (_, r) => submit(r(values), frame),
    after: ['count'],
    writes: [values],
  })
  frame.node('show', {
    run: (f, r) => console.log(name, f.index, r(values).slice(0, 4).join(' '), r(values).at(-1)),
    reads: [values],
    after: ['square'],
  })
  await Promise.all(Array.from({ length: frames }, () => frame.run()))
  frame[Symbol.dispose]()
}
await scheduler[Symbol.asyncDispose]()
