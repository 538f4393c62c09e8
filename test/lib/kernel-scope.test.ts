/**
 * A function's free names are those that the engine looks up outside of it.
 *
 * The oracle is V8's own scopes: the function is made in a `with` whose object notes every name
 * that is looked up in it, and is run, all of it. First what people write, each with a point to it;
 * then random programs that open scopes in scopes and declare the same few names everywhere.
 */
import { types } from 'node:util'

import { expect, test } from 'vitest'

import { KernelError } from '../../dist/index.js'
import { freeMentions } from '../../dist/kernel-scope.js'
import { parseKernel } from '../../dist/kernel-source.js'

/** What can be called, made, iterated and computed with. Its properties are `member()`. */
function thing(member: () => unknown): object {
  const answers = new Map<unknown, unknown>([
    [Symbol.toPrimitive, () => 1],
    [Symbol.hasInstance, () => true],
    [Symbol.iterator, () => [member(), member(), member()].values()],
    [Symbol.asyncIterator, undefined],
    ['then', undefined],
  ])
  const self: object = new Proxy(function nameless() {}, {
    get: (_, key) => (answers.has(key) ? answers.get(key) : member()),
    set: () => true,
    has: () => true,
    apply: () => self,
    construct: () => self,
  })
  return self
}

/** Holds itself everywhere. */
const full: object = thing(() => full)
/** Holds nothing, so that defaults are asked for. */
const hollow: object = thing(() => undefined)

/** The names that are looked up while the function is made and run. Those with `$` are not ours. */
function lookedUp(text: string): Set<string> {
  const names = new Set<string>()
  const world = (value: unknown) =>
    new Proxy(Object.create(null), {
      has: (_, name) => !String(name).startsWith('$') && names.add(String(name)) !== undefined,
      get: (_, name) => (name === Symbol.unscopables ? undefined : value),
      set: () => true,
    })
  const make = `with ($world) return (function () { "use strict"; return (${text}) })()`
  const made = new Function('$world', make)
  run(made(world(full)), [full, full, full])
  for (const value of [hollow, undefined]) {
    try {
      run(made(world(value)), [value, value, value])
    } catch (error) {
      // There is nothing in it to take apart or to call.
      if (!(error instanceof TypeError || error instanceof ReferenceError)) throw error
    }
  }
  return names
}

function run(f: (...args: unknown[]) => unknown, args: unknown[]): void {
  const result = f(...args)
  // A generator runs when it is asked to.
  if (types.isGeneratorFunction(f)) for (const _ of result as Iterable<unknown>) void _
  if (result instanceof Promise) result.catch(() => {})
}

function foundIn(text: string): Set<string> {
  const { node } = parseKernel(text, (why) => expect.fail(`${why}: ${text}`))
  const names = freeMentions(node).map(({ name }) => name)
  return new Set(
    names.filter((name) => /^[a-zA-Z_]\w*$/.test(name) && !/^(this|super)$/.test(name)),
  )
}

const snippets = [
  // Parameters.
  '(t) => t',
  '(t) => a',
  '(t, b = a) => b',
  '(t, b = t) => b',
  '(t, i, { out, gain = scale }) => { out[i] = gain }',
  '(t, { a: b = c, [d]: e }) => b + e',
  '(t, [a, , b = c, ...d]) => [a, b, d]',
  '(t, ...[a, { b }]) => a + b',
  '(t, a, b, c = () => d) => { var d; return c() }',
  '(t, a, b, c = () => d) => { function d() {} return c() }',
  '(t, a, b, c = (t) => t + a + x) => c()',
  '(t, a, b, c = class { static x = y }) => c',
  'function (t) { return arguments.length + a }',
  'function f(t) { return (() => arguments[f.length])() }',
  'function f(t, a, b, g = f) { var f; return f }',
  'function (a, b) { var a; return a + b + c }',
  // var, let, const, function.
  '() => { a = 1; var a }',
  '() => { { var a } return a }',
  '() => { { let a } return a }',
  '() => { { const a = 1 } return typeof a }',
  '() => { { function a() {} } return a }',
  '() => { f(); function f() { return a } }',
  '() => { if (x) { var y = 1 } return y }',
  '() => { let a = 1, b = a, c = d; return b + c }',
  '() => { const { a, b: { c = e } = {}, ...d } = f; return a + c + d }',
  '() => { const [a = b, [c]] = d; return a + c }',
  '() => { let a; { let a = b } { a = c } }',
  '() => { var a; return (() => { var a = b; return a })() }',
  '() => { const f = function g() { return typeof g }; f(); return g }',
  '() => { const f = function g() { let g = 1; return g }; return f() }',
  '() => { ({ a, b: c, ...d } = e) }',
  '() => { let a; ({ a, b: a = x, [k]: y.z } = e) }',
  '() => { [a, b.c, d[e], ...f] = g }',
  '() => { a++; --b; c += d; e ??= f; delete g.h; void i }',
  // Loops, switch, labels, try.
  '() => { for (let i = 0; i < 1; i++) j(i); return i }',
  '() => { for (var i = 0; i < 1; i++) j(i); return i }',
  '() => { for (const a of b) c(a); return a }',
  '() => { for (const { a = b } of [{}]) c(a) }',
  '() => { for (var a in { x: 1 }) b(a); return a }',
  '() => { for (a of b) c(a) }',
  '() => { for (a.b of c) d; for (const _ in { x: 1 }) e }',
  '() => { for (const a of b) { let a = c; d(a) } }',
  '() => { let a = [1]; for (const b of a) { const a = c } return a }',
  '() => { a: for (;;) { break a } }',
  '() => { a: { b: { break a } } return b }',
  '() => { let n = 0; a: do { if (n++ < 1) continue a } while (b && n < 2) }',
  '() => { switch (1) { case a: break; default: let b; b = 1 } }',
  '() => { switch (b) { default: let b; b = c } return b }',
  '() => { switch (0) { case 0: f(); function f() { return g } } return f }',
  '() => { try { throw a } catch (e) { b(e) } finally { c } }',
  '() => { try { throw 1 } catch { return e } }',
  '() => { try { throw {} } catch ({ a = b, message }) { c(a, message) } return a }',
  '() => { try { throw 1 } catch (e) { var e = 2, f = e } return e + f }',
  '() => { try { throw 1 } catch (e) { let g = e } return g }',
  '() => { if (a) b; else c; return d ? e : f }',
  '() => { while (true) { let a = 1; break } return a }',
  // Classes.
  '() => { class A { m() { return A } } return new A().m() + a }',
  '() => { const B = class A { static s = A }; return typeof A }',
  '() => { class A extends a {} return A }',
  '() => { class A extends (B, Object) {} ; return A }',
  '() => { class A { x = a; y = this.x; static z = b } return new A() }',
  '() => { class A { #a = b; get #c() { return this.#a } d() { return this.#c } } new A().d() }',
  '() => { class A { [a]() {} [b] = c; static [d] = e; get [f]() {} } return new A() }',
  '() => { class A { static { var a = 1; b(a) } } return a }',
  '() => { class A { static { let a = this; function f() { return a + c } f() } } return f }',
  '() => { class A { static async a() {} static *b() {} async *c() {} } A.a() }',
  '() => { class A { constructor(b = a) { this.b = b } } return new A() }',
  '() => { class A { m() { return super.toString() + b } } return new A().m() }',
  '() => { class A { #p; static has(o) { return #p in o } } return A.has(new A()) }',
  '() => { class A { a = () => this.b + c } return new A().a() }',
  '() => { class a {} { class a extends b {} } return a }',
  '() => { class A { static a = 1; static b = a } }',
  '() => { class A { "a b"() { return c } 1() {} static async() {} get() {} } new A()["a b"]() }',
  // Objects.
  '() => ({ a: b, c, [d]: e, f() { return g }, ...h }).f()',
  '() => ({ f() { return g } }).f()',
  '() => ({ get h() { return i } }).h',
  '() => ({ set h(a) { b = a } }).h = c',
  '() => ({ *g() { yield a } }).g().next()',
  '() => ({ async f() { return a } }).f()',
  '() => ({ __proto__: a, "b": c, 1: d })',
  '() => a.b.c[d].e?.f?.[g]?.(h)',
  '() => new a.b(...c, ...[d])',
  // Functions in functions.
  '() => (function () { return (() => a + arguments.length)() })()',
  '() => (function f(n) { return n ? f(n - 1) : f.x + g })(2)',
  '() => ((a) => (b) => (c) => a + b + c + d)(1)(2)(3)',
  '() => (async () => { await a; for await (const b of [c]) d(b) })()',
  '() => [...(function* () { const a = yield* [b]; yield a })()]',
  '() => { const f = (f) => f(g); return f(() => f) }',
  'function* (t) { yield a; yield* [b]; const c = yield d; return c }',
  'function* g(t) { for (const a of [1]) yield g + a }',
  '(t) => { if (!t) { return never } const never = 1 }',
  // What looks like a name, and what does not.
  `() => \`a \${b} \${\`c \${d}\`} \${{ e }.e}\``,
  `() => a\`b \${c}\``,
  '() => /a/.test("b") + 1_000 + 0xa + Number(1n) + .5e1',
  '() => { "use strict"; return undefined }',
  '() => typeof a + typeof (b)',
  '() => { let async = 1, of = 2, get = 3; return async + of + get + from }',
  '() => { const \\u0061 = 1; return a + \\u{62} }',
  '() => { a /* b */; // c\n d }',
  '() => [a, , b].length',
  '() => (a, b)',
  '() => { var a = b; var b = a }',
  'function () { return new.target === undefined ? a : a }',
  '() => { const a = 1; { function a() {} } return a }',
  '() => { debugger; ; return a }',
]

test.each(snippets)('%s', async (text) => {
  const names = lookedUp(text)
  await new Promise(setImmediate) // What is asynchronous is done by then.
  expect(foundIn(text)).toEqual(names)
})

/** Numbers from 0 to below n, the same for the same seed. */
type Random = (n: number) => number

function randomOf(seed: number): Random {
  let state = seed
  return (n) => {
    state = (state + 0x6d2b79f5) | 0
    let x = Math.imul(state ^ (state >>> 15), 1 | state)
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x
    return ((x ^ (x >>> 14)) >>> 0) % n
  }
}

/** Statements that declare and mention a, b, c and d, and functions and classes f, g and h. */
class Writer {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  body(depth: number): string {
    return Array.from({ length: 1 + this.#random(4) }, () => this.#statement(depth)).join(';\n')
  }

  parameters(): string {
    return [`${this.#variable()} = ${this.#value()}`, `{ x: ${this.#variable()} = 1 } = {}`, ''].at(
      this.#random(3),
    ) as string
  }

  #statement(depth: number): string {
    const shapes = depth === 0 ? this.#leaves() : [...this.#leaves(), ...this.#nests(depth - 1)]
    return shapes.at(this.#random(shapes.length))?.() as string
  }

  #leaves(): (() => string)[] {
    return [
      () => `${this.#value()}`,
      () => `try { ${this.#variable()} = 1 } catch {}`,
      () => `var ${this.#variable()} = ${this.#value()}`,
      () => `let ${this.#variable()} = ${this.#value()}`,
      () => `const [${this.#variable()} = ${this.#value()}] = []`,
      () => `a: { break a }`,
    ]
  }

  #nests(depth: number): (() => string)[] {
    const body = () => this.body(depth)
    const [v, f] = [() => this.#variable(), () => this.#name()]
    return [
      () => `{ ${body()} }`,
      () => `for (const ${v()} of [1]) { ${body()} }`,
      () => `for (var ${v()} = 0, $once = true; $once; $once = false) { ${body()} }`,
      () => `try { throw 1 } catch (${v()}) { ${body()} }`,
      () => `switch (1) { case 1: ${body()} }`,
      () => `(function ${f()}(${this.parameters()}) { ${body()} })()`,
      () => `((${this.parameters()}) => { ${body()} })()`,
      () => `(class ${f()} { static { ${body()} } static x = ${this.#value()} })`,
      () => `(class ${f()} { [${this.#value()}]() {} static m() { ${body()} } }).m()`,
      () => `({ m(${this.parameters()}) { ${body()} } }).m()`,
      () => `(function* ${f()}() { ${body()} })().next()`,
      () => {
        const name = f()
        return `{ function ${name}(${this.parameters()}) { ${body()} } ${name}() }`
      },
    ]
  }

  /** An expression that mentions a name, also one that is not there yet. */
  #value(): string {
    const name = this.#random(3) === 0 ? this.#name() : this.#variable()
    const mention = [name, `typeof ${name}`, `{ ${name} }`].at(this.#random(3))
    return `(() => { try { return (${mention}) } catch {} })()`
  }

  #variable(): string {
    return 'abcd'.charAt(this.#random(4))
  }

  #name(): string {
    return 'fgh'.charAt(this.#random(3))
  }
}

/** Not all are: the same name may be declared twice, which V8 overlooks in static blocks. */
function isProgram(text: string): boolean {
  try {
    new Function(`"use strict"; (${text})`)
    parseKernel(text, (why) => new KernelError(why))
    return true
  } catch (error) {
    expect((error as Error).message).toContain('has already been declared')
    return false
  }
}

test('random programs', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e6)
  console.log(`seed ${seed}`)
  const random = randomOf(seed)
  let ran = 0
  let free = 0
  for (let i = 0; i < 2000; i++) {
    const writer = new Writer(random)
    const text = `function (${writer.parameters()}) { ${writer.body(3)} }`
    if (!isProgram(text)) continue
    const names = lookedUp(text)
    expect(foundIn(text), text).toEqual(names)
    ran++
    free += names.size
  }
  // Else this run tested nothing.
  expect(ran).toBeGreaterThan(500)
  expect(free).toBeGreaterThan(ran)
})
