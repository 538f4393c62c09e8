// `npm run sum`: sets up, builds, and sums this checkout's own node_modules.
import { buildPackage } from './build.mjs'
import { run, script } from './tools.mjs'

await script(import.meta.url, async () => {
  await buildPackage()
  return run(process.execPath, ['dist/cli/heddle.js', 'sum', '--summary', 'node_modules'])
})
