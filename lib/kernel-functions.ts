/**
 * The functions that a thread's kernels consist of, made of their forms: compiled from text, found
 * in modules, or made of other ones.
 */
import { deserialize } from 'node:v8'
import { runInThisContext } from 'node:vm'

import { ALGORITHMS } from './algorithm-templates.js'
import { KernelError } from './errors.js'
import { type Form, formOf, nameOf, numberOf } from './kernel-form.js'
import { TEMPLATES } from './kernel-templates.js'
import { Pace } from './pace.js'

// biome-ignore lint/suspicious/noExplicitAny: a kernel takes whatever its caller says
export type AnyFunction = (...args: any[]) => any

/** A function that can be forked. */
export interface Forkable extends AnyFunction {
  heddleKernel?: number
  heddlePace?: Pace
}

/** A kernel that was made runnable. */
export interface Loaded {
  readonly f: Forkable
  readonly uses: Record<string, unknown>
  readonly isGenerator: boolean
}

/** @throws KernelError if it waits, and does not fork */
export function refuseGenerator({ isGenerator }: Loaded): void {
  if (!isGenerator) return
  throw new KernelError('a generator is a task, and takes no part in a loop or a fork: schedule it')
}

/** What a text finds its kernels and data in: no name that `kernel()` lets one of them have. */
const GIVEN = '$heddle$'

export class KernelFunctions {
  /** Those that may be forked, by their numbers. */
  readonly byNumber: Forkable[] = []
  readonly #loaded = new Map<number, Loaded>()
  readonly #modules = new Map<string, Record<string, unknown>>()
  readonly #moduleErrors = new Map<string, unknown>()

  /** A function by its number. */
  of(number: number): Forkable {
    return this.byNumber[number] ?? this.load(number).f
  }

  load(number: number): Loaded {
    const known = this.#loaded.get(number)
    if (known !== undefined) return known
    const loaded = this.#make(number, formOf(number))
    this.#loaded.set(number, loaded)
    this.#enter(number, loaded.f)
    return loaded
  }

  /** A module is there, or could not be loaded. */
  addModule(url: string, exports: Record<string, unknown> | undefined, error?: unknown): void {
    if (exports === undefined) {
      this.#moduleErrors.set(url, error)
      return
    }
    this.#modules.set(url, exports)
    for (const [name, value] of Object.entries(exports)) {
      if (typeof value !== 'function') continue
      this.#enter(numberOf({ is: 'module', url, name }), value as Forkable)
    }
  }

  /** The loop that runs f(t, i) for each index of a range. */
  rangeOf(f: Forkable): Forkable {
    const of = f.heddleKernel
    if (of === undefined) throw new KernelError(`${describe(f)} cannot be run by others`)
    return this.of(numberOf({ is: 'made', template: 'range1', of }))
  }

  #enter(number: number, f: Forkable): void {
    try {
      if (f.heddleKernel === undefined && Object.isExtensible(f)) {
        Object.defineProperty(f, 'heddleKernel', { value: number })
      }
    } catch {
      // A proxy whose own code throws: whoever forks it is told so.
    }
    this.byNumber[number] = f
  }

  #make(number: number, form: Form): Loaded {
    switch (form.is) {
      case 'text':
        return this.#makeText(number, form)
      case 'use':
        return { ...this.load(form.of), f: this.load(form.of).uses[form.name] as Forkable }
      case 'module':
        return this.#makeExport(form)
      case 'ready':
        return { f: (_, result) => result, uses: {}, isGenerator: false }
      default:
        return this.#makeMade(form)
    }
  }

  #makeText(number: number, form: Form & { is: 'text' }): Loaded {
    const names = Object.keys(form.uses)
    const lines = names.map((name) => `const ${name} = ${this.#useText(form, name)}`)
    const source = [
      `"use strict"; ((${GIVEN}) => {`,
      ...lines,
      `return { f: (${form.expression}), uses: { ${names.join(', ')} } } })`,
    ].join('\n')
    const filename = `heddle:kernel/${form.name || 'anonymous'}`
    const make = runInThisContext(source, { filename, lineOffset: -1 - lines.length }) as (
      given: Record<string, unknown>,
    ) => { f: Forkable; uses: Record<string, unknown> }
    const given: Record<string, unknown> = {}
    for (const [name, use] of Object.entries(form.uses)) {
      if ('kernel' in use) given[name] = this.of(use.kernel)
      if ('clone' in use) given[name] = deserialize(Buffer.from(use.clone, 'base64'))
    }
    const { f, uses } = make(given)
    for (const name of names) {
      if (!('expression' in (form.uses[name] as object))) continue
      this.#enter(numberOf({ is: 'use', of: number, name }), uses[name] as Forkable)
    }
    return { f, uses, isGenerator: form.isGenerator }
  }

  #useText(form: Form & { is: 'text' }, name: string): string {
    const use = form.uses[name]
    return use !== undefined && 'expression' in use ? `(${use.expression})` : `${GIVEN}.${name}`
  }

  #makeExport({ url, name }: Form & { is: 'module' }): Loaded {
    const exports = this.#modules.get(url)
    if (exports === undefined) throw this.#moduleErrors.get(url) ?? new KernelError(`no ${url}`)
    const f = exports[name]
    if (typeof f !== 'function') {
      throw new KernelError(`'${name}' is no function that ${url} exports`, name)
    }
    const tag = Object.prototype.toString.call(f)
    if (tag.startsWith('[object Async')) {
      throw new KernelError(
        `'${name}' is an async function: a kernel is a plain one or a generator`,
      )
    }
    return { f: f as Forkable, uses: {}, isGenerator: tag === '[object GeneratorFunction]' }
  }

  #makeMade({ template, of }: Form & { is: 'made' }): Loaded {
    const loaded = this.load(of)
    refuseGenerator(loaded)
    const { f: kernel, uses } = loaded
    const [name = '', ...types] = template.split(' ')
    const pace = new Pace()
    const filename = `heddle:${name}/${nameOf(of)}`
    const make = runInThisContext((TEMPLATES[name] ?? ALGORITHMS[name]) as string, { filename })
    const made = (other: string) =>
      this.of(numberOf({ is: 'made', template: [other, ...types].join(' '), of }))
    const f = make(kernel, pace, made)
    f.heddlePace = pace
    return { f, uses, isGenerator: false }
  }
}

function describe(f: unknown): string {
  return typeof f === 'function' ? `the function '${f.name}'` : `a value of type ${typeof f}`
}
