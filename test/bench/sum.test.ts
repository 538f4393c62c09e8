/** The benchmark of `heddle sum` runs, tiny: its numbers mean nothing here. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const bench = fileURLToPath(new URL('../../bench/lib/sum.bench.mjs', import.meta.url))

test('prints a table and writes its numbers', () => {
  const folder = makeFolder()
  const results = join(folder.path, 'results/sum.json')
  const args = [bench, '--files', '200', '--pairs', '1', '--results', results]
  const printed = execFileSync(process.execPath, args, { encoding: 'utf8' })
  expect(printed).toMatch(/^200 files, .*; 1 pairs$/m)
  expect(printed).toMatch(/^heddle sum takes 1\/[\d.]+ of the CPU time$/m)
  const written = JSON.parse(readFileSync(results, 'utf8'))
  expect(written).toMatchObject({ files: 200, on: { node: process.version } })
  expect(Object.keys(written.runs)).toEqual(['heddle sum', 'fs.promises'])
  folder.remove()
})
