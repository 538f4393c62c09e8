/**
 * Kernels as compilers, bundlers and coverage tools leave them: what they add is tolerated where
 * that is safe, and else called by a name that its author knows.
 *
 * The tools themselves run here. Where one is too large to depend on, what it has made stands here,
 * with its version.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'

import { transformSync as swc } from '@swc/core'
import { transformSync as esbuild, type TransformOptions } from 'esbuild'
import { minifySync, moduleRunnerTransform, transformWithOxc } from 'vite'
import { describe, expect, test } from 'vitest'

import { type KernelFunction, readKernel } from '../../dist/kernel-text.js'
import { root } from '../support/program.js'

const SOURCE = `
import half, { gain, scale as by } from './part.js'
export const plain = (t: unknown, i: number, { out }: { out: number[] }): void => {
  const square = (x: number): number => x * x
  class Counter {
    #n: number = 1_0
    next(): number { return ++this.#n }
  }
  for (const counter of [new Counter()]) out[i] = square(i) + counter.next() + (out?.length ?? 0)
}
export function fib(t: unknown, n: number): number {
  return n < 2 ? n : fib(t, n - 1) + fib(t, n - 2)
}
export const fac = (t: unknown, n: number): number => (n < 2 ? 1 : n * fac(t, n - 1))
export function* count(t: unknown, n: number): Generator<number> { yield* [n, n + 1] }
let total = 0
export const captures = (): number => total++ + fac.length
export const imports = (t: unknown, i: number): number => half(i) * gain + by(i)
export const spread = (t: unknown, a: object): object => ({ ...a })
export const waits = (t: unknown): unknown => (async () => await 1)()
`

type Kernels = Record<string, KernelFunction>

const part = { __esModule: true, default: () => 1, gain: 1, scale: () => 1 }

/** The exports of a CommonJS module. */
function load(code: string): Kernels {
  const module = { exports: {} }
  new Function('module', 'exports', 'require', code)(module, module.exports, () => part)
  return module.exports
}

function withEsbuild(options: TransformOptions): Kernels {
  return load(esbuild(SOURCE, { loader: 'ts', format: 'cjs', target: 'es2022', ...options }).code)
}

function withSwc(target: 'es5' | 'es2017' | 'es2022', options: object = {}): Kernels {
  const jsc = { parser: { syntax: 'typescript' as const }, target, ...options }
  const { code } = swc(SOURCE, { module: { type: 'commonjs' }, jsc, swcrc: false })
  return load(code)
}

function withTypeScript(target: string): Kernels {
  const folder = join(root, 'out/kernel-compilers')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'kernels.ts'), SOURCE)
  writeFileSync(
    join(folder, 'part.ts'),
    `export const gain = 1
    export const scale = (i: number): number => i
    export default scale`,
  )
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const types = ['--ignoreConfig', '--types', '', '--strict']
  const made = ['--module', 'commonjs', '--target', target, '--esModuleInterop']
  execFileSync(process.execPath, [compiler, ...types, ...made, 'kernels.ts'], { cwd: folder })
  return load(readFileSync(join(folder, 'kernels.js'), 'utf8'))
}

/** As vite's own server and vitest run a module. */
async function withVite(isMinified: boolean): Promise<Kernels> {
  const { code } = await transformWithOxc(SOURCE, 'kernels.ts', { target: 'es2022' })
  const made = isMinified ? minifySync('kernels.js', code).code : code
  const module = await moduleRunnerTransform(made, null, 'kernels.js', SOURCE)
  const names = ['__vite_ssr_import__', '__vite_ssr_exportName__']
  const run = new Function(...names, `return (async () => { ${module?.code} })()`)
  const kernels: Kernels = {}
  await run(
    () => part,
    (name: string, get: () => KernelFunction) => Object.defineProperty(kernels, name, { get }),
  )
  return kernels
}

function remake(f: KernelFunction): (...args: unknown[]) => unknown {
  return runInNewContext(readKernel(f).expression)
}

function refusal(f: KernelFunction): string {
  try {
    return `accepted: ${readKernel(f).expression}`
  } catch (error) {
    return (error as Error).message
  }
}

const newest: [string, () => Kernels | Promise<Kernels>][] = [
  ['esbuild', () => withEsbuild({})],
  ['esbuild, keeping names', () => withEsbuild({ keepNames: true })],
  ['esbuild, as tsx has it', () => withEsbuild({ keepNames: true, minifyWhitespace: true })],
  ['esbuild, minifying', () => withEsbuild({ minify: true })],
  ['swc', () => withSwc('es2022')],
  ['swc, minifying', () => withSwc('es2022', { minify: { mangle: true, compress: true } })],
  ['TypeScript', () => withTypeScript('es2022')],
  ['vite', () => withVite(false)],
  ['vite, minifying', () => withVite(true)],
]

describe.each(newest)('%s', (_, compile) => {
  test('leaves kernels that run anywhere', async () => {
    const kernels = await compile()
    const out: number[] = []
    remake(kernels.plain as KernelFunction)(null, 3, { out })
    expect(out[3]).toBe(20)
    expect(remake(kernels.fib as KernelFunction)(null, 10)).toBe(55)
    expect(remake(kernels.fac as KernelFunction)(null, 5)).toBe(120)
    const counted = remake(kernels.count as KernelFunction)(null, 1)
    expect([...(counted as Iterable<number>)]).toEqual([1, 2])
    expect(remake(kernels.spread as KernelFunction)(null, { a: 1 })).toEqual({ a: 1 })
    expect(await remake(kernels.waits as KernelFunction)()).toBe(1)
  })

  test('leaves captures that are found', async () => {
    const { captures } = await compile()
    expect(refusal(captures as KernelFunction)).toMatch(/'\w+' \(line \d+:\d+\) and '\w+' \(line/)
  })

  test('leaves imports that are found, and called by their names', async () => {
    const { imports } = await compile()
    const message = refusal(imports as KernelFunction)
    const names = [...message.matchAll(/'(\w+)'( of '\w+')? \(line \d+:\d+, an import\)/g)]
    expect(names.map(([, name]) => name)).toEqual(['default', 'gain', 'scale'])
    expect(message).toMatch(/: pass them by uses, or name the kernel by its module: kernel\(url, /)
  })
})

const older: [string, string[], () => Kernels][] = [
  ['esbuild', ['__async', '__privateAdd'], () => withEsbuild({ target: 'es2016' })],
  ['swc', ['_async_to_generator', '_class_private_field_init'], () => withSwc('es5')],
  ['TypeScript', ['__awaiter', '__classPrivateFieldSet'], () => withTypeScript('es2015')],
]

describe.each(older)('%s for an older JavaScript', (_, helpers, compile) => {
  test('leaves calls of its helpers, which are called so', () => {
    const { waits, plain } = compile()
    for (const [i, f] of [waits, plain].entries()) {
      const message = refusal(f as KernelFunction)
      const others = message.replaceAll(/'\w+' \(line \d+:\d+, its compiler's helper\)/g, '')
      expect(message).toContain(helpers[i])
      expect(others).toMatch(
        /^the kernel '\w+' captures [, and]*: compile it for ES2022 or newer, /,
      )
    }
  })
})

/** By what made it. `f` is the kernel. */
const recorded: [string, string, string][] = [
  [
    'Babel 7.29 for the web of 2013',
    `f = function f(t, a) {
      return _objectSpread(_objectSpread({}, a), {}, { b: [].concat(_toConsumableArray(a.b)) });
    }`,
    "'_objectSpread' (line 2:14, its compiler's helper) and '_toConsumableArray' (line 2:69, ",
  ],
  [
    'Babel 7.29, a generator',
    'f = /*#__PURE__*/(x => x)(function () { return _regenerator().m(function g() {}, g) })',
    "'_regenerator' (line 1:22, its compiler's helper)",
  ],
  [
    'Babel 7.29, an import',
    'f = t => (0, _part.default)(t) * _part.gain',
    "'default' of '_part' (line 1:10, an import) and 'gain' of '_part' (line 1:30, an import)",
  ],
  [
    'webpack 5',
    'f = (t) => (0,_part_js__WEBPACK_IMPORTED_MODULE_0__.half)(t)',
    "'half' (line 1:11, an import)",
  ],
  [
    'TypeScript 5.9 with importHelpers',
    'f = function (t, a) { return tslib_1.__assign({}, a); }',
    "'__assign' (line 1:26, its compiler's helper)",
  ],
  [
    'esbuild 0.28, minifying but keeping names',
    'f = t=>{const n=e(()=>t,"square");class r{static{e(this,"Counter")}}return n()}',
    "'e' (line 1:13, perhaps what a minifier left of keepNames): bundle without keepNames, or ",
  ],
  [
    'a program that has such names itself',
    'f = (t) => _values.length + _t + __name(t) + cov_matrix().s + _assign(t)',
    "'length' of '_values' (line 1:8, an import), '_t' (line 1:25), '__name' (line 1:30), " +
      "'cov_matrix' (line 1:42) and '_assign' (line 1:59): pass 'length' by uses, ",
  ],
]

test.each(recorded)('what is known of %s', (_, code, message) => {
  expect(refusal(new Function(`var f; ${code}; return f`)())).toContain(`captures ${message}`)
})

describe('coverage', () => {
  /** istanbul-lib-instrument 6.0.3. */
  const instrumented = `(t, n = (cov_2s9r89t7j().b[0][0]++, 1)) => {
    cov_2s9r89t7j().f[0]++;
    cov_2s9r89t7j().s[1]++;
    if ((cov_2s9r89t7j().b[2][0]++, n > 1) || (cov_2s9r89t7j().b[2][1]++, t)) {
      cov_2s9r89t7j().b[1][0]++;
      cov_2s9r89t7j().s[2]++;
      return n ? (cov_2s9r89t7j().b[3][0]++, 42) : (cov_2s9r89t7j().b[3][1]++, 0);
    } else {
      cov_2s9r89t7j().b[1][1]++;
      cov_2s9r89t7j().s[3]++;
      n++;
    }
    cov_2s9r89t7j().s[4]++;
    for (let i = (cov_2s9r89t7j().s[5]++, 0); i < 3; i++) {
      cov_2s9r89t7j().s[6]++;
      n += i;
    }
    cov_2s9r89t7j().s[9]++;
    return (x => {
      cov_2s9r89t7j().f[1]++;
      cov_2s9r89t7j().s[10]++;
      return x + 37;
    })(n);
  }`

  test.each([
    ['istanbul', instrumented],
    ['istanbul, compact', instrumented.replaceAll(/\s*\n\s*/g, '')],
    ['istanbul, minified', esbuild(`f = ${instrumented}`, { minify: true }).code],
    ['an old istanbul', instrumented.replaceAll('cov_2s9r89t7j()', '__cov_hVxQjHuOzI')],
    ['istanbul without semicolons', instrumented.replaceAll(/;$/gm, '')],
    ['a global', instrumented.replaceAll('cov_2s9r89t7j()', "__coverage__['a/b.js']")],
  ])('of %s counts nothing where it cannot', (_, text) => {
    const f = remake(new Function(`let f; return ${text}`)())
    expect([f(0), f(0, 2), f(1)]).toEqual([42, 42, 42])
  })

  test('leaves everything in its place', () => {
    const f = new Function('return (t) => {cov_1().s[0]++;\n  cov_1().b[0][1]++; return x }')()
    expect(refusal(f)).toContain("'x' (line 2:29)")
    const { expression } = readKernel(new Function(`return ${instrumented}`)())
    expect(expression).toHaveLength(instrumented.length + '(()=>{"use strict";return()})()'.length)
  })
})

test('what runs this test leaves imports that are called by their names', () => {
  expect(refusal(() => root)).toContain("captures 'root' (line 1:7, an import)")
  expect(refusal(() => import.meta.url)).toContain("captures 'import.meta' (line 1:7, of its")
  expect(refusal(() => import('node:fs'))).toContain("captures 'import()' (line 1:7, of its")
})
