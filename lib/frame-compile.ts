/**
 * A frame graph made ready to run: names looked up, nodes in order, expressions as steps.
 */
import { FrameError, FrameGraphError } from './errors.js'
import { Registers, type Step, stepsOf } from './frame-expression.js'
import type { FrameInfo, FrameNode, Resolve } from './frame-node.js'
import { type Linked, type Plan, planOf } from './frame-plan.js'
import { FrameInput, FrameResource, FrameScalar, type FrameStorage } from './frame-storage.js'
import type { Type } from './layout.js'
import type { Value } from './types.js'

/** A node in its place. */
export interface CompiledNode {
  readonly node: FrameNode
  /** Among all of them, in topological order. */
  readonly at: number
  readonly reads: readonly FrameStorage[]
  readonly writes: readonly FrameStorage[]
  /** Those that come right after it. */
  readonly successors: readonly number[]
  readonly predecessors: number
  /** Background nodes that it runs after: once, in the first frame after they are done. */
  readonly joins: readonly number[]
  /** Functions of a dispatch are called when it is its turn. */
  readonly isLate: boolean
  readonly steps: readonly Step[]
  /** What its function is given, by slot. */
  readonly resolve: readonly Resolve[]
}

export interface Compiled {
  readonly nodes: readonly CompiledNode[]
  readonly registers: Registers
  readonly storages: readonly FrameStorage[]
  /** Those that are told when a frame begins. */
  readonly changing: readonly FrameStorage[]
}

/** @throws FrameGraphError with code `ERR_HEDDLE_FRAME_GRAPH` */
export function compile(
  graph: object,
  nodes: readonly FrameNode[],
  storages: readonly FrameStorage[],
  slots: number,
): Compiled {
  const registers = new Registers()
  const steps = new Map<FrameNode, readonly Step[]>()
  const places = placesOf(nodes, storages)
  const linked = nodes.map((node) => link(graph, node, places, registers, steps))
  const plan = planOf(linked)
  for (const { node, writes } of linked) {
    if (!node.isBackground) continue
    for (const storage of writes) {
      if (storage instanceof FrameResource) storage.writeInBackground()
      else throw new FrameGraphError(`'${node.name}' is background: it writes resources only`)
    }
  }
  for (const storage of storages) {
    storage.prepare(slots)
    if (storage instanceof FrameScalar) {
      registers.of(storage, storage.type, storage.initial as Value)
    }
  }
  const changing = storages.filter((storage) => !(storage instanceof FrameScalar))
  return { nodes: place(linked, plan, steps, slots), registers, storages, changing }
}

/** Where to look up what nodes name. */
interface Places {
  readonly nodes: ReadonlyMap<FrameNode | string, number>
  readonly storages: ReadonlyMap<string, FrameStorage>
}

function placesOf(nodes: readonly FrameNode[], storages: readonly FrameStorage[]): Places {
  const at = new Map<FrameNode | string, number>()
  for (const [i, node] of nodes.entries()) at.set(node, i).set(node.name, i)
  return { nodes: at, storages: new Map(storages.map((each) => [each.name, each])) }
}

/** Looks up what a node names. */
function link(
  graph: object,
  node: FrameNode,
  { nodes, storages }: Places,
  registers: Registers,
  steps: Map<FrameNode, readonly Step[]>,
): Linked {
  const find = (how: string, each: FrameStorage | string): FrameStorage => {
    const found = typeof each === 'string' ? storages.get(each) : each
    if (found !== undefined && found.graph === graph) return found
    const name = typeof each === 'string' ? each : each.name
    throw new FrameGraphError(`'${node.name}' ${how} '${name}', which this graph does not have`)
  }
  const { options } = node
  const reads = new Set((options.reads ?? []).map((each) => find('reads', each)))
  const writes = new Set((options.writes ?? []).map((each) => find('writes', each)))
  for (const storage of writes) {
    if (!(storage instanceof FrameInput)) continue
    throw new FrameGraphError(`'${node.name}' writes '${storage.name}', which is an input`)
  }
  if (node.kind === 'compute') {
    steps.set(node, expressionOf(node, reads, writes, registers, find))
  }
  const after = (options.after ?? []).map((each) => {
    const name = typeof each === 'string' ? each : each.name
    const at = nodes.get(each)
    if (at !== undefined) return at
    throw new FrameGraphError(`'${node.name}' is after '${name}', which this graph does not have`)
  })
  return { node, reads, writes, after }
}

function expressionOf(
  node: FrameNode,
  reads: Set<FrameStorage>,
  writes: ReadonlySet<FrameStorage>,
  registers: Registers,
  find: (how: string, each: FrameStorage) => FrameStorage,
): Step[] {
  const [to] = writes
  if (writes.size !== 1 || !(to instanceof FrameScalar)) {
    throw new FrameGraphError(`'${node.name}' computes, and is to write one scalar`)
  }
  const read = (storage: FrameStorage) => {
    reads.add(find('reads', storage))
    return registerOf(registers, node, storage)
  }
  const target = registerOf(registers, node, to)
  return stepsOf(registers, node.name, node.options.compute as never, read, target)
}

function registerOf(registers: Registers, node: FrameNode, storage: FrameStorage) {
  const [type, value] =
    storage instanceof FrameScalar
      ? [storage.type, storage.initial]
      : storage instanceof FrameInput
        ? [storage.type, storage.value]
        : [undefined, undefined]
  if (type === undefined) {
    throw new FrameGraphError(`'${node.name}' computes with '${storage.name}', which is no scalar`)
  }
  return { type: type as Type, register: registers.of(storage, type as Type, value as Value) }
}

function place(
  linked: readonly Linked[],
  plan: Plan,
  steps: ReadonlyMap<FrameNode, readonly Step[]>,
  slots: number,
): CompiledNode[] {
  const at = plan.order.map(() => 0)
  for (const [position, i] of plan.order.entries()) at[i] = position
  const late = lateNodes(linked, plan)
  return plan.order.map((i, position) => {
    const { node, reads, writes, after } = linked[i] as Linked
    const isBackground = (k: number) => (linked[k] as Linked).node.isBackground
    return {
      node,
      at: position,
      reads: [...reads],
      writes: [...writes],
      successors: (plan.successors[i] as readonly number[]).map((k) => at[k] as number),
      predecessors: plan.predecessors[i] as number,
      joins: after.filter(isBackground).map((k) => at[k] as number),
      isLate: late.has(i),
      steps: steps.get(node) ?? [],
      resolve: Array.from({ length: slots }, (_, slot) => resolverOf(node, reads, writes, slot)),
    }
  })
}

/** Dispatches whose functions may see what comes before them in the frame. */
function lateNodes(linked: readonly Linked[], plan: Plan): Set<number> {
  const late = new Set<number>()
  const isAfterThread = new Set<number>()
  const written = new Set<FrameStorage>()
  for (const { node, writes } of linked) {
    if (!node.isBackground) for (const storage of writes) written.add(storage)
  }
  for (const i of plan.order) {
    const { node, reads } = linked[i] as Linked
    const runsHere = node.kind !== 'dispatch' && node.kind !== 'compute'
    const isSeen = runsHere || isAfterThread.has(i)
    const counts = node.kind === 'compute'
    if (node.kind === 'dispatch') {
      const [, size, bindings] = node.options.dispatch as readonly unknown[]
      const sees = typeof size === 'function' && [...reads].some((each) => written.has(each))
      const hasScalar = [...reads].some((each) => each instanceof FrameScalar)
      const isNeeded = isSeen || sees || hasScalar
      const hasFunctions = typeof size === 'function' || typeof bindings === 'function'
      if (node.options.late ?? (isNeeded && (hasFunctions || bindings !== undefined))) late.add(i)
    }
    if (!isSeen && !counts) continue
    for (const next of plan.successors[i] as readonly number[]) isAfterThread.add(next)
  }
  return late
}

/** Gives what a node has declared, and nothing else. */
export function resolverOf(
  node: FrameNode,
  reads: ReadonlySet<FrameStorage>,
  writes: ReadonlySet<FrameStorage>,
  slot: number,
): Resolve {
  return <T>(storage: FrameStorage<T>): T => {
    if (reads.has(storage as FrameStorage) || writes.has(storage as FrameStorage)) {
      return storage.at(slot)
    }
    const name = (storage as { name?: unknown } | undefined)?.name ?? storage
    throw new FrameError(`'${node.name}' uses '${String(name)}', which it does not declare`)
  }
}

/** What a frame tells its functions: one object a slot. */
export class Info implements FrameInfo {
  index = 0
  time = 0
  delta = 0
  readonly slot: number

  constructor(slot: number) {
    this.slot = slot
  }
}
