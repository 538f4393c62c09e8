// Reads files by one method of JavaScript, and says what that took; as io_bench does natively.
//
// Usage: node side.mjs JSON, with what measure.mjs puts into it. What the page cache has is seen to
// by io_bench, between a warm-up that is not counted and the measurement. Prints one line of JSON.
import { spawnSync } from 'node:child_process'

import { measureFrames } from './side/frames.mjs'
import { makeMethod } from './side/methods.mjs'
import { measureReads } from './side/reads.mjs'
import { measureSmallFiles } from './side/small-files.mjs'
import { measureTimers } from './side/timers.mjs'
import { Skipped } from './side/tools.mjs'

const MEASUREMENTS = {
  reads: measureReads,
  frames: measureFrames,
  small: measureSmallFiles,
  timers: measureTimers,
}

/** The status of a process that cannot do here what it was asked to, as of io_bench. */
const SKIPPED = 3

const options = JSON.parse(process.argv[2])

/** Brings the file, or a folder's small files, into the page cache or out of it. */
function prepare() {
  const { program, file, state, count = 0 } = options
  const command = state === 'hot' ? 'warm' : 'evict'
  const args = [command, file, '--count', String(count)]
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
  if (status === SKIPPED) throw new Skipped(stderr)
  if (status !== 0) throw new Error(stderr)
}

try {
  const figures = await MEASUREMENTS[options.command](options, makeMethod, prepare)
  console.log(JSON.stringify({ by: 'javascript', ...figures }))
  process.exit(0)
} catch (error) {
  if (!(error instanceof Skipped)) throw error
  process.stderr.write(error.message)
  process.exit(SKIPPED)
}
