// Do frames come in time while a gigabyte is loaded from a cold disk, and background kernels keep
// every worker busy that they may have?
//
// A frame is a kernel that takes 4 ms of one worker, 60 times a second. Its time is from when it
// was due until it was over. `alone`: nothing else. `loaded`: a background node reads the files in
// turn, and a background dispatch has no end. `blocking`: the same kernels, but a node of each
// frame reads the next piece on the JavaScript thread, with node:fs.
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  atMost,
  check,
  heddle,
  line,
  median,
  ms,
  question,
  rowsOf,
  THREADS,
  takeTurns,
} from '../kernels/lib/question.mjs'

const { FrameGraph, kernel, Scheduler, shared } = heddle

const FPS = 60
const FRAME_CPU_MS = 4
const FILES = 4
const MEGA = 2 ** 20
/** What the blocking side reads in each frame. */
const PIECE = 16 * MEGA

const work = kernel((_, _i, { steps, out }) => {
  let x = 1
  for (let k = 0; k < steps; ++k) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
  out[0] = x
})
const endless = kernel((_, i, { out, stop }) => {
  let x = i
  for (let k = 0; k < 100_000 && stop[0] === 0; ++k) x = (Math.imul(x, 1_103_515_245) + 12_345) | 0
  out[1] = x
})

/** So many steps take 4 ms here and now: the speed of a shared machine changes by the minute. */
async function calibrate(scheduler, out) {
  const steps = 1_000_000
  const taken = []
  for (let i = 0; i < 9; ++i) {
    const start = performance.now()
    await scheduler.dispatch(work, 1, { steps, out })
    taken.push(performance.now() - start)
  }
  return Math.round((steps * FRAME_CPU_MS) / median(taken))
}

/** Has the kernel forget what it has of them. */
function makeCold(paths) {
  for (const path of paths) {
    execFileSync('dd', [`if=${path}`, 'iflag=nocache', 'count=0', 'status=none'])
  }
}

function percentile(values, part) {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]
}

/** Frame times in milliseconds, and how many were late. */
async function timeFrames(frame, frames) {
  const times = []
  let late = 0
  for await (const { delay, duration, isLate, skipped } of frame.loop({ fps: FPS, frames })) {
    times.push(delay + duration)
    late += (isLate ? 1 : 0) + skipped
  }
  return { times, late }
}

function frameOf(scheduler, steps, out) {
  const frame = new FrameGraph(scheduler)
  frame.node('work', { dispatch: [work, 1, { steps, out }] })
  return frame
}

function addEndless(frame, out, stop) {
  frame.node('endless', {
    dispatch: [endless, 10_000_000, { out, stop }],
    lane: 'background',
  })
}

/** The sides, and what they find beside their p99. */
function sidesOf({ scheduler, paths, size, newSteps, out, frames }) {
  const stop = shared(Int32Array, 1)
  const into = shared(Uint8Array, size)
  const found = { late: {}, loaded: [] }
  const run = async (name, frame, round) => {
    const { times, late } = await timeFrames(frame, frames)
    stop[0] = 1
    await frame[Symbol.asyncDispose]()
    stop[0] = 0
    if (round >= 0) {
      found.late[name] ??= []
      found.late[name].push((late * 600) / frames)
    }
    return percentile(times, 0.99)
  }
  const sides = {
    alone: async (round) => run('alone', frameOf(scheduler, await newSteps(), out), round),
    loaded: async (round) => {
      makeCold(paths)
      const frame = frameOf(scheduler, await newSteps(), out)
      addEndless(frame, out, stop)
      let next = 0
      frame.node('load', {
        io: () => scheduler.io.readFile(paths[next++ % FILES], { into }),
        lane: 'background',
      })
      const p99 = await run('loaded', frame, round)
      if (round >= 0) found.loaded.push((next * size) / 1e9)
      return p99
    },
    blocking: async (round) => {
      makeCold(paths)
      const frame = frameOf(scheduler, await newSteps(), out)
      addEndless(frame, out, stop)
      const files = paths.map((path) => openSync(path))
      let at = 0
      frame.node('load', {
        run: () => {
          const length = Math.min(PIECE, size)
          const position = at % size
          readSync(files[Math.floor(at / size) % FILES], into, 0, length, position)
          at += length
        },
      })
      const p99 = await run('blocking', frame, round)
      for (const file of files) closeSync(file)
      return p99
    },
  }
  return { sides, found }
}

await question(import.meta.url, async ({ tiny, ...rounds }) => {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-frames-'))
  const size = (tiny ? 1 : 256) * MEGA
  const paths = Array.from({ length: FILES }, (_, i) => join(folder, `${i}`))
  for (const path of paths) writeFileSync(path, Buffer.alloc(size, path), { flush: true })
  const scheduler = new Scheduler(THREADS)
  await scheduler.ready()
  const out = shared(Int32Array, 2)
  const newSteps = async () => (tiny ? 1000 : await calibrate(scheduler, out))
  const frames = tiny ? 5 : 600
  const { sides, found } = sidesOf({ scheduler, paths, size, newSteps, out, frames })
  const samples = await takeTurns(sides, rounds)
  scheduler[Symbol.dispose]()
  rmSync(folder, { recursive: true })
  check(
    found.loaded.every((bytes) => bytes > 0),
    'something was loaded',
  )
  const above = (name) => median(samples[name].map((p99, round) => p99 - samples.alone[round]))
  const late = (name) => median(found.late[name])
  const count = (value) => `${Number(value.toPrecision(3))}`
  return {
    rows: rowsOf('frame time, p99', 'ms', samples),
    lines: [
      atMost('loaded above alone, p99', above('loaded'), 2, ms),
      atMost('late frames of 600, loaded', late('loaded'), 1, count),
      line('the same, alone', count(late('alone'))),
      line('blocking above alone, p99', ms(above('blocking'))),
      line('late frames of 600, blocking', count(late('blocking'))),
      line('loaded meanwhile', `${count(median(found.loaded))} GB`),
    ],
  }
})
