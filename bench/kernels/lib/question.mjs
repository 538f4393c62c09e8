// What every question does: takes its sizes, lets its sides take turns, and tells what came of it.
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

import { root, script } from '../../../scripts/tools.mjs'
import { Probe, QUIET, watchOthers } from './quiet.mjs'

export const heddle = createRequire(import.meta.url)(join(root, 'dist/index.js'))

/** Workers wherever nothing else is said. */
export const THREADS = 2

/** Before a turn: what the last one left to the collector's threads is not in it. */
const REST_MS = 5

/** Until it looks again whether others work. */
const WAIT_MS = 200

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = (sorted.length - 1) / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2
}

/** Of each round's values, not of the medians: what disturbs a round disturbs both. */
export function medianRatio(over, under) {
  return median(over.map((value, round) => value / under[round]))
}

export function check(isRight, what) {
  if (!isRight) throw new Error(`a wrong result: ${what}`)
}

/**
 * Lets the sides take turns: what each gives a round, by name. Every other round goes the other way
 * round, so that nobody always comes after the same one. While a processor is not there for us it
 * waits, and rounds in which that was so are repeated, for `patience` milliseconds in all: the
 * quietest count, whatever was measured in them.
 */
export async function takeTurns(sides, { rounds, warmUp, patience, missing }) {
  const names = Object.keys(sides)
  const taken = []
  const probe = new Probe()
  let before = probe.look()
  const end = performance.now() + patience
  for (let round = -warmUp; ; ++round) {
    while (before > QUIET && performance.now() < end) {
      await setTimeout(WAIT_MS)
      before = probe.look()
    }
    const values = {}
    const others = watchOthers()
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      await setTimeout(REST_MS)
      values[name] = await sides[name](round)
    }
    const used = others()
    const after = probe.look()
    if (round >= 0) taken.push({ missing: Math.max(used, before, after), values })
    before = after
    if (taken.filter((one) => one.missing <= QUIET).length >= rounds) break
    if (taken.length >= rounds && performance.now() > end) break
  }
  await probe.close()
  taken.sort((a, b) => a.missing - b.missing).length = rounds
  missing.push(...taken.map((one) => one.missing))
  return Object.fromEntries(names.map((name) => [name, taken.map(({ values }) => values[name])]))
}

/** Milliseconds of wall time. */
export async function timeWall(program) {
  const start = performance.now()
  await program()
  return performance.now() - start
}

/** Milliseconds of CPU time, of all threads: other work on the machine is hardly in it. */
export async function timeCpu(program) {
  const start = process.cpuUsage()
  await program()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1000
}

/** A line of the verdict. `floor`: what is asked for, in words; undefined: nothing is. */
export function line(what, measured, floor = '', holds = undefined) {
  return { what, measured, floor, holds }
}

export function atMost(what, value, most, show) {
  return line(what, show(value), `at most ${show(most)}`, value <= most)
}

export function atLeast(what, value, least, show) {
  return line(what, show(value), `at least ${show(least)}`, value >= least)
}

export const times = (value) => `${Number(value.toPrecision(3))} x`
export const share = (value) => Number(value.toFixed(3)).toString()
export const ns = (value) => `${Number(value.toPrecision(3))} ns`
export const us = (value) => `${Number(value.toPrecision(3))} µs`
export const ms = (value) => `${Number(value.toPrecision(3))} ms`

/** Rows of the question's table: a side each. `scale` is what a sample is multiplied by. */
export function rowsOf(what, unit, samples, scale = 1) {
  return Object.entries(samples).map(([side, values]) => {
    return { what, side, unit, samples: values.map((value) => value * scale) }
  })
}

/**
 * Runs `ask` if `url` is the program that Node was started with, and prints what it gives: rows,
 * and lines. Its argument is JSON: `rounds` and `warmUp`, and `tiny` for sizes that take a moment.
 */
export function question(url, ask) {
  return script(url, async () => {
    const missing = []
    const cores = availableParallelism()
    const options = { rounds: 5, warmUp: 2, patience: 40_000, tiny: false, cores, missing }
    const answer = await ask({ ...options, ...JSON.parse(process.argv[2] ?? '{}') })
    process.stdout.write(`${JSON.stringify({ ...answer, missing: median(missing) })}\n`)
  })
}
