// Counts the words of a large file, which is read into shared memory: each part of it is a call.
// Usage: node examples/word-count.mjs [FILE | MIB]; without a file, of a text that it makes up.
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { kernel, Scheduler } from 'heddle'
import fs from 'heddle/fs'

import { race, threads } from './support/race.mjs'
import { countWords } from './word-count-kernels.mjs'

const PAGE = 2 ** 20
const SHOWN = 5

const count = kernel(new URL('./word-count-kernels.mjs', import.meta.url), 'countWords')
const scheduler = new Scheduler(threads)

/** The bytes of a file, where all cores see them. */
async function read(path) {
  const handle = await fs.open(path)
  try {
    const { size } = await handle.stat()
    const text = new Uint8Array(new SharedArrayBuffer(size))
    for (let at = 0; at < size; ) {
      const { bytesRead } = await handle.read(text, at, size - at, at)
      if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`)
      at += bytesRead
    }
    return text
  } finally {
    await handle.close()
  }
}

async function onAll(text) {
  // Some for each core, as not all are equally fast; not many, as each has a result to add.
  const part = Math.ceil(text.length / (4 * scheduler.threads))
  const calls = []
  for (let begin = 0; begin < text.length; begin += part) {
    calls.push(scheduler.call(count, [text, begin, Math.min(begin + part, text.length)]))
  }
  const total = new Map()
  for (const call of calls) {
    for (const [word, n] of await call) total.set(word, (total.get(word) ?? 0) + n)
  }
  return total
}

/** A text whose words are as unevenly frequent as those of a language. */
async function makeUp(mebibytes) {
  const path = join(tmpdir(), `words-${process.pid}.txt`)
  const syllables = ['ba', 'den', 'ko', 'li', 'mur', 'na', 'pel', 'ro', 'sta', 'tu']
  const words = Array.from({ length: 10_000 }, (_, i) =>
    [...String(i)].map((digit) => syllables[digit]).join(''),
  )
  const pick = () => words[Math.floor(words.length ** Math.random()) - 1]
  const page = Array.from({ length: 2 ** 18 }, pick)
    .join(' ')
    .slice(0, PAGE - 1)
  await fs.writeFile(path, `${page}\n`.repeat(mebibytes))
  return path
}

const isSame = (a, b) => a.size === b.size && [...a].every(([word, n]) => b.get(word) === n)
const inOrder = (a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)

const [what = '32'] = process.argv.slice(2)
const isMadeUp = /^\d+$/.test(what)
const path = isMadeUp ? await makeUp(Number(what)) : what
const text = await read(path)
const counts = await race(
  `words of ${text.length} bytes`,
  scheduler,
  { onAll: () => onAll(text), onOne: () => countWords(undefined, text, 0, text.length) },
  isSame,
)
const most = [...counts].sort(inOrder).slice(0, SHOWN)
console.log(most.map(([word, n]) => `${word} ${n}`).join(', '))
if (isMadeUp) await fs.unlink(path)
scheduler[Symbol.dispose]()
