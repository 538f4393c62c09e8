// The ways that JavaScript has to read a part of an open file.
import fs from 'node:fs'
import { open } from 'node:fs/promises'

import { loadHeddle, Skipped } from './tools.mjs'

/** How a file is opened for a state: like this it works in every one of the methods. */
function flagsFor(state) {
  return fs.constants.O_RDONLY | (state === 'direct' ? fs.constants.O_DIRECT : 0)
}

/**
 * Each opens a file, and gives `read(buffer, position, done)`: `done(count)` is called once the
 * bytes are there, and never before the call returns, unless `isSync`.
 */
const METHODS = {
  'fs.readSync': async (file, state) => {
    const fd = fs.openSync(file, flagsFor(state))
    const read = (buffer, position, done) => {
      done(fs.readSync(fd, buffer, 0, buffer.byteLength, position))
    }
    return { read, isSync: true }
  },

  'fs.read': async (file, state) => {
    const fd = fs.openSync(file, flagsFor(state))
    const read = (buffer, position, done) => {
      fs.read(fd, buffer, 0, buffer.byteLength, position, (error, count) => {
        if (error) throw error
        done(count)
      })
    }
    return { read }
  },

  'FileHandle.read': async (file, state) => {
    const handle = await open(file, flagsFor(state))
    const read = async (buffer, position, done) => {
      const { bytesRead } = await handle.read(buffer, 0, buffer.byteLength, position)
      done(bytesRead)
    }
    return { read, handle } // Else the collector closes it.
  },

  'heddle File.read': async (file, state) => {
    const { Scheduler } = loadHeddle()
    const scheduler = new Scheduler()
    const opened = await scheduler.io.open(file, flagsFor(state))
    const read = async (buffer, position, done) => done(await opened.read(buffer, { position }))
    return { read, scheduler }
  },
}

/** Opens `file` to be read by a method; skips it if it cannot read at all here. */
export async function makeMethod(name, { file, state }, memory) {
  try {
    const method = await METHODS[name](file, state)
    await new Promise((resolve, reject) => {
      method.read(memory, 0, resolve)?.catch(reject)
    })
    return method
  } catch (error) {
    if (error.code !== 'EINVAL' || state !== 'direct') throw error
    throw new Skipped(`${name} fails with EINVAL on a file that is open with O_DIRECT`)
  }
}
