/**
 * Kernels: functions that isolates run, by their text or as exports of modules.
 */
import { isAbsolute } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { serialize } from 'node:v8'

import { invalidType, invalidValue, KernelError } from './errors.js'
import { type Form, numberOf, type Use } from './kernel-form.js'
import type { AnyFunction } from './kernel-functions.js'
import { readKernel } from './kernel-text.js'

export type { AnyFunction }

/** `f(t, ...numbers)`, which gives a number or nothing. */
// biome-ignore lint/suspicious/noExplicitAny: the caller decides which of them are there
export type ForkedFunction = (t: any, ...numbers: any[]) => unknown

/**
 * What a kernel is handed first: where it forks and joins. It is of use while the kernel runs.
 */
export interface KernelContext {
  /**
   * Makes `f(t, ...numbers)` a child that other isolates may run; each fork has its {@link join} in
   * the same function, in the reverse order.
   *
   * @param f - the function itself: this kernel, one of its `uses`, or a function that its module
   *   exports. Any other runs at once.
   * @param numbers - at most five
   */
  fork(f: ForkedFunction, ...numbers: number[]): void
  /**
   * The result of the newest child that was not joined. Throws what it has thrown.
   */
  join(): number
  /** Calls each `[f, ...numbers]`, all but the first as children: their results, in order. */
  invoke(...calls: [ForkedFunction, ...number[]][]): number[]
  /** Calls `f(t, i, t.bindings)` for each i from `begin` to `end - 1`, on all isolates. */
  // biome-ignore lint/suspicious/noExplicitAny: its last parameter is the bindings
  parallelFor(begin: number, end: number, f: (t: any, i: number, bindings: any) => void): void
  /** Tells the `onProgress` of whoever has called this kernel: a clone of the value. */
  progress(value: unknown): void
  /** What the dispatch was given. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller decides
  readonly bindings: any
  /** What the kernel was given by `uses`. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller decides
  readonly uses: any
  /** Aborted when whoever has asked for this gives it up, as far as one looks at `aborted`. */
  readonly signal: AbortSignal
  /** The same, for less. */
  readonly isCancelled: boolean
}

/** How a kernel is made of a function. */
export interface KernelOptions {
  /** What it may use by name, and as `t.uses`: functions without captures, kernels, plain data. */
  readonly uses?: Readonly<Record<string, unknown>> | undefined
}

let isKernel: (value: unknown) => value is Kernel

/** A function that isolates can run; made by {@link kernel}. */
export class Kernel<F extends AnyFunction = AnyFunction> {
  /** For messages and traces. */
  readonly name: string
  readonly #number: number
  /** Of the module that has to be loaded, if it is an export. */
  readonly #module: number | undefined
  /** Never there: for the type of the function only. */
  declare readonly of?: F

  /** @internal */
  constructor(name: string, number: number, module: number | undefined) {
    this.name = name
    this.#number = number
    this.#module = module
  }

  /** @internal Undefined: it is none. */
  static numberOf(kernel: unknown): number | undefined {
    return isKernel(kernel) ? kernel.#number : undefined
  }

  /** @internal */
  static moduleOf(kernel: Kernel): number | undefined {
    return kernel.#module
  }

  static {
    isKernel = (value): value is Kernel =>
      typeof value === 'object' && value !== null && #number in value
  }
}

/**
 * Makes a kernel of a function: of its text, so it may capture nothing. It may mention its own
 * name, globals of ECMAScript and Node, and what it is given by `uses`.
 *
 * @example
 * ```ts
 * import { type KernelContext, kernel, Scheduler } from 'heddle'
 *
 * const fib = kernel(function fib(t: KernelContext, n: number): number {
 *   if (n < 2) return n
 *   t.fork(fib, n - 1)
 *   const right = fib(t, n - 2)
 *   return t.join() + right
 * })
 * using scheduler = new Scheduler(2)
 * console.log(await scheduler.forkJoin(fib, [20])) // 6765
 * ```
 *
 * @throws KernelError with code `ERR_HEDDLE_KERNEL` if it captures something, names what
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no function
 */
export function kernel<F extends AnyFunction>(f: F, options?: KernelOptions): Kernel<F>
/**
 * Makes a kernel of a module's export. Each isolate loads the module once.
 *
 * @param module - its URL, or an absolute path
 * @param name - of the export; by default the default one
 */
export function kernel<F extends AnyFunction = AnyFunction>(
  module: URL | string,
  name?: string,
): Kernel<F>
export function kernel(what: unknown, more?: unknown): Kernel {
  if (typeof what === 'function') return ofFunction(what as AnyFunction, more)
  if (typeof what === 'string' || what instanceof URL) return ofModule(what, more ?? 'default')
  throw invalidType('kernel', 'a function, the URL of a module, or its absolute path', what)
}

function ofFunction(f: AnyFunction, options: unknown): Kernel {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw invalidType('options', 'an object', options)
  }
  const { uses = {} } = (options ?? {}) as KernelOptions
  if (typeof uses !== 'object' || uses === null)
    throw invalidType('options.uses', 'an object', uses)
  const given = Object.entries(uses)
  const names = new Set(given.map(([name]) => name))
  const { expression, name, kind } = readKernel(f, names)
  const texts: Record<string, Use> = {}
  let module: number | undefined
  for (const [key, value] of given) {
    texts[key] = useOf(key, value, names)
    if (isKernel(value)) module = Kernel.moduleOf(value) ?? module
  }
  const isGenerator = kind === 'generator'
  const form: Form = { is: 'text', name, expression, isGenerator, uses: texts }
  return new Kernel(name === '' ? 'anonymous' : name, numberOf(form), module)
}

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u
/** What cannot be declared in strict code, or is ours. */
const RESERVED = new Set(
  (
    'arguments await break case catch class const continue debugger default delete do else enum ' +
    'eval export extends false finally for function if implements import in instanceof interface ' +
    'let new null package private protected public return static super switch this throw true ' +
    'try typeof var void while with yield __proto__ $heddle$'
  ).split(' '),
)

function useOf(name: string, value: unknown, names: ReadonlySet<string>): Use {
  if (!NAME.test(name) || RESERVED.has(name)) {
    throw invalidValue('options.uses', 'an object whose keys are names of variables', name)
  }
  const number = Kernel.numberOf(value)
  if (number !== undefined) return { kernel: number }
  if (typeof value === 'function') {
    const { expression } = readKernel(value as AnyFunction, names)
    return { expression }
  }
  try {
    return { clone: serialize(value).toString('base64') }
  } catch {
    throw invalidValue(`options.uses.${name}`, 'a function, a kernel, or plain data', value)
  }
}

function ofModule(module: URL | string, name: unknown): Kernel {
  if (typeof name !== 'string') throw invalidType('name', 'a string', name)
  const url = moduleUrl(module)
  const number = numberOf({ is: 'module', url, name })
  return new Kernel(name, number, number)
}

function moduleUrl(module: URL | string): string {
  if (module instanceof URL) {
    if (module.protocol === 'file:') fileURLToPath(module) // Throws for what is no path here.
    return module.href
  }
  if (isAbsolute(module)) return pathToFileURL(module).href
  if (/^(file|data|node):/.test(module)) return module
  const url = `new URL('${module}', import.meta.url)`
  throw new KernelError(`a kernel's module is a URL or an absolute path, not '${module}': ${url}`)
}
