// The program that `heddle sum` is measured against: the same lines in the same order, by
// fs.promises, 64 files at a time, and the same hash. Usage: node FILE FOLDER
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const FILES_AT_ONCE = 64

// What the hash costs is not the question, so both take it from the same place.
const { native } = createRequire(import.meta.url)('../../dist/native.js')

const files = []
const lines = []
let next = 0

async function walk(folder) {
  const entries = await readdir(folder, { withFileTypes: true })
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) await walk(path)
    else files.push(path)
  }
}

async function digestFiles() {
  while (next < files.length) {
    const index = next++
    const words = native.hash(await readFile(files[index]))
    const hash = [...words].map((word) => word.toString(16).padStart(16, '0')).join('')
    lines[index] = `${hash}  ${files[index]}\n`
  }
}

await walk(process.argv[2])
await Promise.all(Array.from({ length: FILES_AT_ONCE }, digestFiles))
process.stdout.write(lines.join(''))
