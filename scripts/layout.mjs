// `npm run layout` writes lib/task-layout.ts from the table in native/runtime/layout.cc.
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

import { root, script } from './tools.mjs'

/** The text of lib/task-layout.ts for the entries that the addon has. */
export function layoutSource(entries) {
  const constants = [...byGroup(entries)].map(([group, rows]) => {
    const fields = rows.map(({ name, value, says }) => {
      return `${says === '' ? '' : `  /** ${says} */\n`}  ${name}: ${value},\n`
    })
    return `export const ${group} = {\n${fields.join('')}} as const\n`
  })
  return `${HEAD}\n${constants.join('\n')}`
}

const HEAD = `/**
 * Where a task stack that JavaScript owns keeps its words: offsets in bytes.
 *
 * Generated from \`native/runtime/layout.cc\` by \`npm run layout\`, and compared with it by a
 * test.
 */
`

function byGroup(entries) {
  const groups = new Map()
  for (const entry of entries) groups.set(entry.group, [...(groups.get(entry.group) ?? []), entry])
  return groups
}

await script(import.meta.url, async () => {
  const { native } = createRequire(import.meta.url)(join(root, 'dist/native.js'))
  writeFileSync(join(root, 'lib/task-layout.ts'), layoutSource(native.taskLayout()))
})
