/**
 * Who awaits something of a scheduler that nothing else holds still gets it, however often the
 * collector runs meanwhile.
 */
import { expect, test } from 'vitest'

import { runProgram, SAYS_IF_COLLECTED } from '../support/program.js'

/** A function for each: none lets go of more than its promise. */
const AWAITED = `
const spin = kernel((_, i, { ms }) => {
  const end = Date.now() + ms
  while (Date.now() < end);
})
const spinCall = kernel((_, ms) => {
  const end = Date.now() + ms
  while (Date.now() < end);
  return ms
})
const slow = kernel((_, x) => {
  const end = Date.now() + 20
  while (Date.now() < end);
  return x
})
const long = [spin, 1, { ms: 40 }]
const later = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const newGraph = (options, ...nodes) => {
  const scheduler = new Scheduler(1)
  const frame = new FrameGraph(scheduler, options)
  for (const [i, node] of nodes.entries()) frame.node('node ' + i, node(scheduler))
  return frame
}
const awaited = {
  ready: () => new Scheduler(1).ready(),
  dispatch: () => new Scheduler(1).dispatch(...long),
  'the second dispatch': () => {
    const scheduler = new Scheduler(1)
    scheduler.dispatch(...long)
    return scheduler.dispatch(...long)
  },
  call: () => new Scheduler(1).call(spinCall, [40]),
  forkJoin: () => new Scheduler(1).forkJoin(spinCall, [40]),
  map: () => new Scheduler(1).map(shared(Float64Array, 2), slow),
  'a time-out': () => new Scheduler(1).io.timeout(40),
  'what follows a time-out': () => new Scheduler(1).io.timeout(40).then(() => new Async(1).add(2)),
  'a file': async () => {
    const file = await new Scheduler(1).io.open(process.execPath)
    await file.read(Buffer.alloc(4))
    await file.close()
  },
  'an end': async () => {
    const scheduler = new Scheduler(1)
    scheduler.dispatch(...long)
    await scheduler[Symbol.asyncDispose]()
  },
  'a frame': () => newGraph({}, () => ({ dispatch: long })).run(),
  'a frame with a time-out': () => newGraph({}, ({ io }) => ({ io: () => io.timeout(40) })).run(),
  'a frame with a function': () => newGraph({}, () => ({ run: () => later(40) })).run(),
  'a frame that waits for another': () => {
    const frame = newGraph({ framesInFlight: 1 }, () => ({ dispatch: long }))
    frame.run()
    return frame.run()
  },
  'frames of scalars': async () => {
    const frame = newGraph({})
    const x = frame.scalar('x', 0)
    frame.node('x', { compute: (r) => r(x).add(1), reads: [x], writes: [x] })
    for (let i = 0; i < 2000; ++i) await frame.run()
  },
  'frames in a loop': async () => {
    const frame = newGraph({}, () => ({ dispatch: [spin, 1, { ms: 2 }] }))
    for await (const _ of frame.loop({ fps: 60, frames: 4 }));
  },
  'a background node': async () => {
    const frame = newGraph({}, () => ({ dispatch: long, lane: 'background', overlap: 'wait' }))
    await frame.run()
    await frame.run()
  },
  'the end of a graph': async () => {
    const frame = newGraph({}, () => ({ dispatch: long, lane: 'background' }))
    await frame.run()
    await frame[Symbol.asyncDispose]()
  },
  'a frame of a DebugScheduler': () => {
    const frame = new FrameGraph(new DebugScheduler({ seed: 1 }))
    frame.node('function', { run: () => later(40) })
    return frame.run()
  },
}
`

test('what is awaited comes, though nothing else holds it', () => {
  const { code, stdout, stderr } = runProgram(
    `
    const { Async, DebugScheduler, FrameGraph, kernel, Scheduler, shared } = heddle
    ${AWAITED}
    const missing = new Set(Object.keys(awaited))
    for (const [name, start] of Object.entries(awaited)) {
      void (async () => {
        await start()
        missing.delete(name)
        console.error(name)
      })()
    }
    // It holds nothing, and what does not come has it go on until it is ended.
    while (missing.size > 0) {
      gc()
      await later(20)
    }
    console.log('all of', Object.keys(awaited).length)
    process.exit()
    `,
    ['--expose-gc'],
  )
  expect([stdout, code], `came:\n${stderr}`).toEqual(['all of 19\n', 0])
})

test('graphs that something runs in the background go with their scheduler', () => {
  const { stdout, stderr } = runProgram(
    `
    const { FrameGraph, kernel, Scheduler } = heddle
    const spin = kernel((_, i, { ms }) => {
      const end = Date.now() + ms
      while (Date.now() < end);
    })
    const made = []
    async function make() {
      const scheduler = new Scheduler(1)
      const frame = new FrameGraph(scheduler)
      frame.node('spin', { dispatch: [spin, 1, { ms: 5 }], lane: 'background' })
      await frame.run()
      scheduler[Symbol.dispose]()
      made.push(new WeakRef(frame))
    }
    for (let i = 0; i < 10; ++i) await make()
    ${SAYS_IF_COLLECTED}
    `,
    ['--expose-gc'],
  )
  expect([stdout, stderr]).toEqual(['true\n', ''])
})
