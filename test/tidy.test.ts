/**
 * Checks of the code itself: what review should never have to say.
 *
 * Each rule is in the style guide with its reason. To break one, change it here and there, in a
 * commit that says why. Every rule is itself tested on offenders that are planted beside it.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { root } from './support/program.js'
import {
  type File,
  fileOf,
  findCycle,
  importsOf,
  layerOf,
  lines,
  longFunctions,
  nameOf,
  type Rule,
  trackedFiles,
} from './support/tidy.js'

/** What each layer may include besides itself, lowest first; as in the style guide. */
const MAY_INCLUDE: Record<string, readonly string[]> = {
  base: [],
  fiber: ['base'],
  sched: ['base', 'fiber'],
  ring: ['base'],
  io: ['base', 'fiber', 'sched', 'ring'],
  flow: ['base', 'sched'],
  kernels: ['base', 'fiber', 'sched', 'flow', 'io', 'include'],
  include: ['base', 'fiber', 'sched', 'io'],
  runtime: ['base', 'fiber', 'sched', 'ring', 'io', 'flow', 'kernels', 'include'],
  napi: ['base', 'runtime'],
  compat: [],
}

/** The part of `lib` that everything may import, and that imports nothing else. */
const LIB_GROUND = ['layout', 'native', 'native-api', 'frame-api', 'errors']

/** What a user imports. Nobody else does. */
const LIB_ENTRIES = ['index', 'fs']

const LINES_MAX = 400
const COLUMNS_MAX = 100
const FUNCTION_LINES_MAX = 70

/** How far above a memory order its reason may stand. */
const REASON_LINES = 6

const SOURCE = /\.(h|hpp|c|cc|S|ts|mts|cts|js|mjs|cjs)$/
const NATIVE = /^native\/.*\.(h|cc)$/

const rules: Rule[] = [
  {
    says: `a file has at most ${LINES_MAX} lines`,
    of: SOURCE,
    find: (file) => (file.lines.length > LINES_MAX ? [LINES_MAX] : []),
    planted: [['lib/long.ts', `${'\n'.repeat(LINES_MAX)}x`]],
    fine: [['lib/long.ts', `${'\n'.repeat(LINES_MAX - 1)}x\n`]],
  },
  {
    says: `a line has at most ${COLUMNS_MAX} columns`,
    of: SOURCE,
    find: lines((line) => [...line].length > COLUMNS_MAX),
    planted: [['lib/wide.ts', 'x'.repeat(COLUMNS_MAX + 1)]],
    fine: [['lib/wide.ts', 'µ'.repeat(COLUMNS_MAX)]],
  },
  {
    says: 'a file opens with a sentence that says what it is for',
    of: SOURCE,
    find: (file) => {
      const doxygen = String.raw`(\/\/\/ \\file\n)?\/\/\/? [\`\w]`
      const jsdoc = String.raw`\/\*\*? ?\n? ?\*? ?[\`\w]`
      const opening = new RegExp(String.raw`^(#!.*\n)?(#pragma once\n)?(${doxygen}|${jsdoc})`)
      return opening.test(file.text) ? [] : [0]
    },
    planted: [
      ['native/base/a.h', '#pragma once\n\n#include <vector>\n// Too late.\n'],
      ['lib/a.ts', "import { x } from './x.js'\n"],
    ],
    fine: [
      ['native/base/a.h', '#pragma once\n// Lists.\n'],
      ['native/include/heddle/a.h', '#pragma once\n/// \\file\n/// Lists.\n'],
      ['lib/a.ts', '/**\n * Lists.\n */\n'],
      ['lib/a.ts', '/** Lists. */\n'],
      ['scripts/a.mjs', '#!/usr/bin/env node\n// Lists.\n'],
    ],
  },
  {
    says: `a function has at most ${FUNCTION_LINES_MAX} lines`,
    of: SOURCE,
    find: (file) => longFunctions(file, FUNCTION_LINES_MAX),
    planted: [
      ['native/base/a.cc', `void f(int a,\n       int b) {\n${'  g();\n'.repeat(69)}}\n`],
      ['lib/a.ts', `  async f(): Promise<void> {\n${'    g()\n'.repeat(69)}  }\n`],
    ],
    fine: [
      ['native/base/a.cc', `void f(int a,\n       int b) {\n${'  g();\n'.repeat(67)}}\n`],
      ['native/base/a.cc', `class A {\n${'  int a();\n'.repeat(90)}};\n`],
      ['test/a.test.ts', `describe('x', () => {\n${"  test('y', z)\n".repeat(90)}})\n`],
    ],
  },
  {
    says: 'native code includes what its layer may',
    of: NATIVE,
    find: lines((line, _, { path }) => {
      const folder = /^#include "(\w+)\//.exec(line)?.[1]
      const target = folder === 'heddle' ? 'include' : folder
      const layer = layerOf(path)
      // Where the checker's atomics come in.
      if (target === 'model') return layer !== 'base'
      if (target === undefined || (target === layer && layer in MAY_INCLUDE)) return false
      return !MAY_INCLUDE[layer]?.includes(target)
    }),
    planted: [
      ['native/base/a.h', '#include "sched/task.h"\n'],
      ['native/sched/a.cc', '#include "io/file.h"\n'],
      ['native/napi/a.cc', '#include "sched/task.h"\n'],
      ['native/sched/a.cc', '#include "model/atomic.h"\n'],
      ['native/new/a.cc', '#include "base/list.h"\n'],
    ],
    fine: [
      ['native/io/a.cc', '#include "ring/ring.h"\n#include "io/file.h"\n#include <vector>\n'],
      ['native/include/heddle/kernel.h', '#include "heddle/abi.h"\n'],
      ['native/base/atomic.h', '#include "model/atomic.h"\n'],
    ],
  },
  {
    says: 'native/napi alone knows Node',
    of: /^native\/(?!napi\/).*\.(h|cc)$/,
    find: lines((line) => /^#include [<"](napi|node|node_api|js_native_api|uv|v8)\b/.test(line)),
    planted: [['native/runtime/a.cc', '#include <uv.h>\n']],
    fine: [['native/runtime/a.cc', '#include <unistd.h>\n']],
  },
  {
    says: 'shared words are heddle::Atomic, so that the checker sees them',
    of: /^native\/(?!base\/atomic\.h$).*\.(h|cc)$/,
    find: lines((line) => /std::atomic\b|std::atomic_|<atomic>|__atomic_|__sync_/.test(line)),
    planted: [
      ['native/io/a.h', 'std::atomic<int> n;\n'],
      ['native/io/a.h', 'std::atomic_thread_fence(std::memory_order_seq_cst);\n'],
    ],
    fine: [['native/io/a.h', 'Atomic<int> n;\n']],
  },
  {
    says: 'an atomic operation says its order',
    of: NATIVE,
    find: lines((line) => /\.(load\(\)|(exchange|fetch_\w+)\([^(),]*\))/.test(line)),
    planted: [
      ['native/io/a.h', 'n_.load();\n'],
      ['native/io/a.h', 'n_.fetch_add(1);\n'],
    ],
    fine: [['native/io/a.h', 'n_.fetch_add(1, relaxed);\nstd::exchange(n_, 1);\n']],
  },
  {
    says: 'an order stronger than relaxed says what it is for',
    of: NATIVE,
    find: lines((line, at, file) => {
      const code = line.replace(/\/\/.*/, '')
      const strong = /\b(acquire|release|acq_rel|seq_cst)\)/.test(code) || ORDER_ARGUMENT.test(code)
      if (!strong || /^(native\/base\/atomic\.h)$/.test(file.path)) return false
      const near = file.lines.slice(Math.max(0, at - REASON_LINES), at + 1)
      return !near.some((other) => other.includes('//'))
    }),
    planted: [
      ['native/io/a.h', 'n_.store(1, release);\n'],
      ['native/io/a.h', '// Far.\n\n\n\n\n\n\nfence(seq_cst);\n'],
      ['native/io/a.h', 'while (!n_.compare_exchange_weak(n, m, acq_rel,\n  relaxed)) continue;\n'],
    ],
    fine: [
      ['native/io/a.h', '// Release pairs with the acquire in take().\nn_.store(1, release);\n'],
      ['native/io/a.h', 'n_.store(1, relaxed);\nrelease(n);\n'],
    ],
  },
  {
    says: 'an assembly file asks for no executable stack',
    of: /\.S$/,
    find: ({ text }) => (text.includes('.note.GNU-stack') ? [] : [0]),
    planted: [['native/fiber/a.S', '// Code.\nret\n']],
    fine: [['native/fiber/a.S', '// Code.\n.section .note.GNU-stack, "", @progbits\n']],
  },
  {
    says: 'a TODO has a page in docs',
    of: /^(?!test\/tidy\.test\.ts$)/,
    find: lines((line) => {
      if (!/\bTODO\b/.test(line)) return false
      const page = /\bdocs\/[\w./-]+\.md\b/.exec(line)?.[0]
      return page === undefined || !existsSync(join(root, page))
    }),
    planted: [
      ['lib/a.ts', '// TODO: later\n'],
      ['lib/a.ts', '// TODO: docs/no/such/page.md\n'],
    ],
    fine: [['lib/a.ts', '// Not a todo.\n']],
  },
  {
    says: 'no test is skipped, and none runs alone',
    of: /^test\/(?!tidy\.test\.ts$).*\.ts$/,
    find: lines((line) =>
      /\b(it|test|describe|suite|bench)(\.\w+)*\.(skip|only|todo)\b/.test(line),
    ),
    planted: [
      ['test/a.test.ts', "it.skip('x', y)\n"],
      ['test/a.test.ts', "test.concurrent.only('x', y)\n"],
      ['test/a.test.ts', "describe.only('x', y)\n"],
    ],
    fine: [['test/a.test.ts', "test.skipIf(process.platform !== 'linux')('x', y)\n"]],
  },
  {
    says: 'no file names a machine, a home or a registry',
    of: /^(?!test\/tidy\.test\.ts$)/,
    find: lines(
      (line) => /(^|[\s"'`=:(])\/(home|root|Users|work)\/\w/.test(line) || HOST.test(line),
    ),
    planted: [
      ['CMakeLists.txt', 'set(HERE "/home/someone/heddle")\n'],
      ['.npmrc', 'registry=https://registry.example.org/npm/\n'],
      ['package-lock.json', '"resolved": "http://10.0.0.7:4873/vitest/-/vitest-4.1.0.tgz"\n'],
    ],
    fine: [['package-lock.json', '"url": "https://github.com/sponsors/x"\n"a": "test/work/x"\n']],
  },
  {
    says: 'lib/native.ts alone loads the addon',
    of: /^lib\/(?!native\.ts$).*\.m?ts$/,
    find: lines((line) => /node-gyp-build|process\.dlopen|\.node['"]/.test(line)),
    planted: [['lib/a.ts', "require('node-gyp-build')(root)\n"]],
    fine: [['lib/a.ts', "import { native } from './native.js'\n"]],
  },
  {
    says: 'lib imports downward: entries, classes, ground',
    of: /^lib\/[^/]*\.ts$/,
    find: (file) => (importsOf(file).every(({ to }) => mayImport(file, to)) ? [] : [0]),
    planted: [
      ['lib/async.ts', "import { Scheduler } from './index.js'\n"],
      ['lib/errors.ts', "import type { Async } from './async.js'\n"],
      ['lib/native.ts', "import {\n  a,\n  b,\n} from './scope.js'\n"],
    ],
    fine: [
      ['lib/index.ts', "export * from './async.js'\n"],
      ['lib/native.ts', "import { HeddleError } from './errors'\nimport fs from 'node:fs'\n"],
    ],
  },
]

/** An order as an argument that is not the last. */
const ORDER_ARGUMENT = /\.\w+\(.*\b(acquire|release|acq_rel|seq_cst),/

const HOST = /\b(registry|npm|pypi|artifactory)\.[\w-]+\.\w+\/|https?:\/\/(localhost|\d+\.\d+\.)/

function mayImport(file: File, to: string): boolean {
  if (LIB_ENTRIES.includes(to)) return false
  return !LIB_GROUND.includes(nameOf(file.path)) || LIB_GROUND.includes(to)
}

const files = trackedFiles()
const libFiles = files.filter(({ path }) => /^lib\/[^/]*\.ts$/.test(path))

describe('the code', () => {
  test.each(rules)('$says', ({ of, find }) => {
    const about = files.filter(({ path }) => of.test(path))
    expect(about).not.toEqual([])
    expect(about.flatMap((file) => find(file).map((at) => `${file.path}:${at + 1}`))).toEqual([])
  })

  test('native/sources.json lists what there is to compile', () => {
    const text = readFileSync(join(root, 'native/sources.json'), 'utf8')
    const layers: Record<string, string[]> = JSON.parse(text)
    const compiled = files.filter(({ path }) => /^native\/.*\.(c|cc|S)$/.test(path))
    const listed = Object.values(layers).flat()
    expect(listed.map((path) => `native/${path}`).sort()).toEqual(
      compiled.map(({ path }) => path).sort(),
    )
    const strays = Object.entries(layers).flatMap(([layer, paths]) =>
      paths.filter((path) => dirname(path).split('/')[0] !== layer),
    )
    expect(strays).toEqual([])
  })

  test('lib has no circle of imports', () => {
    expect(findCycle(libFiles)).toEqual([])
  })
})

describe('each rule', () => {
  const cases = rules.flatMap((rule) => [
    ...rule.planted.map(([path, text]) => ({ ...rule, path, text, offends: true })),
    ...rule.fine.map(([path, text]) => ({ ...rule, path, text, offends: false })),
  ])

  test.each(cases)('$says: $path, $offends', ({ of, find, path, text, offends }) => {
    expect(of.test(path)).toBe(true)
    expect(find(fileOf(path, text)).length > 0).toBe(offends)
  })

  test('a circle of imports is found, and one of types is none', () => {
    const a = fileOf('lib/a.ts', "import { b } from './b.js'\n")
    const b = fileOf('lib/b.ts', "import { c } from './c.js'\n")
    const c = fileOf('lib/c.ts', "import { a } from './a.js'\n")
    const typed = fileOf('lib/c.ts', "import type { a } from './a.js'\n")
    expect(findCycle([a, b, c])).toEqual(['a', 'b', 'c', 'a'])
    expect(findCycle([a, b, typed])).toEqual([])
  })
})
