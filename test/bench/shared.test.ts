/** The benchmark of shared values runs, tiny: its numbers mean nothing here. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const bench = fileURLToPath(new URL('../../bench/lib/shared.bench.mjs', import.meta.url))

test('prints a table and writes its numbers', () => {
  const folder = makeFolder()
  const results = join(folder.path, 'results/shared.json')
  const args = ['--rounds', '2', '--count', '200', '--results', results]
  const printed = execFileSync(process.execPath, [bench, ...args], { encoding: 'utf8' })
  expect(printed).toMatch(/^\| ask and be answered, 1 number \| postMessage \| .* us \|/m)
  const { rows, on } = JSON.parse(readFileSync(results, 'utf8'))
  expect(on.node).toBe(process.version)
  expect(rows.length).toBe(3)
  for (const { runs } of rows) {
    for (const taken of Object.values(runs)) expect(taken).toHaveLength(2)
  }
  folder.remove()
})
