// How much less CPU time does `heddle sum` take than the same program on fs.promises?
//
// Both are run in processes of their own, in alternation, over many small files in the page cache.
// Each run counts whole, with Node's own start and end. Usage: node FILE [--files N] [--pairs N]
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, release, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))
const RESULTS = join(root, 'bench/results/sum.json')
const CLI = join(root, 'dist/cli/heddle.js')

const PROGRAMS = {
  'heddle sum': [CLI, 'sum', '.'],
  'fs.promises': [join(root, 'bench/lib/sum-promises.mjs'), '.'],
}

const SIZE_MIN = 200
const SIZE_MAX = 16_384
const FILES_IN_FOLDER = 10
const FOLDERS_IN_PACKAGE = 12

/** Makes files as in node_modules: many small ones, few in a folder. Returns their bytes. */
function makeTree(folder, files) {
  let seed = 1
  const random = () => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
    return seed / 2 ** 32
  }
  const noise = Buffer.from(Array.from({ length: 2 * SIZE_MAX }, () => 256 * random()))
  let bytes = 0
  for (let i = 0; i < files; ++i) {
    const parent = Math.floor(i / FILES_IN_FOLDER)
    const path = join(folder, `package-${Math.floor(parent / FOLDERS_IN_PACKAGE)}`, `lib-${parent}`)
    if (i % FILES_IN_FOLDER === 0) mkdirSync(path, { recursive: true })
    const size = Math.round(SIZE_MIN * (SIZE_MAX / SIZE_MIN) ** random())
    writeFileSync(join(path, `module-${i}.js`), noise.subarray(i % SIZE_MAX, (i % SIZE_MAX) + size))
    bytes += size
  }
  return bytes
}

/** Runs a program. Returns what it printed, and its seconds: wall, and CPU of all its threads. */
function measure(args, cwd) {
  const script = 'TIMEFORMAT=\'%R %U %S\'; time "$@"'
  const { status, stdout, stderr } = spawnSync(
    '/bin/bash',
    ['-c', script, 'bash', process.execPath, ...args],
    { cwd, maxBuffer: 1 << 30, env: { ...process.env, LC_ALL: 'C' } },
  )
  if (status !== 0) throw new Error(`${args.join(' ')} failed:\n${stderr}`)
  const [wall, user, system] = stderr.toString().trim().split(' ').map(Number)
  return { output: stdout, wall, cpu: user + system }
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}

/** Alternates, after a run of each that warms the cache and shows that both print the same. */
function comparePrograms(folder, pairs) {
  const runs = Object.fromEntries(Object.keys(PROGRAMS).map((name) => [name, []]))
  const [first, second] = Object.values(PROGRAMS).map((args) => measure(args, folder).output)
  if (!first.equals(second)) throw new Error('the two programs do not print the same')
  for (let pair = 0; pair < pairs; ++pair) {
    for (const [name, args] of Object.entries(PROGRAMS)) {
      const { wall, cpu } = measure(args, folder)
      runs[name].push({ wall, cpu })
    }
  }
  return runs
}

function machine(folder) {
  const json = execFileSync(process.execPath, [CLI, 'sum', '--json', join(folder, 'package-0')])
  const { summary } = JSON.parse(json.toString().trim().split('\n').at(-1))
  return {
    cpu: `${cpus()[0]?.model.trim()}, ${availableParallelism()} of them`,
    kernel: release(),
    node: process.version,
    backend: summary.backend,
    load: readFileSync('/proc/loadavg', 'utf8').split(' ')[0],
  }
}

function table(runs) {
  const ms = (seconds) => `${(1000 * seconds).toFixed(0)} ms`.padStart(10)
  const row = (name, cells) =>
    `${name.padEnd(13)}${cells.map((cell) => cell.padStart(12)).join('')}`
  const rows = Object.entries(runs).map(([name, of]) => {
    const [cpu, wall] = [of.map((run) => run.cpu), of.map((run) => run.wall)]
    return row(name, [median(cpu), Math.min(...cpu), median(wall)].map(ms))
  })
  return [row('', ['CPU median', 'CPU best', 'wall median']), ...rows].join('\n')
}

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '20000' },
    pairs: { type: 'string', default: '7' },
    results: { type: 'string', default: RESULTS },
  },
})
const [files, pairs] = [Number(values.files), Number(values.pairs)]
const folder = mkdtempSync(join(tmpdir(), 'heddle-bench-'))
try {
  const bytes = makeTree(folder, files)
  const on = machine(folder)
  const runs = comparePrograms(folder, pairs)
  const cpuOf = (name) => median(runs[name].map(({ cpu }) => cpu))
  const ratio = cpuOf('fs.promises') / cpuOf('heddle sum')
  console.log(`${files} files, ${(bytes / 1e6).toFixed(1)} MB, in the page cache; ${pairs} pairs`)
  console.log(
    Object.entries(on)
      .map(([name, value]) => `${name}: ${value}`)
      .join('; '),
  )
  console.log(table(runs))
  console.log(`heddle sum takes 1/${ratio.toFixed(2)} of the CPU time`)
  mkdirSync(dirname(values.results), { recursive: true })
  writeFileSync(values.results, `${JSON.stringify({ on, files, bytes, ratio, runs }, null, 2)}\n`)
} finally {
  rmSync(folder, { recursive: true })
}
