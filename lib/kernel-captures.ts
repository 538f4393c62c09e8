/**
 * The words for what a kernel mentions and will not find: what, where, and what to do about it.
 */
import { exportOf, importOf, isHelper, isLikeNaming, moduleOf } from './kernel-compilers'
import { isGlobal } from './kernel-globals'
import type { Mention } from './kernel-scope'

/** Something that a kernel mentions, and that is not there where it runs. */
export interface Capture {
  readonly kind: Kind
  readonly name: string
  /** The module that it is of, if the program may have that name itself. */
  readonly of?: string | undefined
}

type Kind =
  | 'variable'
  | 'import'
  | 'around'
  | 'module'
  | 'helper'
  | 'naming'
  | 'method'
  | 'ambiguous'

/**
 * What kind of capture a mention is.
 *
 * @param others all mentions of the same name
 * @param inferred the function's name, if its text has none that binds it
 */
export function captureOf(
  mention: Mention,
  others: readonly Mention[],
  inferred: string | undefined,
): Capture {
  const { name } = mention
  const exported = exportOf(mention)
  if (exported !== undefined) return { kind: 'variable', name: exported }
  const ofModule = moduleOf(name) ?? name
  if (ofModules.has(ofModule)) return { kind: 'module', name: ofModule }
  if (around.has(name) || name.startsWith('#')) return { kind: 'around', name }
  if (name === inferred) return { kind: isGlobal(name) ? 'ambiguous' : 'method', name }
  if (isHelper(name)) return { kind: 'helper', name }
  const imported = importOf(mention, others)
  if (imported !== undefined) {
    return isHelper(imported.name)
      ? { kind: 'helper', name: imported.name }
      : { kind: 'import', ...imported }
  }
  return { kind: isLikeNaming(others) ? 'naming' : 'variable', name }
}

/** `captures 'gain' (line 2:14) and …: …`. Each is named once, with its first place. */
export function describeCaptures(captures: readonly (Capture & { place: string })[]): string {
  const first = new Map<string, Capture & { place: string }>()
  for (const capture of captures) {
    const label = labelOf(capture)
    if (!first.has(label)) first.set(label, capture)
  }
  const all = [...first.values()]
  return `captures ${list(all.map(describeOne))}: ${advise(all)}`
}

const ofModules = new Set([
  ...['import.meta', 'import()', 'require', 'module', 'exports', '__filename', '__dirname'],
  '__require',
])

/** What belongs to something around the function, and to what. */
const around = new Map([
  ['this', 'of the function around it'],
  ['arguments', 'of the function around it'],
  ['new.target', 'of the function around it'],
  ['super', 'of its object'],
])

const NOTES: Record<Kind, string> = {
  variable: '',
  import: 'an import',
  around: 'of the class around it',
  module: 'of its module',
  helper: "its compiler's helper",
  naming: 'perhaps what a minifier left of keepNames',
  method: 'a method does not know its own name',
  ambiguous: 'itself, or the global',
}

const ADVICE: Record<Kind, (it: string) => string> = {
  variable: (it) => `pass ${it} among the bindings, or by uses`,
  import: (it) => `pass ${it} by uses, or name the kernel by its module: kernel(url, name)`,
  around: (it) => `pass what it needs of ${it} among the bindings`,
  module: () => 'name the kernel by its module instead: kernel(url, name)',
  helper: () => 'compile it for ES2022 or newer, which needs no helpers',
  naming: (it) => `bundle without keepNames, or pass ${it} by uses`,
  method: (it) => `write a function that has ${it} as its name`,
  ambiguous: (it) => `write a function that has ${it} as its name, or ask globalThis for ${it}`,
}

function describeOne(capture: Capture & { place: string }): string {
  const note = around.get(capture.name) ?? NOTES[capture.kind]
  return `${labelOf(capture)} (${capture.place}${note === '' ? '' : `, ${note}`})`
}

/** What to do, for each kind once. */
function advise(captures: readonly Capture[]): string {
  const kinds = [...new Set(captures.map(({ kind }) => kind))]
  const pronoun = captures.length === 1 ? 'it' : 'them'
  const advice = kinds.map((kind) => {
    const names = captures.filter((capture) => capture.kind === kind).map(({ name }) => `'${name}'`)
    return ADVICE[kind](kinds.length === 1 ? pronoun : list(names))
  })
  return advice.join('; ')
}

function labelOf({ name, of }: Capture): string {
  return of === undefined ? `'${name}'` : `'${name}' of '${of}'`
}

/** `a, b and c` */
function list(items: readonly string[]): string {
  if (items.length < 2) return items.join()
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
