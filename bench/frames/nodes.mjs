// What does a node cost? 1,000 of them, scalars that add one to the one before in ten layers, or
// kernels with one index each.
//
// From run() until its promise has come, and what native code says of the frame by itself. Beside
// the scalars: the same graph by oneTBB's flow graph, with and without its lightweight policy, from
// try_put() to the end of wait_for_all(), and the same values recorded anew with Async each time.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import {
  atMost,
  check,
  heddle,
  line,
  median,
  medianRatio,
  ns,
  question,
  rowsOf,
  share,
  THREADS,
  takeTurns,
} from '../kernels/lib/question.mjs'

const { Async, FrameGraph, kernel, Scheduler, shared } = heddle

const LAYERS = 10
const WIDTH = 100
const NODES = LAYERS * WIDTH

const count = kernel((_, i, { out, at }) => {
  out[at + i] += 1
})

function scalars(scheduler) {
  const frame = new FrameGraph(scheduler, { framesInFlight: 1 })
  let layer = Array.from({ length: WIDTH }, (_, i) => frame.input(`in ${i}`, i))
  for (let l = 0; l < LAYERS; ++l) {
    layer = layer.map((before, i) => {
      const x = frame.scalar(`${l} ${i}`, 0)
      frame.node(`${l} ${i}`, { compute: (r) => r(before).add(1), writes: [x] })
      return x
    })
  }
  return { frame, isRight: () => layer.every(({ value }, i) => value === i + LAYERS) }
}

/** `width` kernels beside each other, and as many layers as that takes. */
function kernels(scheduler, width) {
  const frame = new FrameGraph(scheduler, { framesInFlight: 1 })
  const out = shared(Float64Array, NODES)
  let before = []
  for (let l = 0; l < NODES / width; ++l) {
    before = Array.from({ length: width }, (_, i) =>
      frame.node(`${l} ${i}`, {
        dispatch: [count, 1, { out, at: l * width + i }],
        after: before.slice(i, i + 1),
      }),
    )
  }
  let frames = 0
  return {
    frame,
    ran: () => ++frames,
    isRight: () => out.every((each) => each === frames),
  }
}

async function recorded() {
  let layer = Array.from({ length: WIDTH }, (_, i) => new Async(i))
  for (let l = 0; l < LAYERS; ++l) layer = layer.map((x) => x.add(1))
  for (const x of layer) x.getWait()
}

/** Nanoseconds a node: until the promise has come, and of the frame itself. */
async function timeFrames({ frame, ran }, frames) {
  const awaited = []
  const native = []
  for (let i = -frames / 4; i < frames; ++i) {
    const start = performance.now()
    const { duration } = await frame.run()
    if (i >= 0) awaited.push(performance.now() - start)
    if (i >= 0) native.push(duration)
    ran?.()
  }
  return { awaited: (median(awaited) * 1e6) / NODES, native: (median(native) * 1e6) / NODES }
}

/** The peer's program, or undefined where there is no oneTBB: that is said. */
function compilePeer(folder) {
  const { stdout } = spawnSync('pkg-config', ['--libs', 'tbb'], { encoding: 'utf8' })
  if (!stdout) {
    console.error('nodes: without oneTBB, as there is no libtbb-dev or no pkg-config')
    return undefined
  }
  const program = join(folder, 'flow_graph')
  const source = fileURLToPath(new URL('peers/flow_graph.cc', import.meta.url))
  const flags = ['-std=c++20', '-O2', source, ...stdout.trim().split(/\s+/), '-o', program]
  const { status } = spawnSync('g++', flags, { stdio: ['ignore', 'inherit', 'inherit'] })
  check(status === 0, 'the peer compiles')
  return program
}

function timePeer(program, frames, ...policy) {
  const { stdout } = spawnSync(program, [THREADS, frames, ...policy].map(String), {
    encoding: 'utf8',
  })
  return Number(stdout) / NODES
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-frames-'))
  const peer = tiny ? undefined : compilePeer(folder)
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const frames = tiny ? 4 : 400
  const graphs = {
    scalars: scalars(scheduler),
    'kernels beside each other': kernels(scheduler, NODES),
    'kernels in ten layers': kernels(scheduler, WIDTH),
    'kernels in a chain': kernels(scheduler, 1),
  }
  const native = {}
  const sides = {}
  for (const [name, graph] of Object.entries(graphs)) {
    native[name] = []
    sides[name] = async (round) => {
      const times = await timeFrames(graph, frames)
      if (round >= 0) native[name].push(times.native)
      return times.awaited
    }
  }
  sides['scalars recorded with Async'] = async () => {
    const taken = []
    for (let i = 0; i < frames / 4; ++i) {
      const start = performance.now()
      await recorded()
      taken.push(performance.now() - start)
    }
    return (median(taken) * 1e6) / NODES
  }
  if (peer !== undefined) {
    sides.oneTBB = () => timePeer(peer, frames)
    sides['oneTBB, lightweight'] = () => timePeer(peer, frames, 'lightweight')
  }
  const samples = await takeTurns(sides, rounds)
  for (const [name, { isRight }] of Object.entries(graphs)) check(isRight(), name)
  scheduler[Symbol.dispose]()
  rmSync(folder, { recursive: true })
  const of = (name) => median(samples[name])
  const worst = Math.max(of('kernels beside each other'), of('kernels in ten layers'))
  const lines = [
    atMost('a scalar node', of('scalars'), 100, ns),
    line('the same, without the promise', ns(median(native.scalars))),
    atMost('a kernel node', worst, 1000, ns),
    line('a kernel node of a chain', ns(of('kernels in a chain'))),
  ]
  for (const name of ['oneTBB', 'oneTBB, lightweight']) {
    if (samples[name] === undefined) continue
    const ratio = medianRatio(samples.scalars, samples[name])
    lines.push(line(`scalars, of ${name}'s time`, share(ratio), 'less than 1', ratio < 1))
  }
  return { rows: rowsOf('1,000 nodes', 'ns a node', samples), lines }
})
