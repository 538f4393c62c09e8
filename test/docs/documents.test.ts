/** Every program in the documents and in TSDoc compiles, runs, and prints what it says. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { beforeAll, describe, expect, test } from 'vitest'

import * as heddle from '../../dist/index.js'
import { root } from '../support/program.js'
import { type Block, blocksOfDocument, blocksOfLib, expectedIn } from './blocks.js'

/** Inside the package, so that 'heddle' is found by its own name. */
const folder = join(root, 'out/docs')

const blocks = [
  ...blocksOfDocument('README.md'),
  ...blocksOfDocument('docs/guide.md'),
  ...blocksOfDocument('docs/io.md'),
  ...blocksOfLib(),
]

const nameOf = (block: Block) => `block-${blocks.indexOf(block)}`

/** TSDoc examples need not say where the names come from. */
function withImports({ source }: Block): string {
  if (/^import .* from 'heddle/m.test(source)) return source
  const names = Object.keys(heddle).filter((name) => /^\w+$/.test(name) && name !== 'default')
  return `import { ${names.join(', ')} } from 'heddle'\n${source}`
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const block of blocks) {
    const path = join(folder, `${nameOf(block)}.m${block.language}`)
    writeFileSync(path, withImports(block))
  }
  const compilerOptions = {
    ...{ rootDir: '.', outDir: '.', declaration: false, declarationMap: false, sourceMap: false },
    ...{ noUnusedLocals: false, allowJs: false },
  }
  const config = {
    extends: '../../tsconfig.json',
    compilerOptions,
    include: ['*.mts'],
    exclude: [],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
})

test('there are programs in every document', () => {
  const files = new Set(blocks.map(({ where }) => where.split(':')[0]))
  expect([...files]).toEqual(expect.arrayContaining(['README.md', 'docs/guide.md', 'lib/async.ts']))
})

describe('the program', () => {
  test.each(blocks)('at $where', (block) => {
    const path = join(folder, `${nameOf(block)}.mjs`)
    const printed = execFileSync(process.execPath, [path], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const lines = printed.split('\n')
    for (const expected of expectedIn(block)) {
      expect(lines).toContain(expected)
      lines.splice(0, lines.indexOf(expected) + 1)
    }
  })
})
