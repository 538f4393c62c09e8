// Counts the lines of files that are all read at once. Usage: node examples/read-ahead.mjs FILE...
import { IoError, Scheduler } from 'heddle'

const scheduler = new Scheduler({ name: 'lines' })
const reads = process.argv.slice(2).map((path) => ({ path, bytes: scheduler.io.readFile(path) }))

for (const { path, bytes } of reads) {
  try {
    const lines = (await bytes).reduce((count, byte) => count + Number(byte === 10), 0)
    console.log(`${lines} ${path}`)
  } catch (error) {
    if (!(error instanceof IoError)) throw error
    console.log(`- ${path}: ${error.code}`)
  }
}
scheduler[Symbol.dispose]()
