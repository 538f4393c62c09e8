/** Files that are none, or that change while they are read. The same on both engines. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import * as nodeFs from 'node:fs'
import * as node from 'node:fs/promises'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { Scheduler } from '../../dist/index.js'

let folder: string
const at = (name: string) => join(folder, name)

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-odd-'))
})
afterEach(() => {
  nodeFs.rmSync(folder, { recursive: true })
})

/** What came of it: a value, or the error's code and call. */
async function outcome(call: () => PromiseLike<unknown>): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    return `${code} ${syscall}`
  }
}

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  let scheduler: Scheduler

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 2, io: engine })
  })
  afterEach(() => {
    scheduler[Symbol.dispose]()
  })

  /** Bytes that say where they were, 4 at a time. */
  const numbers = (count: number) =>
    Buffer.from(Uint32Array.from({ length: count }, (_, i) => i).buffer)

  test('a file that shrinks while it is read gives what it had, or its beginning', async () => {
    const all = numbers(500_000)
    let short = 0
    for (let round = 0; round < 40; ++round) {
      nodeFs.writeFileSync(at('file'), all)
      const reads = [0, 1].map(() => scheduler.io.readFile(at('file')).get())
      const digest = scheduler.io.digest([at('file')])
      for (let left = all.length; left > 0; left -= 400_000) nodeFs.truncateSync(at('file'), left)
      nodeFs.truncateSync(at('file'), round % 2 === 0 ? 0 : 4000)
      for (const bytes of await Promise.all(reads)) {
        // The kernel fills with zeros what it cuts off, which a read may still see.
        const strange = bytes.findIndex((byte, i) => byte !== 0 && byte !== all[i])
        expect([strange, bytes.length <= all.length]).toEqual([-1, true])
        if (bytes.length < all.length) ++short
      }
      for await (const { error } of digest) expect(error).toBe(undefined)
    }
    expect(short).toBeGreaterThan(0)
  })

  test('a file that grows while it is read gives a beginning of what it has then', async () => {
    const all = numbers(500_000)
    for (let round = 0; round < 30; ++round) {
      nodeFs.writeFileSync(at('file'), all.subarray(0, 4000))
      const reading = scheduler.io.readFile(at('file')).get()
      for (let i = 4000; i < all.length; i += 400_000) {
        nodeFs.appendFileSync(at('file'), all.subarray(i, i + 400_000))
      }
      const bytes = await reading
      expect(bytes.length).toBeGreaterThanOrEqual(4000)
      expect(all.subarray(0, bytes.length).equals(bytes)).toBe(true)
    }
  })

  test('files that come and go under one name give one of them, or ENOENT', async () => {
    const found = new Set<string>()
    for (let round = 0; round < 300; ++round) {
      const reading = scheduler.io.readFile(at('file')).get()
      if (round % 3 === 0) {
        nodeFs.rmSync(at('file'), { force: true })
      } else {
        nodeFs.writeFileSync(at('new'), 'x'.repeat(round))
        nodeFs.renameSync(at('new'), at('file'))
      }
      found.add(
        await reading.then(
          () => 'read',
          (error) => error.code,
        ),
      )
    }
    expect([...found].filter((each) => each !== 'read' && each !== 'ENOENT')).toEqual([])
  })

  test.each([
    '/proc/version',
    '/proc/filesystems',
    '/proc/self/cmdline',
    '/proc/self/environ',
    '/proc/self/mountinfo',
    '/proc/sys/kernel/ostype',
    '/proc/self/attr/current',
    '/proc/self/clear_refs',
    '/proc/self/mem',
    '/proc/self/fd/0/nothing',
    '/proc/self/task',
    '/proc/1/nothing',
    '/sys/kernel/mm/transparent_hugepage/enabled',
    '/sys/devices/system/cpu/online',
    '/sys/devices/system/cpu',
    '/dev/null',
    '/dev/tty',
  ])('readFile of %s gives what Node gives', async (path) => {
    const ours = await outcome(async () =>
      Buffer.from(await scheduler.io.readFile(path)).toString(),
    )
    expect(ours).toEqual(await outcome(() => node.readFile(path, 'utf8')))
  })

  test('a file of /proc is read in pieces, at places, and not written', async () => {
    const expected = nodeFs.readFileSync('/proc/filesystems')
    await using file = await scheduler.io.open('/proc/filesystems')
    const pieces: Buffer[] = []
    for (;;) {
      const buffer = Buffer.alloc(7)
      const count = await file.read(buffer)
      if (count === 0) break
      pieces.push(buffer.subarray(0, count))
    }
    expect(Buffer.concat(pieces)).toEqual(expected)
    const buffer = Buffer.alloc(5)
    await file.read(buffer, { position: 3 })
    expect(buffer).toEqual(expected.subarray(3, 8))
    expect(await file.read(buffer, { position: 1e9 })).toBe(0)
    const write = (fs: typeof node) => outcome(() => fs.writeFile('/proc/version', 'x'))
    expect(await outcome(() => scheduler.io.writeFile('/proc/version', 'x'))).toBe(
      await write(node),
    )
  })

  test('a socket cannot be opened', async () => {
    const server: Server = createServer().listen(at('socket'))
    await once(server, 'listening')
    for (const call of [
      () => scheduler.io.readFile(at('socket')),
      () => scheduler.io.open(at('socket'), 'r+'),
      () => scheduler.io.writeFile(at('socket'), 'x'),
    ]) {
      expect(await outcome(call)).toBe('ENXIO open')
    }
    for await (const { error } of scheduler.io.digest([at('socket')])) {
      expect(error?.code).toBe('ENXIO')
    }
    expect((await scheduler.io.stat(at('socket'))).isSocket()).toBe(true)
    server.close()
  })

  test('a link to itself, a name too long, a path too deep', async () => {
    nodeFs.symlinkSync('loop', at('loop'))
    const paths = [at('loop'), at('x'.repeat(256)), at('x/'.repeat(2100)), '', '.', '/']
    for (const path of paths) {
      const calls = (fs: Pick<typeof node, 'readFile' | 'stat' | 'unlink' | 'mkdir'>) => [
        () => fs.readFile(path),
        () => fs.stat(`${path}/below`),
        () => fs.unlink(`${path}/`),
        () => fs.mkdir(path),
      ]
      const [ours, theirs] = [calls(scheduler.io as never), calls(node)]
      for (const [i, call] of ours.entries()) {
        expect(await outcome(call)).toEqual(await outcome(theirs[i] as () => Promise<unknown>))
      }
    }
  })

  test('a FIFO is read as often as somebody writes to it, from beginning to end', async () => {
    execFileSync('mkfifo', [at('fifo')])
    for (let round = 0; round < 50; ++round) {
      const text = 'x'.repeat(round * 5000)
      const reading = scheduler.io.readFile(at('fifo'))
      await scheduler.io.writeFile(at('fifo'), text)
      expect((await reading).length).toBe(text.length)
    }
  })

  test('FIFOs that nobody writes do not hold up files, and end with the scheduler', async () => {
    const names = Array.from({ length: 100 }, (_, i) => at(`fifo${i}`))
    execFileSync('mkfifo', names)
    const stuck = names.map((name, i) =>
      i % 2 === 0 ? scheduler.io.readFile(name) : scheduler.io.writeFile(name, 'x'),
    )
    const ends = Promise.allSettled<unknown>(stuck)
    for (let i = 0; i < 20; ++i) {
      await scheduler.io.writeFile(at(`file${i}`), 'hello')
      expect((await scheduler.io.readFile(at(`file${i}`))).length).toBe(5)
      expect((await scheduler.io.stat(at(`file${i}`))).size).toBe(5)
    }
    expect(stuck.some((each) => each.ready)).toBe(false)
    scheduler[Symbol.dispose]()
    for (const end of await ends) {
      expect(end).toMatchObject({ reason: { code: 'ERR_HEDDLE_CANCELLED' } })
    }
  })
})
