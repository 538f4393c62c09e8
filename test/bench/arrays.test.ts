/** The benchmark of arrays runs, tiny: its numbers mean nothing here, but all sides agree. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const bench = fileURLToPath(new URL('../../bench/lib/arrays.bench.mjs', import.meta.url))

/** Generous: it compiles the C loops. */
const HANG_MS = 60_000

test(
  'prints a table and writes its numbers',
  () => {
    const folder = makeFolder()
    const results = join(folder.path, 'results/arrays.json')
    const args = [bench, '--tiny', '--results', results]
    const printed = execFileSync(process.execPath, args, { encoding: 'utf8' })
    expect(printed).toMatch(/^cpu: .*; node: v[\d.]+; compiler: .* -O3 -march=native; /m)
    expect(printed).toMatch(/^20000 f64; milliseconds, medians of 2 rounds of 3 passes$/m)
    expect(printed).toMatch(
      /^\| operation \| threads \| Heddle \| C \| ratio \| floor \| holds \|/m,
    )
    expect(printed).toMatch(/^\| `a\.mul\(b\)\.add\(c\)`, both given back \| 2 \| [\d.]+ \|/m)
    const { on, rows } = JSON.parse(readFileSync(results, 'utf8'))
    expect(on.node).toBe(process.version)
    const usages = ['givenBack', 'seenAndGivenBack', 'nothingGivenBack', 'sum', 'dot']
    expect(rows.map(({ usage }: { usage: string }) => usage)).toEqual([...usages, ...usages])
    for (const { ms, ratio, runs } of rows) {
      expect(ratio).toBeGreaterThan(0)
      expect(Object.keys(runs)).toEqual(
        expect.arrayContaining(['ours', 'c', 'small', 'javascript']),
      )
      expect(Object.keys(ms)).toEqual(Object.keys(runs))
      for (const taken of Object.values(runs)) expect(taken).toHaveLength(2)
    }
    folder.remove()
  },
  HANG_MS,
)
