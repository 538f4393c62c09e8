/**
 * A frame graph for Graphviz.
 */
import type { CompiledNode } from './frame-compile.js'
import { FrameInput, FrameScalar, type FrameStorage } from './frame-storage.js'

const SHAPES: Record<string, string> = {
  dispatch: 'box',
  compute: 'ellipse',
  gpu: 'box3d',
  graph: 'component',
}

/** Nodes, what they read and write, and who comes after whom: edges that follow are left out. */
export function frameToDot(name: string, nodes: readonly CompiledNode[]): string {
  const lines = [`digraph ${quote(name)} {`, '  rankdir=LR', '  node [fontname=Helvetica]']
  const storages = new Map<FrameStorage, string>()
  for (const { node, at } of nodes) {
    const shape = SHAPES[node.kind] ?? 'note'
    const style = node.isBackground ? ', style=dashed' : ''
    lines.push(`  n${at} [label=${quote(`${node.name}\n${node.kind}`)}, shape=${shape}${style}]`)
  }
  const idOf = (storage: FrameStorage) => {
    let id = storages.get(storage)
    if (id === undefined) {
      id = `s${storages.size}`
      storages.set(storage, id)
      const shape = storage instanceof FrameInput ? 'invhouse' : 'cylinder'
      const color = storage instanceof FrameScalar ? ', color=gray50' : ''
      lines.push(`  ${id} [label=${quote(storage.name)}, shape=${shape}${color}]`)
    }
    return id
  }
  for (const { at, reads, writes, successors, joins } of nodes) {
    for (const storage of reads) lines.push(`  ${idOf(storage)} -> n${at} [style=dotted]`)
    for (const storage of writes) lines.push(`  n${at} -> ${idOf(storage)} [style=dotted]`)
    for (const to of successors) lines.push(`  n${at} -> n${to}`)
    for (const from of joins) lines.push(`  n${from} -> n${at} [style=dashed]`)
  }
  return `${lines.join('\n')}\n}\n`
}

function quote(text: string): string {
  return JSON.stringify(text)
}
