/** The benchmark of frames runs, tiny: its numbers mean nothing here, but results are right. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test } from 'vitest'

import { makeFolder } from '../cli/support.js'

const bench = fileURLToPath(new URL('../../bench/frames/run.mjs', import.meta.url))

interface Report {
  readonly results: Record<string, { readonly rows: readonly { readonly side: string }[] }>
}

test('asks every question, and each has its sides', () => {
  const folder = makeFolder()
  try {
    const results = join(folder.path, 'results/frames.json')
    const printed = execFileSync(process.execPath, [bench, '--tiny', '--results', results], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
    expect(printed).toMatch(/^cpu: .*; node: v[\d.]+; oneTBB: .*Medians of 1 rounds/m)
    const report = JSON.parse(readFileSync(results, 'utf8')) as Report
    const sides = Object.entries(report.results).map(([name, { rows }]) => {
      return [name, rows.map(({ side }) => side)]
    })
    expect(Object.fromEntries(sides)).toMatchObject({
      nodes: expect.arrayContaining(['scalars', 'kernels in ten layers']),
      fence: ['a function', 'a kernel'],
      load: ['alone', 'loaded', 'blocking'],
    })
  } finally {
    folder.remove()
  }
})
