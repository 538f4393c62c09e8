// What do frames cost, and do they come in time while something is loaded?
//
// Asks all questions, each as a process of its own, and prints medians and what was asked for.
// Usage: node bench/frames/run.mjs [NAME]... [--rounds N] [--tiny] [--readme] [--results FILE]
//   NAME          questions whose name contains it: nodes, fence, load. Others stay as they were
//                 measured before.
//   --rounds N    of each question (default 7)
//   --tiny        sizes that take a moment: for a test
//   --readme      puts the tables into bench/README.md
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { root, script } from '../../scripts/tools.mjs'
import { report } from '../kernels/lib/report.mjs'

function tbb() {
  const { stdout } = spawnSync('pkg-config', ['--modversion', 'tbb'], { encoding: 'utf8' })
  return stdout?.trim() || undefined
}

await script(import.meta.url, () =>
  report({
    folder: fileURLToPath(new URL('.', import.meta.url)),
    questions: ['nodes', 'fence', 'load'],
    results: join(root, 'bench/results/frames.json'),
    page: 'bench/frames/run.mjs',
    prepare: () => {},
    versions: () => ({ oneTBB: tbb() }),
  }),
)
