// Finds files with the same contents. Usage: node examples/duplicates.mjs [FOLDER]
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { Async, getGlobalScheduler } from 'heddle'

const folder = process.argv[2] ?? '.'
const { io } = getGlobalScheduler()

const entries = readdirSync(folder, { recursive: true, withFileTypes: true })
const paths = entries.filter((entry) => entry.isFile()).map(({ path, name }) => join(path, name))

/** Paths by what is in them. */
const groups = new Map()
let wasted = Async.of(0n)

for await (const { path, size, xxh3, error } of io.digest(paths)) {
  if (error) {
    console.error(error.message)
    continue
  }
  const group = groups.get(xxh3)
  if (group === undefined) {
    groups.set(xxh3, [path])
  } else {
    group.push(path)
    wasted = wasted.add(BigInt(size))
  }
}

for (const group of groups.values()) {
  if (group.length > 1) console.log(group.sort().join(' = '))
}
console.log(`${await wasted} bytes could be saved`)
