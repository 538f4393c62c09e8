/** Transfers without a position move on from each other, the same on both engines. */
import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { type File, Scheduler } from '../../dist/index.js'

let folder: string
const at = (name: string) => join(folder, name)

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-position-'))
})
afterEach(() => {
  nodeFs.rmSync(folder, { recursive: true })
})

/** Below and above what a ring's own thread copies, and what is copied on this one. */
const SIZES = [1000, 70_000, 300_000]
const COUNT = 40

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io: engine })
  })
  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  const cases = SIZES.flatMap((size) => ['w', 'a'].map((flags) => [size, flags] as const))
  test.each(cases)('many writes of %i bytes at once all stay, with %s', async (size, flags) => {
    await using file = await scheduler.io.open(at('file'), flags)
    const blocks = Array.from({ length: COUNT }, (_, i) => Buffer.alloc(size, i))
    await Promise.all(blocks.map((block) => file.write(block)))
    const written = nodeFs.readFileSync(at('file'))
    expect(written.length).toBe(COUNT * size)
    const found = new Set<number>()
    for (let i = 0; i < written.length; i += size) {
      const first = written[i] as number
      expect(written.subarray(i, i + size).equals(blocks[first] as Buffer)).toBe(true)
      found.add(first)
    }
    expect(found.size).toBe(COUNT)
  })

  test.each(SIZES)('many reads of %i bytes at once have each byte once', async (size) => {
    const numbers = Uint32Array.from({ length: (COUNT * size) / 4 }, (_, i) => i)
    nodeFs.writeFileSync(at('file'), numbers)
    await using file = await scheduler.io.open(at('file'))
    const times = new Uint8Array(numbers.length)
    const read = async (length: number) => {
      const buffer = new Uint32Array(length / 4)
      const read = await file.read(buffer)
      for (const each of buffer.subarray(0, read / 4)) times[each] = (times[each] ?? 0) + 1
      return read
    }
    // A small one may be answered at once, in the middle of the others.
    await Promise.all(Array.from({ length: COUNT }, (_, i) => read(i % 3 === 0 ? 400 : size)))
    while ((await read(size)) > 0);
    expect(times.every((one) => one === 1)).toBe(true)
  })

  test('reads and writes of a pipe do not wait for each other', async () => {
    execFileSync('mkfifo', [at('pipe')])
    await using both: File = await scheduler.io.open(at('pipe'), 'r+')
    const buffers = Array.from({ length: 20 }, () => new Uint8Array(1))
    const reads = buffers.map((buffer) => both.read(buffer))
    for (const _ of buffers) expect(await both.write('x')).toBe(1)
    expect(await Promise.all(reads)).toEqual(buffers.map(() => 1))
  })
})
