// `npm test`: every test of every layer; at the end what failed, and `N passed, N failed`.
// `npm run test:deep` repeats what is random, and runs the C++ tests on the other architecture.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { buildAddon, buildNative, buildTypeScript } from './build.mjs'
import { biome, clangFormat } from './format.mjs'
import { setup } from './setup.mjs'
import { Failure, filtered, root, run, script, succeeds } from './tools.mjs'

const REPEATS = 20

/** The circumstances without io_uring in which the tests of I/O run once more; see without.cc. */
const POOR = ['threads', 'seccomp', 'memlock-64k', 'memlock-0']
const POOR_FILES = ['test/lib/io', 'test/lib/file', 'test/lib/fs']
const POOR_PROGRAMS = ['--tests-regex', '^(io|runtime)/', '--label-regex', 'test|stress']

/** A name and a reason for each: said again at the end, as logs are cut off at their beginning. */
const failures = []

/** Lines of a reason that are said again. */
const REASON = 12

/** A runner returns what passed and what failed, or nothing where it cannot run. */
const RUNNERS = {
  biome: () => check(biome([])),
  'clang-format': () => check(clangFormat(['--dry-run', '-Werror'])),
  'ctest release': () => ctest('release'),
  types,
  vitest,
  ...Object.fromEntries(POOR.map((how) => [`I/O ${how}`, () => poor(how)])),
  'ctest asan': () => ctest('asan'),
  'ctest tsan': () => ctest('tsan'),
}

const DEEP_RUNNERS = {
  'stress release': () => ctest('release', ...stress),
  'stress asan': () => ctest('asan', ...stress),
  'stress tsan': () => ctest('tsan', ...stress),
  'vitest again': repeatVitest,
  'ctest arm64': arm64,
}

const stress = ['--label-regex', 'stress', '--repeat', `until-fail:${REPEATS}`]

function check(status) {
  if (status === undefined) return undefined
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function ctest(name, ...options) {
  await buildNative(name)
  return runCtest([], name, options)
}

/** `launcher` is a program, and its arguments, that runs ctest. */
async function runCtest(launcher, name, options) {
  const parallel = ['--parallel', String(availableParallelism())]
  const args = ['--test-dir', `out/${name}`, '--output-on-failure', ...parallel, ...options]
  const [command, ...rest] = [...launcher, 'ctest', ...args]
  const { lines } = await filtered(command, rest, () => false)
  const [, failed, total] = /(\d+) tests failed out of (\d+)/.exec(lines.join('\n')) ?? [0, 0, 0]
  for (const line of lines.slice(lines.lastIndexOf('The following tests FAILED:') + 1)) {
    const [, test] = /^\s*\d+ - (.*)/.exec(line) ?? []
    if (failed > 0 && test) failures.push([test, ''])
  }
  return { passed: total - failed, failed: Number(failed) }
}

/** Whether the tests have the right types; to run, they need none. */
function types() {
  buildTypeScript() // Tests also use dist/, by the name `heddle`.
  // The renderer reads arrays in loops, and its tests have its types.
  const projects = ['test', 'test/renderer.tsconfig.json']
  const tsc = 'node_modules/typescript/bin/tsc'
  const all = projects.map((project) => run(process.execPath, [tsc, '-p', project]))
  return check(Math.max(...all))
}

async function vitest() {
  await buildAddon()
  buildTypeScript()
  return runVitest([])
}

/** `launcher` as above. All tests, or those of some files. */
function runVitest(launcher, files = []) {
  const report = join(root, 'out', 'vitest.json')
  const unhandled = join(root, 'out', 'unhandled.txt')
  for (const file of [report, unhandled]) rmSync(file, { force: true })
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const program = [process.execPath, 'node_modules/vitest/vitest.mjs', 'run']
  const [command, ...rest] = [...launcher, ...program, ...reporters, ...files]
  const status = run(command, rest)
  if (existsSync(unhandled)) {
    failures.push(['outside of any test', readFileSync(unhandled, 'utf8')])
  }
  if (!existsSync(report)) return { passed: 0, failed: 1 }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'))
  for (const { name, message, assertionResults } of testResults) {
    if (message) failures.push([name, message])
    for (const { status, fullName, failureMessages } of assertionResults) {
      if (status === 'failed') failures.push([`${name}: ${fullName}`, failureMessages.join('\n')])
    }
  }
  // A file that does not load, or an error outside of any test, has no failed test to count.
  return { passed: numPassedTests, failed: Math.max(numFailedTests, status === 0 ? 0 : 1) }
}

async function repeatVitest() {
  const counts = []
  for (let n = 0; n < REPEATS; n++) counts.push(await vitest())
  return sum(counts)
}

/** The tests of I/O where there is no io_uring, or little. */
async function poor(how) {
  await buildNative('release')
  buildTypeScript()
  const launcher = [join(root, 'out', 'release', 'without'), how]
  if (run(launcher[0], [how, 'true']) !== 0) return undefined // It has said why.
  // All others ask for both engines themselves.
  if (how === 'threads') return runVitest(launcher, ['test/lib/fs', 'test/lib/io-without'])
  return sum([runVitest(launcher, POOR_FILES), await runCtest(launcher, 'release', POOR_PROGRAMS)])
}

function sum(counts) {
  return counts.reduce((all, { passed, failed }) => ({
    passed: all.passed + passed,
    failed: all.failed + failed,
  }))
}

/** The C++ tests on AArch64, in an emulator. The checker's are left out: they would take hours. */
async function arm64() {
  const tools = ['aarch64-linux-gnu-g++', 'qemu-aarch64-static']
  if (!tools.every((tool) => succeeds(tool, ['--version']))) return undefined
  return ctest('arm64', '--label-regex', 'test|stress|bench')
}

/** Runs one runner. One that breaks, or runs nothing, has failed. */
async function outcome(runner) {
  try {
    const counts = await runner()
    if (counts?.passed === 0 && counts.failed === 0) return { passed: 0, failed: 1 }
    return counts
  } catch (error) {
    console.error(error instanceof Failure ? `heddle: ${error.message}` : error)
    return { passed: 0, failed: 1 }
  }
}

await script(import.meta.url, async () => {
  setup({ tests: true })
  const deep = process.argv.includes('--deep')
  const runners = deep ? { ...RUNNERS, ...DEEP_RUNNERS } : RUNNERS
  const summary = []
  let passed = 0
  let failed = 0
  for (const [name, runner] of Object.entries(runners)) {
    console.log(`\n=== ${name}`)
    const start = performance.now()
    const counts = await outcome(runner)
    const seconds = ((performance.now() - start) / 1000).toFixed(0)
    passed += counts?.passed ?? 0
    failed += counts?.failed ?? 0
    const result = counts ? `${counts.passed} passed, ${counts.failed} failed` : 'not possible here'
    summary.push(`${name.padEnd(16)}${result}, ${seconds} s`)
  }
  const again = failures.map(([name, reason]) =>
    [`FAILED ${name}`, ...reason.split('\n').slice(0, REASON)].join('\n  '),
  )
  console.log(['\n===', ...again, ...summary, `${passed} passed, ${failed} failed`].join('\n'))
  return failed === 0 ? 0 : 1
})
