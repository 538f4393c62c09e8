// Clocks, percentiles and checks of the JavaScript side, as support/measure.h has them natively.
import { createRequire } from 'node:module'

import { root } from '../../../scripts/tools.mjs'

const require = createRequire(import.meta.url)

/** What cannot be done here is no failure: it is left out of the tables, with this reason. */
export class Skipped extends Error {}

/** Heddle, loaded only by those who measure it. */
export function loadHeddle(name = 'index') {
  return require(`${root}/dist/${name}.js`)
}

/** Cheaper than process.hrtime, which makes an object. */
export const nanoseconds = () => performance.now() * 1e6

/** Wall and CPU time of an async function, of all threads of the process. */
export async function measure(call) {
  const before = process.cpuUsage()
  const start = nanoseconds()
  await call()
  const wall = nanoseconds() - start
  const { user, system } = process.cpuUsage(before)
  return { wall: Math.round(wall), cpu: (user + system) * 1000 }
}

/** The value below which `share` of the values lie. */
export function percentile(values, share) {
  const sorted = Float64Array.from(values).sort()
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]
}

/** Memory that begins at a page, as O_DIRECT wants it: WebAssembly's is the one that does. */
export function makeMemory(bytes) {
  const pages = Math.ceil(bytes / 65536)
  const { buffer } = new WebAssembly.Memory({ initial: pages, maximum: pages })
  return new Uint8Array(buffer, 0, bytes).fill(0xff)
}

const PAGE = 4096

/** Throws if words that count on from `first` are not there: the first and last of each page. */
export function verify(bytes, first) {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength >> 2)
  for (let i = 0; i < words.length; i += PAGE / 4) {
    const last = Math.min(i + PAGE / 4, words.length) - 1
    if (words[i] !== (first + i) >>> 0 || words[last] !== (first + last) >>> 0) {
      throw new Error(`wrong data: ${words[i]} and not ${(first + i) >>> 0}`)
    }
  }
}
