/** Where io_uring is forbidden, or has no memory, threads do it, and the scheduler says why. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { getGlobalScheduler, Scheduler } from '../../dist/index.js'
import { root } from '../support/program.js'

const launcher = join(root, 'out/release/without')
const outer = process.env.HEDDLE_WITHOUT

/** What every ring, or the first one that is too many, is refused with. */
const REFUSALS: Record<string, RegExp> = {
  seccomp: /^io_uring_setup: EPERM /,
  'memlock-64k': /^io_uring_setup: ENOMEM /,
  'memlock-0': /^io_uring_setup: ENOMEM /,
}

/** Makes schedulers, at most so many, until one has no ring. */
function firstRefusal(most: number): { made: number; reason: string } | undefined {
  const schedulers: Scheduler[] = []
  try {
    while (schedulers.length < most) {
      const scheduler = new Scheduler(1)
      schedulers.push(scheduler)
      const { backend, reason } = scheduler.io
      if (backend === 'threads') return { made: schedulers.length, reason }
    }
    return undefined
  } finally {
    for (const scheduler of schedulers) scheduler[Symbol.dispose]()
  }
}

test.runIf(outer !== undefined)('this run is without a ring, as it was told to be', () => {
  if (outer === 'threads') {
    const { backend, reason } = (getGlobalScheduler() as Scheduler).io
    expect({ backend, reason }).toEqual({ backend: 'threads', reason: 'asked for' })
  } else {
    const most = outer === 'memlock-64k' ? 64 : 1
    expect(firstRefusal(most)?.reason).toMatch(REFUSALS[outer as string] as RegExp)
  }
})

/** Makes schedulers as long as there is locked memory, and reads with all of them. */
const PROGRAM = `
  const schedulers = []
  do schedulers.push(new heddle.Scheduler(1))
  while (schedulers.at(-1).io.backend !== 'threads' && schedulers.length < 64)
  for (const { io } of schedulers) await io.readFile('/proc/self/status')
  const { reason } = schedulers.at(-1).io
  let refusal
  try { new heddle.Scheduler({ threads: 1, io: 'io_uring' }) }
  catch (error) { refusal = error.code }
  console.log(JSON.stringify({ count: schedulers.length, reason, refusal }))
`

// Not below another one: limits do not nest.
const each = test.runIf(outer === undefined).for(Object.entries(REFUSALS))
each('without: %s', ([how, refusal], { skip }) => {
  skip(!existsSync(launcher), `there is no ${launcher}`)
  const head = `import * as heddle from '${root}/dist/index.mjs'\n`
  const args = [how, process.execPath, '--input-type=module', '--eval', head + PROGRAM]
  const { status, stdout, stderr } = spawnSync(launcher, args, { encoding: 'utf8' })
  skip(status === 125, stderr)
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const { count, reason, refusal: code } = JSON.parse(stdout)
  expect(reason).toMatch(refusal)
  expect(code).toBe('ERR_HEDDLE_SYSTEM')
  if (how !== 'memlock-64k') expect(count).toBe(1)
})
