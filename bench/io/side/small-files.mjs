// Ways that JavaScript has to read many small files whole.
import fs from 'node:fs'
import { readFile } from 'node:fs/promises'

import { loadHeddle, measure, verify } from './tools.mjs'

const WORDS_OF_SMALL = 2048
const WARM_UP_ROUNDS = 3

/** As io_bench makes them. */
function describe(folder, number) {
  const length =
    1024 + (((Math.imul(number, 2654435761) >>> 0) % (WORDS_OF_SMALL * 4 - 1024)) >> 2) * 4
  return { path: `${folder}/${Math.floor(number / 100)}/${number % 100}`, length, number }
}

function check(bytes, { path, length, number }) {
  if (bytes.byteLength !== length) throw new Error(`${path} has ${bytes.byteLength} bytes`)
  // A Buffer of Node's may begin anywhere in its pool.
  const words = bytes.byteOffset % 4 === 0 ? bytes : Uint8Array.from(bytes)
  verify(words, number * WORDS_OF_SMALL)
}

/** `depth` chains, each of which takes the next file when it is done with one. */
async function readAll(files, depth, read) {
  let next = 0
  const chain = async () => {
    while (next < files.length) {
      const file = files[next++]
      check(await read(file.path), file)
    }
  }
  await Promise.all(Array.from({ length: depth }, chain))
}

/** Each makes a function that reads all files, and checks what was in them. */
const METHODS = {
  'fs.readFileSync': () => (files) => {
    for (const file of files) check(fs.readFileSync(file.path), file)
  },
  'fs.promises.readFile': (depth) => (files) => readAll(files, depth, readFile),
  'fs.readFile': (depth) => (files) => {
    const read = (path) =>
      new Promise((resolve, reject) => {
        fs.readFile(path, (error, bytes) => (error ? reject(error) : resolve(bytes)))
      })
    return readAll(files, depth, read)
  },
  'heddle/fs readFile': (depth) => {
    const heddle = loadHeddle('fs')
    return (files) => readAll(files, depth, (path) => heddle.readFile(path))
  },
  'heddle io.readFiles': () => {
    const scheduler = new (loadHeddle().Scheduler)()
    return async (files) => {
      const byPath = new Map(files.map((file) => [file.path, file]))
      for await (const { path, error, data } of scheduler.io.readFiles([...byPath.keys()])) {
        if (error) throw error
        check(data, byPath.get(path))
      }
    }
  },
}

export async function measureSmallFiles(options, _, prepare) {
  const { file, method, depth, count } = options
  const files = Array.from({ length: count }, (_, i) => describe(file, i))
  const readFiles = METHODS[method](depth)
  for (let i = 0; i < WARM_UP_ROUNDS; ++i) await readFiles(files.slice(0, Math.ceil(count / 4)))
  prepare()
  const sample = await measure(() => readFiles(files))
  return { verified: files.length, ...sample }
}
