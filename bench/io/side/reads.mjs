// Blocks of one file in random or in rising order, as reads.cc does it.
import fs from 'node:fs'

import { makeMemory, measure, nanoseconds, percentile, verify } from './tools.mjs'

/** So many reads, at most, have made V8 optimise what it will. */
const WARM_UP_MS = 150

/** Offsets of the file's blocks, each once before any comes again. */
function makeOffsets({ file, block, order }) {
  const count = fs.statSync(file).size / block
  const mask = count - 1
  const half = (Math.log2(count) + 1) >> 1
  const scatter = (number) => {
    let mixed = Math.imul(number, 0x9e3779b1) & mask
    mixed ^= mixed >>> half
    mixed = Math.imul(mixed, 0x85ebca6b) & mask
    return mixed ^ (mixed >>> half)
  }
  let next = 0
  const take = () => {
    const number = next++ % count
    return (order === 'random' ? scatter(number) : number) * block
  }
  return { count, take }
}

/** Keeps `depth` reads in flight for a time; each slot begins its next one when it has its data. */
function run({ block, depth }, method, slots, { take, most, timeMs, latencies }) {
  const end = nanoseconds() + timeMs * 1e6
  let started = 0
  let pending = depth
  return new Promise((resolve, reject) => {
    const begin = (slot) => {
      while (started < most && (started < depth || nanoseconds() < end)) {
        ++started
        const position = take()
        const from = nanoseconds()
        const finish = (count) => {
          latencies.push(nanoseconds() - from)
          if (count !== block) throw new Error(`read ${count} bytes and not ${block}`)
          verify(slot, position / 4)
          if (!method.isSync) begin(slot)
        }
        method.read(slot, position, finish)?.catch(reject)
        if (!method.isSync) return
      }
      if (--pending === 0) resolve()
    }
    for (const slot of slots) begin(slot)
  })
}

export async function measureReads(options, makeMethod, prepare) {
  const { block, depth, state, timeMs } = options
  const memory = makeMemory(depth * block)
  const slots = Array.from({ length: depth }, (_, i) => memory.subarray(i * block, (i + 1) * block))
  const method = await makeMethod(options.method, options, slots[0])
  const warmUp = { ...makeOffsets(options), most: Infinity, latencies: [] }
  await run(options, method, slots, { ...warmUp, timeMs: Math.min(timeMs, WARM_UP_MS) })
  prepare()
  const { count, take } = makeOffsets(options)
  const most = state === 'cold' ? count : Infinity
  const latencies = []
  const sample = await measure(() => run(options, method, slots, { take, most, timeMs, latencies }))
  return {
    verified: latencies.length,
    ...sample,
    p50: percentile(latencies, 0.5),
    p99: percentile(latencies, 0.99),
  }
}
