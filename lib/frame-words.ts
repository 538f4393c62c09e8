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
  const initial = new WideValues(new Float64Array(2 * registers.initial.length))
  for (const [i, { type, value }] of registers.initial.entries()) initial.write(i, type, value)
  return {
    nodes: words,
    lists: Uint32Array.from([...roots, ...steps, ...successors]),
    roots: roots.length,
    steps: steps.length / 5,
    registers: initial,
  }
}

/** Values of 16 bytes each, as native code has them. */
export class WideValues {
  readonly doubles: Float64Array
  readonly #bigints: BigInt64Array
  readonly #bytes: Uint8Array

  constructor(doubles: Float64Array) {
    const { buffer, byteOffset, length } = doubles
    this.doubles = doubles
    // Bits of bigints may look like a NaN that is not kept as it is.
    this.#bigints = new BigInt64Array(buffer, byteOffset, length)
    this.#bytes = new Uint8Array(buffer, byteOffset, 8 * length)
  }

  get isEmpty(): boolean {
    return this.doubles.length === 0
  }

  write(at: number, type: Type, value: Value): void {
    const low = 2 * at
    this.doubles[low] = 0
    this.doubles[low + 1] = 0
    if (type === Type.Number) this.doubles[low] = value as number
    else if (type === Type.BigInt) this.#bigints[low] = value as bigint
    else if (type === Type.Boolean) this.#bytes[8 * low] = value ? 1 : 0
    else if (typeof value === 'object') {
      this.doubles[low] = (value as Complex).re
      this.doubles[low + 1] = (value as Complex).im
    }
  }

  read(at: number, type: Type): Value {
    const low = 2 * at
    if (type === Type.Number) return this.doubles[low] as number
    if (type === Type.BigInt) return this.#bigints[low] as bigint
    if (type === Type.Boolean) return this.#bytes[8 * low] !== 0
    return new Complex(this.doubles[low] as number, this.doubles[low + 1] as number)
  }
}
