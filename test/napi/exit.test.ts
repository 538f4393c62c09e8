/** A process with work in flight ends promptly, with its own exit status, however it ends. */
import { describe, expect, test } from 'vitest'

import { runProgram, startProgram } from '../support/program.js'

const RUNS = 100

/** Computing, reading and digesting, all at once, more than is done when the process ends. */
const BUSY = `
  const scheduler = new heddle.Scheduler(3)
  const scope = new heddle.ScopedScheduler(scheduler)
  let chain = new heddle.Async(0)
  for (let i = 0; i < 5000; ++i) chain = chain.add(1)
  const wide = Array.from({ length: 500 }, (_, i) => new heddle.Async(i).mul(2).get())
  const reading = scheduler.io.readFile(process.execPath).get()
  reading.catch(() => {})
  scheduler.io.digest(Array.from({ length: 64 }, () => process.execPath))
`

const ENDINGS: Record<string, { source: string; code: number; stderr?: RegExp }> = {
  'process.exit() at once': { source: 'process.exit(7)', code: 7 },
  'process.exit() from a continuation': { source: 'chain.then(() => process.exit(8))', code: 8 },
  'process.exit() from an exit handler': {
    source: `process.on('exit', () => process.exit(9)); setImmediate(() => process.exit(1))`,
    code: 9,
  },
  'an uncaught exception': { source: `throw new Error('boom')`, code: 1, stderr: /boom/ },
  'an exception in a continuation': {
    source: `chain.get().then(() => { throw new Error('late boom') })`,
    code: 1,
    stderr: /late boom/,
  },
}

describe.each(Object.entries(ENDINGS))('%s', (_, { source, code, stderr }) => {
  test(`ends the process with ${code}, ${RUNS} times`, { timeout: 600_000 }, async () => {
    // Two at a time: the machine's cores are busy, and so are the schedulers'.
    for (let run = 0; run < RUNS; run += 2) {
      for (const ended of await Promise.all([
        startProgram(BUSY + source),
        startProgram(BUSY + source),
      ])) {
        expect(ended).toMatchObject({ code, signal: null })
        if (stderr) expect(ended.stderr).toMatch(stderr)
      }
    }
  })
})

describe('a scheduler that nobody disposes', () => {
  test('does not keep the process alive', () => {
    const source = `
      const scheduler = new heddle.Scheduler(2)
      new heddle.ScopedScheduler(scheduler)
      console.log(new heddle.Async(1).add(2).getWait())
    `
    expect(runProgram(source)).toMatchObject({ code: 0, stdout: '3\n' })
  })

  test('does not keep it alive with work that nobody waits for', () => {
    const source = `
      const scheduler = new heddle.Scheduler(2)
      scheduler.io.readFile(process.execPath)
      console.log('done')
    `
    expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'done\n' })
  })

  test('keeps it alive while somebody waits', () => {
    const source = `
      const scheduler = new heddle.Scheduler(2)
      scheduler.io.readFile(process.execPath).get().then((bytes) => console.log(bytes.length > 0))
      scheduler.drain().then(() => console.log('drained'))
    `
    expect(runProgram(source)).toMatchObject({ code: 0, stdout: expect.stringMatching(/true/) })
  })

  test('lets it end when the wait was given up', () => {
    const source = `
      import { execFileSync } from 'node:child_process'
      import { mkdtempSync, rmSync } from 'node:fs'
      const folder = mkdtempSync('/tmp/heddle-fifo-')
      execFileSync('mkfifo', [folder + '/pipe'])
      const scheduler = new heddle.Scheduler(1)
      const signal = AbortSignal.timeout(20)
      const reading = scheduler.io.readFile(folder + '/pipe')
      await reading.get({ signal }).catch((error) => console.log(error.name))
      rmSync(folder, { recursive: true })
    `
    expect(runProgram(source)).toMatchObject({ code: 0, stdout: 'TimeoutError\n' })
  })
})
