/**
 * Kernels that are given as functions: every form of text runs where nothing of this program is,
 * and whatever cannot is refused by name.
 */
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'

import { describe, expect, test } from 'vitest'

import { KernelError } from '../../dist/index.js'
import { isGlobal } from '../../dist/kernel-globals.js'
import { parseKernel } from '../../dist/kernel-source.js'
import { type KernelFunction, readKernel } from '../../dist/kernel-text.js'

/** The value of an expression in sloppy code, untouched by what compiles this file. */
function make(expression: string): KernelFunction {
  return new Function(`return ${expression}`)()
}

/** The function that an expression makes where there are only ECMAScript's globals. */
function remake(expression: string, given: object = {}): (...args: unknown[]) => unknown {
  return runInNewContext(expression, { ...given })
}

function refusal(f: KernelFunction, given: string[] = []): KernelError {
  try {
    readKernel(f, new Set(given))
  } catch (error) {
    expect(error).toBeInstanceOf(KernelError)
    return error as KernelError
  }
  throw new Error(`accepted: ${f}`)
}

describe('a kernel may be', () => {
  test.each([
    ['an arrow', '(t, a, b) => a * b'],
    ['an arrow of one parameter', 't => 42'],
    ['an arrow with a block', '(t, a, b) => {\n  return a * b\n}'],
    ['an arrow that gives an object', '(t, a, b) => ({ valueOf: () => a * b })'],
    ['a function without a name', 'function (t, a, b) { return a * b }'],
    ['a function with a name', 'function times(t, a, b) { return a * b }'],
    ['made by Function', "new Function('t', 'a', 'b', 'return a * b')"],
    ['a method', '({ times(t, a, b) { return a * b } }).times'],
    ['a method called async', '({ async(t, a, b) { return a * b } }).async'],
    ['a method called get', '({ get(t, a, b) { return a * b } }).get'],
    ['a method called static', '({ static(t, a, b) { return a * b } }).static'],
    ['a method called function', '({ function(t, a, b) { return a * b } }).function'],
    ['a method called class', '({ class(t, a, b) { return a * b } }).class'],
    ['a method with a computed name', "({ ['a' + 'b'](t, a, b) { return a * b } }).ab"],
    ['a method with a captured name', "(k => ({ [k](t, a, b) { return a * b } })[k])('x')"],
    ['a method with a string for a name', "({ 'a b'(t, a, b) { return a * b } })['a b']"],
    ['a method with a number for a name', '({ 0x10(t, a, b) { return a * b } })[16]'],
    ['a method called __proto__', "({ ['__proto__'](t, a, b) { return a * b } })['__proto__']"],
    [
      'a method with a symbol',
      '({ [Symbol.iterator](t, a, b) { return a * b } })[Symbol.iterator]',
    ],
    ['a method of a class', 'new (class { times(t, a, b) { return a * b } })().times'],
    ['a static method', 'class { static times(t, a, b) { return a * b } }.times'],
    ['a static method called static', 'class { static static(t, a, b) { return a * b } }.static'],
    ['a private method', 'class { static #x(t, a, b) { return a * b } static y = this.#x }.y'],
    ['a field', 'new (class { times = (t, a, b) => a * b })().times'],
    ['an arrow called __proto__', "({ ['__proto__']: (t, a, b) => a * b })['__proto__']"],
    ['a recursive function', `function fib(t, n) { return n === 6 ? 42 : fib(t, n + 1) }`],
    ['a recursive arrow', '(() => { const f = (t, n) => n === 6 ? 42 : f(t, n + 1); return f })()'],
    [
      'a recursive function without a name',
      '{ f: function (t, n) { return n > 41 ? n : f(t, n + 1) } }.f',
    ],
    [
      'of many lines',
      'function f(\n  t, // the context\n  a,\n  b /* what */,\n) {\n  return a * b }',
    ],
    ['one with a default', '(t, a, b = a + 1) => a * b'],
    ['one that takes things apart', '(t, ...[a, b, { c = 1, ...d } = {}]) => a * b * c'],
    ['one that uses arguments', 'function () { return arguments[1] * arguments[2] }'],
    ['one that uses this', 'function (t, a, b) { return this === undefined ? a * b : 0 }'],
    ['one that uses new.target', 'function (t, a, b) { return new.target ?? a * b }'],
    [
      'one that uses globals',
      '(t, a, b) => Math.imul(a, b) + (globalThis.no ?? 0) + +[undefined] * 0 || 42',
    ],
    ['one that asks typeof of a global', "(t, a, b) => typeof Temporal === 'nope' ? 0 : a * b"],
    [
      'one with a literal of each kind',
      `(t, a, b) => a * b + (/[/]\`[{]/gu.test(\`a\${1_0}\`) ? 1n : 0)`,
    ],
    [
      'one with a class',
      '(t, a, b) => new (class A { #p = a; static s = 1; get v() { return this.#p * b } })().v',
    ],
    ['one with a function for each need', '(t, a, b) => { f(); function f() { a *= b } return a }'],
    ['one with an indirect eval', "(t, a, b) => a * (0, eval)('1') * b"],
  ])('%s', (_, expression) => {
    const { expression: sent, kind, mentions } = readKernel(make(expression))
    expect({ kind, mentions }).toEqual({ kind: 'plain', mentions: [] })
    expect(Number(remake(sent)(null, 6, 7))).toBe(42)
  })

  test.each([
    ['a function', 'function* count(t, n) { yield n; yield* [n + 1] }'],
    ['a function without a name', 'function* (t, n) { yield n; yield* [n + 1] }'],
    ['a method', '({ *count(t, n) { yield n; yield* [n + 1] } }).count'],
    ['a method with a computed name', "({ * ['count'](t, n) { yield n; yield* [n + 1] } }).count"],
    [
      'a private method',
      'class { static * #c(t, n) { yield n; yield n + 1 } static d = this.#c }.d',
    ],
  ])('a generator: %s', (_, expression) => {
    const { expression: sent, kind } = readKernel(make(expression))
    expect(kind).toBe('generator')
    expect([...(remake(sent)(null, 1) as Iterable<number>)]).toEqual([1, 2])
  })

  test('sent with its name', () => {
    const named = ['(() => { const shade = (t) => 1; return shade })()', '({ shade(t) {} }).shade']
    for (const text of [...named, 'function shade() {}', '({ shade: (t) => shade() }).shade']) {
      const { expression, name } = readKernel(make(text))
      expect([name, remake(expression).name]).toEqual(['shade', 'shade'])
    }
    expect(readKernel(make('() => 1')).name).toBe('')
  })

  test('sloppy code, and is strict where it runs', () => {
    const f = make('function () { return this }')
    expect(remake(readKernel(f).expression)()).toBeUndefined()
  })

  test('one whose name is no string', () => {
    const f = Object.defineProperty((t: unknown) => t, 'name', { value: 7 })
    expect(readKernel(f).name).toBe('')
  })

  test('an expression that keeps the lines, so that a stack names them', () => {
    const f = make('function shade(t) {\n  const a = 1\n  throw new Error(a)\n}')
    const { expression } = readKernel(f)
    expect(() => runInNewContext(`${expression}()`, {}, 'kernel.js')).toThrow(
      expect.objectContaining({ stack: expect.stringContaining('kernel.js:3:') }),
    )
  })

  test('given names, which come before its own and before globals', () => {
    const f = make('({ part: (t, i) => part(i) + Math + two + two }).part')
    const given = new Set(['two', 'three', 'Math', 'part'])
    const { expression, mentions } = readKernel(f, given)
    expect(mentions).toEqual(['part', 'Math', 'two'])
    expect(remake(expression, { part: (i: number) => i, Math: 1, two: 2 })(null, 5)).toBe(10)
  })

  test('one that hides given names', () => {
    const { mentions } = readKernel(make('function a(b) { let c = b; return a }'), new Set('abc'))
    expect(mentions).toEqual([])
  })
})

describe('a kernel may not be', () => {
  const todo = ': a kernel is a plain function, or a generator that waits by yield*'
  const strict = 'is not strict code, as a kernel must be'

  test.each<[string, KernelFunction, string]>([
    ['an async function', make('async function f() {}'), `'f' is async${todo}`],
    ['an async arrow', make('async (t) => 1'), `is async${todo}`],
    ['an async method', make('({ async f() {} }).f'), `'f' is async${todo}`],
    ['an async generator', make('async function* f() {}'), `'f' is async${todo}`],
    ['an async generator method', make('({ async *f() {} }).f'), `'f' is async${todo}`],
    ['a class', make('class A {}'), "'A' is a class: give it a function"],
    [
      'a class without a name',
      make('class { constructor() {} }'),
      'is a class: give it a function',
    ],
    [
      'a getter',
      make("Object.getOwnPropertyDescriptor({ get x() { return 1 } }, 'x').get"),
      "'get x' is a getter: give it a plain function",
    ],
    [
      'a setter',
      make("Object.getOwnPropertyDescriptor(class { static set x(v) {} }, 'x').set"),
      "'set x' is a setter: give it a plain function",
    ],
    ['native', Math.max, "'max' is native, so it has no text: give it a function that calls it"],
    [
      'bound',
      make('(function f() {}).bind(1)'),
      "'bound f' is bound, so it has no text: pass what it binds among the bindings",
    ],
    [
      'a proxy',
      new Proxy(() => 1, { get: () => expect.fail('asked') }),
      'is a proxy: give it the function itself',
    ],
    ['with', make('(t) => { with (t) {} }'), `${strict}: 'with' in strict mode (line 1:10)`],
    ['sloppy octal', make('(t) =>\n  017'), `${strict}: Invalid number (line 2:3)`],
  ])('%s', (_, f, message) => {
    expect(refusal(f).message).toBe(`the kernel ${message}`)
  })

  test.each([
    ['(t) => 1 +* 2', 'Unexpected token (line 1:11)'],
    ['(t) =>\n  {', 'Unexpected token (line 2:4)'],
    ['f(t) {\r\n  let a\u2028let a }', "Identifier 'a' has already been declared (line 3:5)"],
    ['#f(t) { return t..# }', 'Unexpected token (line 1:18)'],
    ["(t) => '", 'Unterminated string constant (line 1:8)'],
  ])('what does not parse: %s', (text, message) => {
    const refuse = (why: string) => new KernelError(why)
    expect(() => parseKernel(text, refuse)).toThrow(`does not parse: ${message}`)
  })

  test('one that calls eval', () => {
    const f = make('function f(t) {\n  return t + eval("t") }')
    expect(refusal(f).message).toBe(
      "the kernel 'f' calls eval (line 2:14), so what it captures cannot be checked: " +
        'call (0, eval), which sees globals only',
    )
  })

  test.each([4_000, 40_000])('one whose expressions nest %s deep', (n) => {
    const f = new Function('a', `return ${Array(n).fill('a').join('+')}`)
    expect(refusal(f as KernelFunction).message).toMatch(/nested too deeply|Not enough stack space/)
  })

  test('and the error has its name, and a code', () => {
    expect(refusal(make('class A {}'))).toMatchObject({ code: 'ERR_HEDDLE_KERNEL', kernel: 'A' })
    expect(refusal(make('class {}')).kernel).toBeUndefined()
  })
})

describe('a kernel may not capture', () => {
  const pass = 'pass it among the bindings, or by uses'
  const passAll = 'pass them among the bindings, or by uses'
  const byModule = 'name the kernel by its module instead: kernel(url, name)'
  const around = 'of the function around it'

  test.each([
    ['a variable', '(t) => gain', `'gain' (line 1:8): ${pass}`],
    ['two', '(t) =>\n gain +\n\tpart(gain)', `'gain' (line 2:2) and 'part' (line 3:2): ${passAll}`],
    [
      'three',
      '(t) => a + b + a + c',
      `'a' (line 1:8), 'b' (line 1:12) and 'c' (line 1:20): ${passAll}`,
    ],
    ['what it asks the type of', '(t) => typeof gain', `'gain' (line 1:15): ${pass}`],
    ['what it assigns to', '(t) => { gain = 1 }', `'gain' (line 1:10): ${pass}`],
    ['what it takes apart to', '(t) => { [gain.x] = t }', `'gain' (line 1:11): ${pass}`],
    ['what a default needs', '(t, { a = gain }) => a', `'gain' (line 1:11): ${pass}`],
    ['what a default does not see', '(t, a = b) => { var b }', `'b' (line 1:9): ${pass}`],
    [
      'what an inner function needs',
      '(t) => () => async () => gain',
      `'gain' (line 1:26): ${pass}`,
    ],
    ['what only a block has', '(t) => { { let a } a }', `'a' (line 1:20): ${pass}`],
    ['what every object has', '(t) => constructor', `'constructor' (line 1:8): ${pass}`],
    ['what globalThis inherits', '(t) => toString()', `'toString' (line 1:8): ${pass}`],
    [
      'this',
      '(t) => this',
      `'this' (line 1:8, ${around}): pass what it needs of it among the bindings`,
    ],
    [
      'arguments',
      '(t) => arguments',
      `'arguments' (line 1:8, ${around}): pass what it needs of it among the bindings`,
    ],
    [
      'a module',
      '() => [import("a"), require]',
      `'import()' (line 1:8, of its module) and 'require' (line 1:21, of its module): ${byModule}`,
    ],
  ])('%s', (_, expression, message) => {
    expect(refusal(make(expression)).message).toBe(`the kernel captures ${message}`)
  })

  test.each([
    ['new.target', 'function () { return () => new.target }', "'new.target'", around],
    ['this', 'function () { return (t) => { class A { [this.x]() {} } } }', "'this'", around],
    ['super', '({ f() { return () => super.f() } }).f', "'super'", 'of its object'],
  ])('%s of what made it', (_, expression, label, whose) => {
    const made = make(`(${expression})()`) as unknown as KernelFunction
    expect(refusal(made).message).toContain(`captures ${label} (line 1:`)
    expect(refusal(made).message).toContain(whose)
  })

  test.each([
    ['super', '({ f(t) { return super.f } }).f', "'f' captures 'super' (line 1:15, of its object)"],
    [
      'a private name',
      'new (class { #x = 1; m = (t) => t.#x })().m',
      "'m' captures '#x' (line 1:10, of the class around it)",
    ],
    [
      'a private name asked for',
      'new (class { #x; m(t) { return #x in t } })().m',
      "'m' captures '#x' (line 1:15, of the class around it)",
    ],
  ])('%s of a class', (_, expression, message) => {
    const f = make(expression)
    expect(refusal(f).message).toContain(message)
  })

  test('a global of the program, of which isolates know nothing', () => {
    Object.assign(globalThis, { heddleTest: 1 })
    try {
      expect(refusal(make('(t) => heddleTest')).message).toContain("captures 'heddleTest'")
    } finally {
      Reflect.deleteProperty(globalThis, 'heddleTest')
    }
  })

  test('a name that a method only seems to have', () => {
    const f = make('({ fib(t, n) { return fib(t, n) } }).fib')
    expect(refusal(f).message).toBe(
      "the kernel 'fib' captures 'fib' (line 1:20, a method does not know its own name): " +
        'write a function that has it as its name',
    )
    expect(readKernel(make('({ atob(t, n) { return atob(n) } }).atob')).mentions).toEqual([])
  })

  test('a name that may be its own or the global', () => {
    const f = make('({ atob: (t, n) => atob(n) }).atob')
    expect(refusal(f).message).toContain("'atob' (line 1:11, itself, or the global)")
  })

  test('what it got another name for', () => {
    const f = Object.defineProperty(make('function a() { return b }'), 'name', { value: 'b' })
    expect(refusal(f).message).toContain("the kernel 'b' captures 'b'")
  })

  test('anything, with advice for each kind', () => {
    const f = make("(t) => part_1.part(this.gain, import('a'), gain, scale)")
    expect(refusal(f, ['scale']).message).toBe(
      "the kernel captures 'part' of 'part_1' (line 1:8, an import), " +
        `'this' (line 1:20, ${around}), 'import()' (line 1:31, of its module) and ` +
        "'gain' (line 1:44): pass 'part' by uses, or name the kernel by its module: " +
        "kernel(url, name); pass what it needs of 'this' among the bindings; " +
        "name the kernel by its module instead: kernel(url, name); pass 'gain' among the " +
        'bindings, or by uses',
    )
  })
})

/** What node itself puts there for code that is given as text is no global of others. */
const WORKER = `
  const { parentPort } = require('node:worker_threads')
  const ofText = ['require', 'module', 'exports', '__filename', '__dirname']
  const names = Object.getOwnPropertyNames(globalThis)
  parentPort.postMessage(names.filter((name) => !ofText.includes(name)))
`

describe('globals', () => {
  test('are all that a worker has, and nothing of a module', async () => {
    const worker = new Worker(WORKER, { eval: true })
    const names: string[] = await new Promise((resolve) => worker.once('message', resolve))
    expect(names).toContain('structuredClone')
    expect(names.filter((name) => !isGlobal(name))).toEqual([])
    for (const name of ['require', 'module', 'self', 'window', 'describe', 'toString']) {
      expect(isGlobal(name)).toBe(false)
    }
  })
})
