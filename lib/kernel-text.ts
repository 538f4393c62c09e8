/**
 * A kernel that is given as a function: what is sent of it, and what it may not be.
 *
 * Only its text goes to the isolates, so whatever else it mentions must be there, too: globals, its
 * own name, and what it is given. Everything else is found here, before anything runs, and named.
 */
import { types } from 'node:util'

import { KernelError } from './errors'
import { type Capture, captureOf, describeCaptures } from './kernel-captures'
import { countersOf, exportOf, isNaming } from './kernel-compilers'
import { isGlobal } from './kernel-globals'
import { freeMentions, type Mention, type Path } from './kernel-scope'
import { parseKernel, placeIn, type Refuse, type Source } from './kernel-source'

/** A function that has a text. */
export type KernelFunction = (...args: never[]) => unknown

/** A function as it is sent to where it runs. */
export interface KernelText {
  /**
   * A JavaScript expression for the function, of strict code wherever it stands. It mentions
   * globals and `mentions`, and a line of it is the same line of the function's text.
   */
  readonly expression: string
  /** `''` if it has none. */
  readonly name: string
  readonly kind: 'plain' | 'generator'
  /** Which of the given names it mentions, in the order of its text. */
  readonly mentions: readonly string[]
}

/**
 * Reads a function's text, and says what to send of it.
 *
 * @param given the names that the function finds where it runs, besides globals and its own
 * @throws KernelError if it captures anything, cannot be checked, or is no plain function and no
 * generator
 */
export function readKernel(f: KernelFunction, given: ReadonlySet<string> = new Set()): KernelText {
  // Before its name is asked for: a proxy's own code would answer.
  if (types.isProxy(f)) throw new KernelError('the kernel is a proxy: give it the function itself')
  const name = typeof f.name === 'string' ? f.name : ''
  const refuse: Refuse = (why) => {
    const kernel = name === '' ? undefined : name
    return new KernelError(`the kernel${name === '' ? '' : ` '${name}'`} ${why}`, kernel)
  }
  const source = parseKernel(textOf(f, name, refuse), refuse)
  const found = lookUp(source, name, given, refuse)
  if (found.captures.length > 0) throw refuse(describeCaptures(found.captures))
  const kind = source.node.generator ? 'generator' : 'plain'
  return { expression: write(source, name, found), name, kind, mentions: found.mentions }
}

/** What a function mentions, by where it comes from. */
interface Found {
  /** Of what it was given. */
  readonly mentions: string[]
  /** How it mentions itself where its text has no name: as `fib`, as `exports.fib`. */
  readonly itself: Set<'name' | 'exports'>
  /** The names by which it calls what keeps the names of functions. */
  readonly namings: string[]
  /** Where it counts for a report of coverage. */
  readonly counters: Path[]
  readonly captures: (Capture & { readonly place: string })[]
}

function textOf(f: KernelFunction, name: string, refuse: Refuse): string {
  const text = Function.prototype.toString.call(f)
  if (!/\{ \[native code\] \}$/.test(text)) return text
  if (name.startsWith('bound ')) {
    throw refuse('is bound, so it has no text: pass what it binds among the bindings')
  }
  throw refuse('is native, so it has no text: give it a function that calls it')
}

function lookUp(source: Source, name: string, given: ReadonlySet<string>, refuse: Refuse): Found {
  const found: Found = {
    ...{ mentions: [], itself: new Set(), namings: [], counters: [], captures: [] },
  }
  // Where its text has no name, it got one from what it was assigned to, which is not in its text.
  const inferred = source.node.id ? undefined : name
  for (const [mentioned, mentions] of byName(mentionsIn(source, refuse))) {
    const counters = countersOf(mentioned, mentions)
    if (mentioned === 'eval()') throw refuse(describeEval(source, mentions))
    else if (given.has(mentioned)) found.mentions.push(mentioned)
    else if (mentioned === inferred && isBound(source, mentions)) found.itself.add('name')
    else if (!source.isMethod && areExports(mentions, inferred)) found.itself.add('exports')
    else if (isGlobal(mentioned) && (source.isMethod || mentioned !== inferred)) continue
    else if (isNaming(mentioned, mentions)) found.namings.push(mentioned)
    else if (counters !== undefined) found.counters.push(...counters)
    else found.captures.push(...capturesOf(source, mentions, inferred))
  }
  return found
}

function mentionsIn(source: Source, refuse: Refuse): Mention[] {
  try {
    return freeMentions(source.node)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    // The engine has compiled it, with a stack that ours does not match.
    throw refuse('is nested too deeply to be checked: name it by its module, kernel(url, name)')
  }
}

/** Whether they are all the export of that name, which is what TypeScript makes of a variable. */
function areExports(mentions: readonly Mention[], name: string | undefined): boolean {
  return mentions.every((mention) => name !== undefined && exportOf(mention) === name)
}

/** Whether a function without a name in its text can be meant by the one that it got. */
function isBound({ isMethod }: Source, [mention]: readonly Mention[]): boolean {
  const { name, path } = mention as Mention
  // A method's name is a property's, not a variable's; and what is no identifier is no name.
  return !isMethod && path.node.type === 'Identifier' && !isGlobal(name) && name !== 'arguments'
}

function capturesOf(source: Source, mentions: readonly Mention[], inferred: string | undefined) {
  return mentions.map((mention) => ({
    ...captureOf(mention, mentions, inferred),
    place: placeIn(source, mention.path.node),
  }))
}

function describeEval(source: Source, [mention]: readonly Mention[]): string {
  const place = placeIn(source, (mention as Mention).path.node)
  const what = `calls eval (${place}), so what it captures cannot be checked`
  return `${what}: call (0, eval), which sees globals only`
}

function byName(mentions: readonly Mention[]): Map<string, Mention[]> {
  const names = new Map<string, Mention[]>()
  for (const mention of mentions) {
    const others = names.get(mention.name)
    if (others === undefined) names.set(mention.name, [mention])
    else others.push(mention)
  }
  return names
}

/** All of it on the first line of the function's text, or behind its last. */
function write(source: Source, name: string, found: Found): string {
  const { namings } = found
  const shims = namings.map((naming) => `const ${naming}=(f)=>f;`).join('')
  return `(()=>{"use strict";${shims}${writeReturn(source, name, found)}})()`
}

function writeReturn(source: Source, name: string, { counters, itself }: Found): string {
  const text = withoutCounters(source, counters)
  // A computed key names a function without binding the name, also where that is '__proto__'.
  const key = `[${JSON.stringify(name)}]`
  if (source.isMethod) return `return({${source.node.generator ? '*' : ''}${key}${text}})${key}`
  if (itself.has('name')) {
    const exported = itself.has('exports') ? `const exports={${name}};` : ''
    return `const ${name}=${text};${exported}return ${name}`
  }
  if (itself.has('exports')) return `const exports={${key}:${text}};return exports${key}`
  const isNamed = source.node.id || name === ''
  return isNamed ? `return(${text})` : `return({${key}:${text}})${key}`
}

/** The function's text, but a method's key, with every place where the others stand as before. */
function withoutCounters({ node, text }: Source, counters: readonly Path[]): string {
  const inOrder = [...counters].sort((a, b) => a.node.start - b.node.start)
  let at = node.start
  let rest = ''
  for (const { node: counter, up } of inOrder) {
    // Where nothing ends the statement, `++` does: a number would go on.
    const isWhole = up?.node.type === 'ExpressionStatement' && up.node.end === counter.end
    const { start, end } = counter
    rest += text.slice(at, start) + (isWhole ? '0;' : '0').padEnd(end - start)
    at = end
  }
  return rest + text.slice(at, node.end)
}
