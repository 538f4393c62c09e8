/** The benchmark of Asyncs runs, tiny: its numbers mean nothing here. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const bench = fileURLToPath(new URL('../../bench/lib/async.bench.mjs', import.meta.url))

test('prints a table and writes its numbers', () => {
  const folder = makeFolder()
  const results = join(folder.path, 'results/async.json')
  const args = ['--rounds', '2', '--count', '1000', '--loop', '20001', '--results', results]
  const printed = execFileSync(process.execPath, [bench, ...args], { encoding: 'utf8' })
  expect(printed).toMatch(/^\| x = x\.add\(1\) in a chain, recorded and run \|/m)
  expect(printed).toMatch(/^20001 Asyncs made and dropped: .* MB at most/m)
  const { rows, memory, on } = JSON.parse(readFileSync(results, 'utf8'))
  expect(on.node).toBe(process.version)
  expect(rows.length).toBe(11)
  expect(memory.nanoseconds).toBeGreaterThan(0)
  for (const { ours, runs } of rows) {
    expect(ours.wall).toBeGreaterThan(0)
    expect(runs.ours.length).toBe(2)
  }
  folder.remove()
})
