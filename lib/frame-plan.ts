/**
 * The order of a frame graph's nodes: edges from what they read and write, what follows from others
 * left out, and the longest way first.
 */
import { FrameGraphError } from './errors.js'
import type { FrameNode } from './frame-node.js'
import type { FrameStorage } from './frame-storage.js'

/** A node with what its names stand for. */
export interface Linked {
  readonly node: FrameNode
  readonly reads: ReadonlySet<FrameStorage>
  readonly writes: ReadonlySet<FrameStorage>
  readonly after: readonly number[]
}

/** Nodes are numbered as they were given. */
export interface Plan {
  /** A topological order. */
  readonly order: readonly number[]
  /** Without those that follow from others; of each, the one with the longest way to go first. */
  readonly successors: readonly (readonly number[])[]
  readonly predecessors: readonly number[]
  /** The most nodes on a way from it to an end, itself among them. */
  readonly ranks: readonly number[]
}

/** Above that what follows from others stays: to find it takes memory by the square. */
const REDUCED_MAX = 16_384

/**
 * @throws FrameGraphError with code `ERR_HEDDLE_FRAME_GRAPH` for a cycle, and for two writers of
 *   one resource that nothing puts in order
 */
export function planOf(nodes: readonly Linked[]): Plan {
  const explicit = nodes.map(() => new Set<number>())
  for (const [i, { after }] of nodes.entries()) {
    for (const before of after) if (!isBackground(nodes, before)) explicit[before]?.add(i)
  }
  const edges = explicit.map((to) => new Set(to))
  const reaches = reachability(explicit)
  for (const [storage, { readers, writers }] of usesOf(nodes)) {
    addEdges(nodes, storage, readers, writers, reaches, edges)
  }
  const order = topological(nodes, edges)
  const successors = nodes.length > REDUCED_MAX ? edges.map((to) => [...to]) : reduced(order, edges)
  const ranks = ranksOf(order, successors)
  for (const to of successors) to.sort((a, b) => (ranks[b] as number) - (ranks[a] as number))
  const predecessors = nodes.map(() => 0)
  for (const to of successors) for (const i of to) predecessors[i] = (predecessors[i] as number) + 1
  return { order, successors, predecessors, ranks }
}

function isBackground(nodes: readonly Linked[], i: number): boolean {
  return (nodes[i] as Linked).node.isBackground
}

function usesOf(nodes: readonly Linked[]) {
  const uses = new Map<FrameStorage, { readers: number[]; writers: number[] }>()
  const of = (storage: FrameStorage) => {
    let use = uses.get(storage)
    if (use === undefined) {
      use = { readers: [], writers: [] }
      uses.set(storage, use)
    }
    return use
  }
  for (const [i, { reads, writes }] of nodes.entries()) {
    for (const storage of reads) of(storage).readers.push(i)
    for (const storage of writes) of(storage).writers.push(i)
  }
  return uses
}

/** Puts writers of one thing in order, and each reader after all that it is not before. */
function addEdges(
  nodes: readonly Linked[],
  storage: FrameStorage,
  readers: readonly number[],
  writers: readonly number[],
  reaches: (from: number, to: number) => boolean,
  edges: readonly Set<number>[],
): void {
  const background = writers.find((i) => isBackground(nodes, i))
  if (background !== undefined) {
    const other = writers.find((i) => i !== background)
    if (other !== undefined) throw unordered(nodes, storage, background, other)
    return // Frames read what it has written before.
  }
  const reading = new Set(readers)
  const writing = new Set(writers)
  for (const [k, a] of writers.entries()) {
    for (const b of writers.slice(k + 1)) {
      if (reaches(a, b) || reaches(b, a)) continue
      // Who changes what is there comes after who makes it.
      if (reading.has(a) === reading.has(b)) throw unordered(nodes, storage, a, b)
      if (reading.has(b)) edges[a]?.add(b)
      else edges[b]?.add(a)
    }
  }
  for (const reader of readers) {
    for (const writer of writers) {
      if (reader === writer || reaches(reader, writer)) continue
      const isChangedLater = writing.has(reader) && !reading.has(writer)
      if (!writing.has(reader) || isChangedLater || reaches(writer, reader)) {
        edges[writer]?.add(reader)
      }
    }
  }
}

function unordered(nodes: readonly Linked[], storage: FrameStorage, a: number, b: number) {
  const [one, other] = [a, b].map((i) => `'${nodes[i]?.node.name}'`)
  return new FrameGraphError(
    `${one} and ${other} both write '${storage.name}', and nothing says which of them comes ` +
      `first: give one of them 'after' the other`,
  )
}

/** Whether there is a way from one to another. */
function reachability(edges: readonly ReadonlySet<number>[]) {
  const known = new Map<number, Set<number>>()
  return (from: number, to: number): boolean => {
    if (edges[from]?.size === 0) return false
    let found = known.get(from)
    if (found === undefined) {
      found = new Set()
      const left = [...(edges[from] as ReadonlySet<number>)]
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        if (found.has(next)) continue
        found.add(next)
        for (const to of edges[next] as ReadonlySet<number>) left.push(to)
      }
      known.set(from, found)
    }
    return found.has(to)
  }
}

/** By Kahn (1962), those that were given first come first. */
function topological(nodes: readonly Linked[], edges: readonly ReadonlySet<number>[]): number[] {
  const missing = nodes.map(() => 0)
  for (const to of edges) for (const i of to) missing[i] = (missing[i] as number) + 1
  const order: number[] = []
  for (const [i, count] of missing.entries()) if (count === 0) order.push(i)
  for (let at = 0; at < order.length; ++at) {
    for (const i of edges[order[at] as number] as ReadonlySet<number>) {
      missing[i] = (missing[i] as number) - 1
      if (missing[i] === 0) order.push(i)
    }
  }
  if (order.length < nodes.length) throw cycle(nodes, edges, missing)
  return order
}

function cycle(
  nodes: readonly Linked[],
  edges: readonly ReadonlySet<number>[],
  missing: readonly number[],
): FrameGraphError {
  // Each of what is left has one before it that is left: backwards one comes to a circle.
  const before = new Map<number, number>()
  for (const [i, to] of edges.entries()) {
    if (missing[i] !== 0) for (const j of to) before.set(j, i)
  }
  const seen: number[] = []
  let at = missing.findIndex((count) => count !== 0)
  while (!seen.includes(at)) {
    seen.push(at)
    at = before.get(at) as number
  }
  const circle = [...seen.slice(seen.indexOf(at)), at].reverse()
  const names = circle.map((i) => `'${nodes[i]?.node.name}'`).join(', ')
  return new FrameGraphError(`each of these nodes waits for the one before, in a cycle: ${names}`)
}

/** Without the edges beside which there is a longer way (Aho, Garey and Ullman, 1972). */
function reduced(order: readonly number[], edges: readonly ReadonlySet<number>[]): number[][] {
  const words = Math.ceil(order.length / 32)
  const position = new Uint32Array(order.length)
  for (const [at, i] of order.entries()) position[i] = at
  const reach = order.map(() => new Uint32Array(0))
  const kept: number[][] = order.map(() => [])
  for (let at = order.length - 1; at >= 0; --at) {
    const i = order[at] as number
    const mine = new Uint32Array(words)
    const nearest = [...(edges[i] as ReadonlySet<number>)].sort(
      (a, b) => (position[a] as number) - (position[b] as number),
    )
    for (const to of nearest) {
      if (((mine[to >>> 5] as number) & (1 << (to & 31))) !== 0) continue
      kept[i]?.push(to)
      const theirs = reach[to] as Uint32Array
      for (let word = 0; word < theirs.length; ++word) {
        mine[word] = (mine[word] as number) | (theirs[word] as number)
      }
      mine[to >>> 5] = (mine[to >>> 5] as number) | (1 << (to & 31))
    }
    reach[i] = mine
  }
  return kept
}

function ranksOf(order: readonly number[], successors: readonly (readonly number[])[]): number[] {
  const ranks = order.map(() => 0)
  for (let at = order.length - 1; at >= 0; --at) {
    const i = order[at] as number
    let longest = 0
    for (const to of successors[i] as readonly number[]) {
      longest = Math.max(longest, ranks[to] as number)
    }
    ranks[i] = longest + 1
  }
  return ranks
}
