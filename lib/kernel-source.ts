/**
 * A function's text, parsed.
 *
 * What `toString` gives is an expression, or what stands in an object literal or in a class: each
 * is parsed in a wrapping that it fits in. All of it is strict code, as it will be where it runs.
 */
import type * as acorn from 'acorn'

import type { KernelError } from './errors'

/** A function, and the text that its offsets count in. */
export interface Source {
  readonly node: acorn.FunctionExpression | acorn.ArrowFunctionExpression
  readonly text: string
  /** Where in `text` the function's own begins. */
  readonly start: number
  /** Whether a key comes before `node`: `fib(t) {}`, `*['fib'](t) {}`. */
  readonly isMethod: boolean
}

/** Makes the error that says why a kernel is none. */
export type Refuse = (why: string) => KernelError

/** @throws what `refuse` makes, if it does not parse, or is no plain function and no generator */
export function parseKernel(text: string, refuse: Refuse): Source {
  let failure: Failure | undefined
  for (const wrapping of WRAPPINGS) {
    const tried = attempt(text, wrapping, '"use strict";')
    if ('node' in tried) return check(tried, refuse)
    // Whoever came furthest has understood it best.
    if (failure === undefined || tried.offset > failure.offset) failure = tried
  }
  const { offset, says } = failure as Failure
  const isSloppy = WRAPPINGS.some((wrapping) => 'node' in attempt(text, wrapping, ''))
  const what = isSloppy ? 'is not strict code, as a kernel must be' : 'does not parse'
  throw refuse(`${what}: ${says} (${placeOf(text, offset)})`)
}

/** Where a node begins in the function's own text, as `line 2:14`. Columns count from 1. */
export function placeIn(source: Source, node: acorn.Node): string {
  return placeOf(source.text.slice(source.start), node.start - source.start)
}

interface Tried {
  readonly node: acorn.AnyNode
  readonly text: string
  readonly start: number
}

interface Failure {
  readonly offset: number
  readonly says: string
}

/** An expression, a method of an object, and one of a class, as only that may have a `#name`. */
const WRAPPINGS = [
  ['', ''],
  ['{', '}'],
  ['class{', '}'],
] as const

/** What only scope analysis is to judge is let through. */
const OPTIONS: acorn.Options = {
  ecmaVersion: 'latest',
  sourceType: 'script',
  allowImportExportEverywhere: true,
  allowSuperOutsideMethod: true,
  checkPrivateFields: false,
}

function attempt(
  own: string,
  [before, after]: (typeof WRAPPINGS)[number],
  directive: string,
): Tried | Failure {
  // In a function, so that new.target parses.
  const prefix = `(function(){${directive}return(${before}`
  const text = `${prefix}${own}${after})})`
  // Only who has kernels that are given as functions waits for this to load.
  const { parse } = require('acorn') as typeof acorn
  try {
    return { node: wrappedIn(parse(text, OPTIONS)), text, start: prefix.length }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const { pos, message } = error as SyntaxError & { pos: number }
    // The place at its end counts the wrapping.
    return { offset: pos - prefix.length, says: message.replace(/ \(\d+:\d+\)$/, '') }
  }
}

function wrappedIn(program: acorn.Program): acorn.AnyNode {
  const [statement] = program.body as [acorn.ExpressionStatement]
  const { body } = (statement.expression as acorn.FunctionExpression).body
  return (body.at(-1) as acorn.ReturnStatement).argument as acorn.AnyNode
}

function check({ node, text, start }: Tried, refuse: Refuse): Source {
  const { value, isMethod, kind } = functionIn(node, start)
  if (value?.type === 'ClassExpression') throw refuse('is a class: give it a function')
  if (!isFunction(value)) throw refuse('is no function')
  if (kind === 'get' || kind === 'set') throw refuse(`is a ${kind}ter: give it a plain function`)
  if (value.async) {
    throw refuse('is async: a kernel is a plain function, or a generator that waits by yield*')
  }
  return { node: value, text, start, isMethod }
}

/** What is in the wrapping. */
function functionIn(node: acorn.AnyNode, start: number) {
  // A literal of the function's own, `({})`, would begin behind the wrapping.
  if (node.start < start && node.type === 'ObjectExpression') {
    const [property] = node.properties as [acorn.Property]
    return { value: property.value as acorn.AnyNode, isMethod: true, kind: property.kind }
  }
  if (node.start < start && node.type === 'ClassExpression') {
    const [method] = node.body.body as [acorn.MethodDefinition]
    return { value: method.value as acorn.AnyNode, isMethod: true, kind: method.kind }
  }
  return { value: node, isMethod: false, kind: 'init' }
}

function isFunction(
  node: acorn.AnyNode,
): node is acorn.FunctionExpression | acorn.ArrowFunctionExpression {
  return node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
}

function placeOf(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n?|[\n\u2028\u2029]/)
  return `line ${lines.length}:${(lines.at(-1) as string).length + 1}`
}
