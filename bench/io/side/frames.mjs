// Frames that compute on the JavaScript thread, with a load going on behind, as frames.cc does it.
//
// A frame does a fixed piece of work and then gives the event loop a turn. What it takes beyond the
// median of undisturbed ones is its stall.
import fs from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

import { loadHeddle, makeMemory, measure, nanoseconds, percentile, verify } from './tools.mjs'

let value = 1

function work(steps) {
  for (let i = 0; i < steps; ++i) value = (Math.imul(value, 1664525) + 1013904223) >>> 0
}

function bestOfSome(steps) {
  let best = Infinity
  for (let i = 0; i < 20; ++i) {
    const start = nanoseconds()
    work(steps)
    best = Math.min(best, nanoseconds() - start)
  }
  return best
}

/** How many steps take so long. */
function calibrate(microseconds) {
  let steps = 10_000
  for (let i = 0; i < 8; ++i) steps = Math.ceil((steps * microseconds * 1000) / bestOfSome(steps))
  return steps
}

async function frame(steps, load) {
  const start = nanoseconds()
  work(steps)
  load?.()
  await setImmediate()
  return nanoseconds() - start
}

/** Reads a whole file by parts into one piece of memory, `depth` of them at once. */
function loadByParts({ block, depth }, method, memory) {
  const parts = memory.byteLength / block
  let started = 0
  let arrived = 0
  const step = () => {
    // Who reads at once reads one part a frame, as the others do not wait for theirs.
    for (let n = 0; n < depth && started < parts && started - arrived < depth; ++n) {
      const position = started++ * block
      const part = memory.subarray(position, position + block)
      const finish = (count) => {
        if (count !== block) throw new Error(`read ${count} bytes and not ${block}`)
        ++arrived
      }
      method.read(part, position, finish)
    }
  }
  return { step, isOver: () => arrived === parts, result: () => memory }
}

/** Reads a whole file by one call. */
function loadByOneCall(call) {
  let contents
  let isStarted = false
  const step = () => {
    if (isStarted) return
    isStarted = true
    call().then((bytes) => {
      contents = bytes
    })
  }
  return { step, isOver: () => contents !== undefined, result: () => contents }
}

/** Each gives a function that reads a whole file; the last into memory that is there already. */
const WHOLE = {
  'fs.promises.readFile': () => readFile,
  'heddle/fs readFile': () => loadHeddle('fs').readFile,
  'heddle io.readFile, into': (bytes) => {
    const scheduler = new (loadHeddle().Scheduler)()
    const into = new Uint8Array(new SharedArrayBuffer(bytes))
    into.fill(0xff)
    return (file) => scheduler.io.readFile(file, { into }).get()
  },
}

async function makeLoad(options, makeMethod) {
  const { size } = fs.statSync(options.file)
  const whole = WHOLE[options.method]?.(size)
  if (whole) {
    await whole(fileURLToPath(import.meta.url)) // What it begins with is not of this load.
    return loadByOneCall(() => whole(options.file))
  }
  const memory = makeMemory(size)
  const first = memory.subarray(0, options.block)
  const method = await makeMethod(options.method, options, first)
  first.fill(0xff)
  return loadByParts(options, method, memory)
}

export async function measureFrames(options, makeMethod, prepare) {
  const { count, frameUs } = options
  const steps = calibrate(frameUs)
  const load = await makeLoad(options, makeMethod)
  for (let i = 0; i < count; ++i) await frame(steps)
  const undisturbed = []
  for (let i = 0; i < count; ++i) undisturbed.push(await frame(steps))
  const usual = percentile(undisturbed, 0.5)
  prepare()
  const stalls = []
  const sample = await measure(async () => {
    while (!load.isOver()) stalls.push(Math.max(0, (await frame(steps, load.step)) - usual))
  })
  const contents = load.result()
  verify(contents, 0)
  return {
    verified: contents.byteLength / options.block,
    ...sample,
    bytes: contents.byteLength,
    frames: stalls.length,
    usual,
    mean: stalls.reduce((sum, stall) => sum + stall, 0) / stalls.length,
    p99: percentile(stalls, 0.99),
    worst: Math.max(...stalls),
  }
}
