// `npm start`: sets up, builds, and draws the film of examples/renderer with a frame graph and
// without, and compares them. What comes after `npm start --` is for the film: its settings, `--out
// FOLDER`, and `--blocking`, which draws it without a frame graph only.
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { buildPackage, compile } from './build.mjs'
import { must, script } from './tools.mjs'

/** Draws a film into a folder, which comes last, and so counts. */
function draw(args, folder, ...more) {
  console.log(`\nheddle: drawing ${folder}`)
  must(process.execPath, ['out/renderer/show.mjs', ...args, ...more, '--out', folder])
}

/** Where the films go. What else is in the arguments is for the film's program to judge. */
function folderIn(args) {
  const options = { out: { type: 'string' }, blocking: { type: 'boolean' } }
  const { out, blocking } = parseArgs({ args, options, strict: false }).values
  return { folder: typeof out === 'string' ? out : 'out/film', isBlocking: blocking === true }
}

await script(import.meta.url, async () => {
  const args = process.argv.slice(2)
  const { folder, isBlocking } = folderIn(args)
  const [graph, blocking] = ['graph', 'blocking'].map((version) => join(folder, version))
  // An interrupt is for the program that runs: it ends what it does, and then we fail.
  process.on('SIGINT', () => {})
  await buildPackage()
  compile('examples/renderer')
  if (isBlocking) {
    draw(args, blocking)
    console.log(`heddle: the pictures are in ${blocking}`)
    return
  }
  draw(args, graph)
  draw(args, blocking, '--blocking')
  console.log()
  must(process.execPath, ['out/renderer/compare.mjs', graph, blocking])
  const page = join(graph, 'trace.html')
  console.log('\nheddle: a page of what every worker did, for any browser:')
  must(process.execPath, ['dist/cli/heddle.js', 'trace', join(graph, 'trace.json'), '-o', page])
})
