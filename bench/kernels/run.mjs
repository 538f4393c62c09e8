// What do kernels in TypeScript cost and gain, beside plain JavaScript and pools of worker_threads?
//
// Asks all questions, each as a process of its own, and prints medians and what was asked for.
// Usage: node bench/kernels/run.mjs [NAME]... [--rounds N] [--tiny] [--readme] [--results FILE]
//   NAME          questions whose name contains it: fork-join, queens, empty, calls, map, sort,
//                 start-up, delay. Others stay as they were measured before.
//   --rounds N    of each question (default 7)
//   --tiny        sizes that take a moment: for a test
//   --readme      puts the tables into bench/README.md
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { must, root, script } from '../../scripts/tools.mjs'
import { versions } from './lib/peers.mjs'
import { report } from './lib/report.mjs'

const FOLDER = fileURLToPath(new URL('.', import.meta.url))

/** Those that are missing are left out if that fails. */
function installPeers() {
  if (existsSync(join(FOLDER, 'node_modules'))) return
  try {
    must('npm', ['ci', '--prefix', FOLDER, '--no-audit', '--no-fund', '--loglevel=error'])
  } catch (error) {
    console.error(`without peers: ${error.message}`)
  }
}

await script(import.meta.url, () =>
  report({
    folder: FOLDER,
    questions: ['fork-join', 'queens', 'empty', 'calls', 'map', 'sort', 'start-up', 'delay'],
    results: join(root, 'bench/results/kernels.json'),
    page: 'bench/kernels/run.mjs',
    prepare: installPeers,
    versions,
  }),
)
