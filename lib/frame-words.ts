/**
 * Frame graphs and their scalars in the words that native code reads.
 */
import { Complex } from './complex.js'
import type { Compiled } from './frame-compile.js'
import { NodeFlag, NodeKind, Type } from './layout.js'
import type { Value } from './types.js'

const NODE_WORDS = 5

/** What native code is told of a graph: see `frameMake`. */
export function planWords({ nodes, registers }: Compiled) {
  const words = new Uint32Array((nodes.length + 1) * NODE_WORDS)
  const roots: number[] = []
  const successors: number[] = []
  const steps: number[] = []
  for (const { node, at, predecessors, successors: to, steps: mine, isLate } of nodes) {
    const isValue = node.kind === 'compute'
    let flags = node.kind === 'dispatch' ? NodeFlag.Script : 0
    if (isLate) flags |= NodeFlag.Late
    if (node.isBackground) flags |= NodeFlag.Detached
    const kind = isValue ? NodeKind.Value : NodeKind.Hosted
    words.set([kind, flags, predecessors, successors.length, steps.length / 5], at * NODE_WORDS)
    if (predecessors === 0) roots.push(at)
    for (const next of to) successors.push(next)
    for (const step of mine) steps.push(...step)
  }
  const end = nodes.length * NODE_WORDS
  words.set([NodeKind.Joining, 0, 0, successors.length, steps.length / 5], end)
  const initial = new Float64Array(2 * registers.initial.length)
  for (const [i, { type, value }] of registers.initial.entries()) {
    writeWide(initial, 2 * i, type, value)
  }
  return {
    nodes: words,
    lists: Uint32Array.from([...roots, ...steps, ...successors]),
    roots: roots.length,
    steps: steps.length / 5,
    registers: initial,
  }
}

const wide = new Float64Array(2)
const wideBigInts = new BigInt64Array(wide.buffer)
const wideBytes = new Uint8Array(wide.buffer)

/** Writes a value of 16 bytes, as native code has it. */
export function writeWide(to: Float64Array, at: number, type: Type, value: Value): void {
  wide.fill(0)
  if (type === Type.Number) wide[0] = value as number
  else if (type === Type.BigInt) wideBigInts[0] = value as bigint
  else if (type === Type.Boolean) wideBytes[0] = value ? 1 : 0
  else if (typeof value === 'object') {
    wide[0] = (value as Complex).re
    wide[1] = (value as Complex).im
  }
  // As bits: a bigint may look like a NaN that is not kept as it is.
  new Uint8Array(to.buffer, to.byteOffset + 8 * at, 16).set(wideBytes)
}

/** Reads one. */
export function readWide(from: Float64Array, type: Type): Value {
  wideBytes.set(new Uint8Array(from.buffer, from.byteOffset, 16))
  if (type === Type.Number) return wide[0] as number
  if (type === Type.BigInt) return wideBigInts[0] as bigint
  if (type === Type.Boolean) return wideBytes[0] !== 0
  return new Complex(wide[0] as number, wide[1] as number)
}
