// Runs the programs of a row in turn, each time as processes of their own, and takes medians.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

import { Failure } from '../../../scripts/tools.mjs'
import { pathOf } from './programs.mjs'

const TIMEOUT_MS = 120_000

/** Runs one program once. Returns the figures it prints; it checks its results itself. */
export function runOnce({ program, args = [], env = {} }) {
  const { status, stdout, stderr, error } = spawnSync(pathOf(program), args, {
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: TIMEOUT_MS,
  })
  const command = [program, ...args].join(' ')
  if (error) throw new Failure(`${command}: ${error.message}`)
  if (status !== 0) throw new Failure(`${command} failed:\n${stderr}`)
  return JSON.parse(stdout)
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

/**
 * Runs a row's cells in turn, `runs` times. Returns those that are installed, each with the median
 * of every figure that it prints, and with its values in `samples`.
 */
export function measureRow({ cells }, runs) {
  const installed = cells.filter(({ program }) => existsSync(pathOf(program)))
  const measured = installed.map((cell) => ({ ...cell, samples: [] }))
  for (let turn = 0; turn < runs; ++turn) {
    for (const cell of measured) cell.samples.push(runOnce(cell))
  }
  return measured.map(({ samples, ...cell }) => {
    const { by, workers, units, ...measures } = samples[0]
    const figures = Object.keys(measures).map((name) => [name, samples.map((one) => one[name])])
    const medians = figures.map(([name, values]) => [name, median(values)])
    return { ...cell, units, ...Object.fromEntries(medians), samples: Object.fromEntries(figures) }
  })
}
