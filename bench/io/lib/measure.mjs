// Runs the cells of a group in turn, each time as processes of their own, and takes medians.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

import { Failure, root, succeeds } from '../../../scripts/tools.mjs'
import { median } from '../../native/lib/measure.mjs'
import { FRAME_US } from './rows.mjs'

export const PROGRAM = join(root, 'out/bench/io/io_bench')
const SIDE = join(root, 'bench/io/side.mjs')
const TIMEOUT_MS = 120_000
/** The status of a process that cannot do here what it was asked to. */
const SKIPPED = 3

/** The figures of a run, per operation: what it printed is about all of them. */
const FIGURES = {
  reads: ({ verified, wall, cpu, p50, p99 }, { block }) => ({
    cpu: cpu / verified / 1e3,
    rate: (verified / wall) * 1e9,
    megabytes: ((verified * block) / wall) * 1e3,
    p50: p50 / 1e3,
    p99: p99 / 1e3,
  }),
  small: ({ verified, wall, cpu }) => ({
    cpu: cpu / verified / 1e3,
    rate: (verified / wall) * 1e9,
  }),
  frames: ({ wall, bytes, frames, usual, mean, p99, worst }) => ({
    mean: mean / 1e3,
    p99: p99 / 1e3,
    worst: worst / 1e3,
    frames,
    usual: usual / 1e3,
    megabytes: (bytes / wall) * 1e3,
  }),
  timers: ({ verified, cpu, p50, p99 }) => ({
    cpu: cpu / verified / 1e3,
    p50: p50 / 1e3,
    p99: p99 / 1e3,
  }),
}

function nativeCommand({ command, method, file, options, timeMs }) {
  const told = { method, time: timeMs, frame: FRAME_US, ...options }
  const args = Object.entries(told).flatMap(([name, value]) => [`--${name}`, String(value)])
  return [PROGRAM, [command, file, ...args]]
}

function javascriptCommand({ command, method, file, options, timeMs }) {
  const told = { program: PROGRAM, command, method, file, timeMs, frameUs: FRAME_US, ...options }
  return [process.execPath, [SIDE, JSON.stringify(told)]]
}

function fioCommand({ file, options, timeMs }) {
  const { depth, block } = options
  const told = { filename: file, bs: block, iodepth: depth, runtime: `${timeMs}ms` }
  const args = Object.entries(told).map(([name, value]) => `--${name}=${value}`)
  const fixed = ['--name=io', '--readonly', '--rw=randread', '--ioengine=io_uring', '--direct=1']
  return ['fio', [...fixed, '--time_based', '--output-format=json', ...args]]
}

const COMMANDS = { 'C++': nativeCommand, JavaScript: javascriptCommand, fio: fioCommand }

/** What fio prints, in the terms of the others. It does not look at what it has read. */
function figuresOfFio(printed) {
  const [{ read, usr_cpu, sys_cpu }] = JSON.parse(printed.slice(printed.indexOf('{'))).jobs
  const { percentile } = read.lat_ns.percentile ? read.lat_ns : read.clat_ns
  const wall = read.runtime * 1e6
  return {
    verified: read.total_ios,
    wall,
    cpu: ((usr_cpu + sys_cpu) / 100) * wall,
    p50: percentile['50.000000'],
    p99: percentile['99.000000'],
  }
}

/** Runs one cell once. Returns its figures, or why it was skipped. */
function runOnce(cell) {
  if (cell.language === 'fio' && !succeeds('fio', ['--version'])) {
    return { skipped: 'fio is not installed' }
  }
  const [command, args] = COMMANDS[cell.language](cell)
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: TIMEOUT_MS,
  })
  const what = `${cell.group}, ${cell.name}`
  if (error) throw new Failure(`${what}: ${error.message}`)
  if (status === SKIPPED) return { skipped: stderr }
  if (status !== 0) throw new Failure(`${what} failed:\n${stderr}`)
  const printed = cell.language === 'fio' ? figuresOfFio(stdout) : JSON.parse(stdout)
  const figures = FIGURES[cell.command](printed, cell.options)
  return { verified: printed.verified, figures }
}

/** Four digits say more than is known. */
const rounded = (value) => Number(value.toPrecision(4))

function summary({ group, language, name, options, samples, skipped, verified }) {
  const { state, order, depth } = options
  const about = { group, language, name, order, state, depth }
  if (skipped !== undefined) return { ...about, skipped }
  const figures = Object.keys(samples[0]).map((figure) => [
    figure,
    samples.map((sample) => rounded(sample[figure])),
  ])
  const medians = figures.map(([figure, values]) => [figure, rounded(median(values))])
  return {
    ...about,
    verified,
    ...Object.fromEntries(medians),
    samples: Object.fromEntries(figures),
  }
}

/** Measures a group: every other round goes the other way round. */
export function measureGroup({ name: group, command, file, options, cells }, folder, sizes) {
  const measured = cells.map(({ state, depth, ...cell }) => ({
    ...cell,
    group,
    command,
    file: file && join(folder, file),
    options: { ...options, ...(state && { state }), ...(depth && { depth }) },
    timeMs: sizes.timeMs,
    samples: [],
    verified: 0,
  }))
  for (let round = 0; round < sizes.rounds; ++round) {
    const turns = measured.filter(({ skipped }) => skipped === undefined)
    for (const cell of round % 2 === 0 ? turns : turns.reverse()) {
      const { skipped, figures, verified } = runOnce(cell)
      if (skipped !== undefined) cell.skipped = skipped
      else cell.samples.push(figures)
      cell.verified += verified ?? 0
    }
  }
  return measured.map(summary)
}
