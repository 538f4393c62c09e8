// What a folder of questions does with them: asks each as a process of its own, and keeps and
// prints what came of it.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release } from 'node:os'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'

import { Failure, root } from '../../../scripts/tools.mjs'
import { writeBetweenMarks } from '../../io/lib/pages.mjs'
import { allTables } from './tables.mjs'

const TIMEOUT_MS = 600_000

function ask(folder, name, options) {
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    [join(folder, `${name}.mjs`), JSON.stringify(options)],
    { encoding: 'utf8', timeout: TIMEOUT_MS, maxBuffer: 1 << 26 },
  )
  if (error) throw new Failure(`${name}: ${error.message}`)
  if (status !== 0) throw new Failure(`${name} failed:\n${stderr}`)
  process.stderr.write(stderr) // What it leaves out, and why.
  return JSON.parse(stdout)
}

/** Asks those that are wanted; others stay as they were. */
function askAll({ folder, questions }, wanted, options, before) {
  const results = {}
  for (const name of questions) {
    const isWanted = wanted.length === 0 || wanted.some((part) => name.includes(part))
    if (isWanted) {
      const start = performance.now()
      results[name] = ask(folder, name, options)
      console.error(`${name}: ${((performance.now() - start) / 1000).toFixed(0)} s`)
    } else if (before[name]) {
      results[name] = before[name]
    }
  }
  return results
}

function machine(versions) {
  return {
    cpu: `${cpus().length} x ${cpus()[0]?.model.trim()}`,
    kernel: `Linux ${release()}`,
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
    node: process.version,
    ...versions,
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

/**
 * Runs the program in `folder` whose questions are files there: `page` is its name in
 * bench/README.md. `prepare` installs peers, and `versions` tells which there are then.
 */
export function report({ folder, questions, results: kept, page, prepare, versions }) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      tiny: { type: 'boolean', default: false },
      readme: { type: 'boolean', default: false },
      results: { type: 'string', default: kept },
    },
  })
  const { tiny } = values
  const rounds = Number(values.rounds ?? (tiny ? 1 : 7))
  const strange = positionals.find((part) => !questions.some((name) => name.includes(part)))
  if (strange) throw new Failure(`'${strange}' is none of ${questions.join(', ')}`)
  if (!tiny) prepare()
  const before = existsSync(values.results)
    ? JSON.parse(readFileSync(values.results, 'utf8')).results
    : {}
  const on = machine(versions())
  const results = askAll(
    { folder, questions },
    positionals,
    { rounds, tiny, ...(tiny ? { warmUp: 0, patience: 0 } : {}) },
    before,
  )
  const text = `${describe({ on, rounds })}\n\n${allTables(results)}`
  console.log(text)
  write(values.results, { on, rounds, results })
  if (values.readme) writeBetweenMarks(join(root, 'bench/README.md'), text, page)
}
