/** The system has no more to give: descriptors, room, permissions. The same on both engines. */
import { spawnSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { runProgram } from '../support/program.js'

let folder: string

beforeEach(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-bad-'))
  nodeFs.writeFileSync(join(folder, 'file'), 'hello')
})
afterEach(() => {
  nodeFs.rmSync(folder, { recursive: true })
})

/** What every program begins with. `code` is what a promise fails with, or the value. */
const head = (engine: string) => `
  import * as fs from 'node:fs'
  const folder = ${JSON.stringify(folder)}
  const code = async (promise) => {
    try { return (await promise) ?? 'done' }
    catch (error) { return error.code + ' ' + error.syscall }
  }
  const start = () => new heddle.Scheduler({ threads: 2, io: '${engine}' })
  const scheduler = start()
  const { io } = scheduler
`

const ended = (stdout: string) => ({ code: 0, signal: null, stdout, stderr: '' })

describe.each(['auto', 'threads'] as const)('with io: %s', (engine) => {
  test('without a descriptor calls fail, and later ones work again', () => {
    const source = `
      ${head(engine)}
      const kept = await io.open(folder + '/file', 'r+')
      const taken = []
      function fill() {
        for (;;) try { taken.push(fs.openSync('/dev/null')) } catch { return }
      }
      for (let round = 0; round < 3; ++round) {
        fill()
        const path = folder + '/file'
        console.log(await code(io.readFile(path)), await code(io.open(path)))
        console.log(await code(io.writeFile(folder + '/new', 'x')), fs.existsSync(folder + '/new'))
        for await (const { error } of io.digest([folder + '/file'])) console.log(error.code)
        const many = Array.from({ length: 500 }, () => code(io.readFile(folder + '/file')))
        console.log([...new Set(await Promise.all(many))].join())
        // These need none.
        const count = await kept.read(new Uint8Array(9), { position: 0 })
        console.log((await io.stat(path)).size, count)
        const another = start()
        console.log(another.io.backend, await code(another.io.readFile(folder + '/file')))
        for (const fd of taken.splice(round)) fs.closeSync(fd)
        console.log((await another.io.readFile(folder + '/file')).length)
        console.log((await io.readFile(folder + '/file')).length)
        another[Symbol.dispose]()
      }
    `
    const round = [
      'EMFILE open EMFILE open',
      'EMFILE open false',
      'EMFILE',
      'EMFILE open',
      '5 5',
      'threads EMFILE open',
      '5',
      '5',
      '',
    ].join('\n')
    const limited = ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh']
    expect(runProgram(source, [], limited)).toEqual(ended(round.repeat(3)))
  })

  test('on a full disk writes fail, and what fits after that is written', ({ skip }) => {
    const disk = join(folder, 'disk')
    nodeFs.mkdirSync(disk)
    const mount = 'mount -t tmpfs -o size=1m none "$0" && exec "$@"'
    const launcher = ['unshare', '--mount', 'sh', '-c', mount, disk]
    const tried = spawnSync(launcher[0] as string, [...launcher.slice(1), 'true'], {
      encoding: 'utf8',
    })
    skip(tried.status !== 0, `no file system can be mounted here: ${tried.stderr}`)
    const source = `
      ${head(engine)}
      const disk = folder + '/disk'
      const most = 1 << 20
      const large = Buffer.alloc(3 * most, 'x')
      for (let round = 0; round < 20; ++round) {
        const found = [await code(io.writeFile(disk + '/large', large))]
        found.push(fs.statSync(disk + '/large').size === most)
        await io.unlink(disk + '/large')
        const file = await io.open(disk + '/file', 'w+')
        found.push(await code(file.write(large)), fs.fstatSync(file.fd).size === most)
        await file.truncate()
        found.push(await file.write('hello', { position: 0 }), await code(file.fsync()))
        const writes = Array.from({ length: 64 }, (_, i) =>
          code(file.write(large.subarray(0, 65536), { position: i * 65536 })))
        const written = (await Promise.all(writes)).filter((one) => one === 65536).length
        found.push(written < 17, (await file.stat()).blocks * 512 <= most)
        found.push(await code(file.close()))
        await io.unlink(disk + '/file')
        found.push(await code(io.writeFile(disk + '/small', 'hello', { flush: true })))
        await io.unlink(disk + '/small')
        const expected = 'ENOSPC write,true,ENOSPC write,true,5,done,true,true,done,done'
        if (found.join() !== expected) throw new Error(found.join())
      }
      console.log('full')
    `
    expect(runProgram(source, [], launcher)).toEqual(ended('full\n'))
  })

  test('a file that may not grow has what fits, once', () => {
    const source = `
      ${head(engine)}
      process.on('SIGXFSZ', () => {})
      const large = Buffer.alloc(3 << 20, 'x')
      const whole = code(io.writeFile(folder + '/large', large))
      console.log(await whole, fs.statSync(folder + '/large').size)
      const file = await io.open(folder + '/more', 'w+')
      console.log(await code(file.write(large)), (await file.stat()).size)
      console.log(await file.read(Buffer.alloc(9)), await code(file.write('more')))
      await file.truncate()
      console.log(await file.read(Buffer.alloc(9)), await file.write('x', { position: 5 }))
      console.log(await code(file.truncate(2 << 20)), await file.write('x', { position: 9 }))
    `
    const limited = ['sh', '-c', 'ulimit -f 2048; exec "$@"', 'sh'] // Of 512 bytes each.
    const lines = ['EFBIG write 1048576', 'EFBIG write 1048576', '0 EFBIG write', '0 1']
    expect(runProgram(source, [], limited)).toEqual(
      ended([...lines, 'EFBIG ftruncate 1', ''].join('\n')),
    )
  })

  test('rights that the process gives up are gone, also for what has begun', ({ skip }) => {
    skip(process.getuid?.() !== 0, 'only root can become somebody else')
    const source = `
      ${head(engine)}
      fs.writeFileSync(folder + '/mine', 'mine', { mode: 0o600 })
      fs.mkdirSync(folder + '/ours', { mode: 0o700 })
      fs.writeFileSync(folder + '/ours/file', '')
      fs.chmodSync(folder, 0o755)
      const open = await io.open(folder + '/mine', 'r+')
      // Not cached, so that an engine asks, and not only this process's threads.
      await io.writeFile(folder + '/before', 'x', { flag: 'wx' })
      process.setgroups([])
      process.setgid(65534)
      process.setuid(65534)
      const later = start()
      for (const each of [io, later.io]) {
        console.log([
          await code(each.readFile(folder + '/mine')),
          await code(each.open(folder + '/mine', 'w')),
          await code(each.stat(folder + '/ours/file')),
          await code(each.writeFile(folder + '/new', '')),
          await code(each.unlink(folder + '/file')),
          await code(each.rename(folder + '/file', folder + '/other')),
          await code(each.mkdir(folder + '/made')),
        ].join())
      }
      console.log(await open.write('still'), (await open.stat()).size)
    `
    const line =
      'EACCES open,EACCES open,EACCES stat,EACCES open,EACCES unlink,EACCES rename,EACCES mkdir\n'
    expect(runProgram(source)).toEqual(ended(`${line}${line}5 5\n`))
    expect(nodeFs.existsSync(join(folder, 'file'))).toBe(true)
  })
})
