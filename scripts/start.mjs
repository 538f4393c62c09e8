// `npm start`: sets up, builds, and sums this checkout's own node_modules.
import { buildAddon, buildTypeScript } from './build.mjs'
import { setup } from './setup.mjs'
import { run, script } from './tools.mjs'

await script(import.meta.url, async () => {
  setup()
  await buildAddon()
  buildTypeScript()
  return run(process.execPath, ['dist/cli/heddle.js', 'sum', '--summary', 'node_modules'])
})
