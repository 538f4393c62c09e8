// What do kernels in TypeScript cost and gain, beside plain JavaScript and pools of worker_threads?
//
// Asks all questions, each as a process of its own, and prints medians and what was asked for.
// Usage: node bench/kernels/run.mjs [NAME]... [--rounds N] [--tiny] [--readme] [--results FILE]
//   NAME          questions whose name contains it: fork-join, queens, empty, calls, map, sort,
//                 start-up, delay. Others stay as they were measured before.
//   --rounds N    of each question (default 7)
//   --tiny        sizes that take a moment: for a test
//   --readme      puts the tables into bench/README.md
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

import { Failure, must, root, script } from '../../scripts/tools.mjs'
import { writeBetweenMarks } from '../io/lib/pages.mjs'
import { versions } from './lib/peers.mjs'
import { allTables } from './lib/tables.mjs'

const RESULTS = join(root, 'bench/results/kernels.json')
const FOLDER = fileURLToPath(new URL('.', import.meta.url))

const QUESTIONS = ['fork-join', 'queens', 'empty', 'calls', 'map', 'sort', 'start-up', 'delay']

const TIMEOUT_MS = 600_000

/** Those that are missing are left out if that fails. */
function installPeers() {
  if (existsSync(join(FOLDER, 'node_modules'))) return
  try {
    must('npm', ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel=error'])
  } catch (error) {
    console.error(`without peers: ${error.message}`)
  }
}

function ask(name, options) {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(FOLDER, `${name}.mjs`), JSON.stringify(options)],
    { encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: 1 << 26 },
  )
  if (error) throw new Failure(`${name}: ${error.message}`)
  if (status !== 0) throw new Failure(`${name} failed:\n${stderr}`)
  return JSON.parse(stdout)
}

/** Asks those that are wanted; others stay as they were. */
function askAll(wanted, options, before) {
  const results = {}
  for (const name of QUESTIONS) {
    const isWanted = wanted.length === 0 || wanted.some((part) => name.includes(part))
    if (isWanted) {
      const start = performance.now()
      results[name] = ask(name, options)
      console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
    } else if (before[name]) {
      results[name] = before[name]
    }
  }
  return results
}

function machine() {
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    kernel: `Linux ${release()}`,
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
    node: process.version,
    ...versions(),
  }
}

function describe({ on, rounds }) {
  const list = Object.entries(on).map(([name, value]) => `${name}: ${value ?? 'not installed'}`)
  return `${list.join('; ')}. Medians of ${rounds} rounds.`
}

/** A question a line: readable, and short in a diff. */
function write(path, { results, ...about }) {
  mkdirSync(dirname(path), { recursive: true })
  const lines = Object.entries(results).map(
    ([name, result]) => `${JSON.stringify(name)}: ${JSON.stringify(result)}`,
  )
  const head = JSON.stringify(about, null, 2).slice(0, -2)
  writeFileSync(path, `${head},\n  "results": {\n${lines.join(',\n')}\n}}\n`)
}

await script(import.meta.url, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      tiny: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      results: { type: 'string', default: RESULTS },
    },
  })
  const { tiny } = values
  const rounds = Number(values.rounds ?? (tiny ? 1 : 7))
  const strange = positionals.find((part) => !QUESTIONS.some((name) => name.includes(part)))
  if (strange) throw new Failure(`'${strange}' is none of ${QUESTIONS.join(', ')}`)
  if (!tiny) installPeers()
  const before = existsSync(values.results)
    ? JSON.parse(readFileSync(values.results, 'utf8')).results
    : {}
  const on = machine()
  const results = askAll(
    positionals,
    { rounds, tiny, ...(tiny ? { warmUp: 0, patience: 0 } : {}) },
    before,
  )
  const report = { on, rounds, results }
  const text = `${describe(report)}\n\n${allTables(results)}`
  console.log(text)
  write(values.results, report)
  if (values.readme) writeBetweenMarks(join(root, 'bench/README.md'), text, 'bench/kernels/run.mjs')
})
