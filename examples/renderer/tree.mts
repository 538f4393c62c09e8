/**
 * Trees of boxes, which tell a ray what it can't hit (Kay and Kajiya 1986).
 *
 * Every node holds the boxes of both of its children, so that one look decides on both: 64 bytes, a
 * line of the cache.
 *
 *     word  0 to 5    the box of the left child: its low corner, then its high corner, as floats
 *     word  6 to 11   the same of the right one
 *     word  12, 13    their links, as integers
 *     word  14, 15    nothing
 *
 * A link of 0 or more is a node. One below is a leaf: `~link` is 16 times the place of its first
 * item in `order`, plus how many there are. Node 0 is the root, also where it has but a leaf.
 */
import { floats, words } from './memory.mjs'

/** 32-bit words of a node. */
export const NODE_WORDS = 16

/** Where the links are in it. */
export const LINKS = 12

/** Items of a leaf. Its count has 4 bits. */
const LEAF_MAX = 8

const BINS = 16

/**
 * Below, items are halved as they come, so that no tree is deeper than this and log2 of its size.
 */
const DEPTH_MAX = 40

/** Nodes on the way that a ray still has to look at: one a level, for trees of up to 2^24 items. */
export const STACK_MAX = DEPTH_MAX + 24

/** On memory that every thread sees. */
export interface Tree {
  nodes: Float32Array
  /** The same memory, as integers. */
  links: Int32Array
  /** The items of the leaves. */
  order: Uint32Array
}

/** Room for a tree of up to `itemsMax` items. */
export function treeFor(itemsMax: number): Tree {
  const nodes = floats(NODE_WORDS * Math.max(1, itemsMax - 1))
  return { nodes, links: new Int32Array(nodes.buffer), order: words(itemsMax) }
}

/**
 * Builds a tree by the surface area heuristic with 16 bins on the widest axis (Wald 2007): a box is
 * cut where the chance of a ray to enter the halves, times what is in them, is least.
 *
 * @param boxes - six numbers an item: the low corner, the high corner; all finite
 * @param count - of the items
 * @param itemCost - what it costs a ray to look at an item, where a look at a node costs 1
 * @param tree - what it is built in; there is room
 * @returns how many nodes there are
 */
export function buildTree(
  boxes: Float32Array,
  count: number,
  itemCost: number,
  tree: Tree,
): number {
  const builder = new Builder(boxes, itemCost, tree)
  for (let i = 0; i < count; ++i) tree.order[i] = i
  return builder.root(count)
}

class Builder {
  #used = 0
  readonly #boxes: Float32Array
  readonly #itemCost: number
  readonly #tree: Tree
  /** By axis: the low, then the high end of what the middles of some items span. */
  readonly #span = new Float64Array(6)
  /** By bin: how many items, and their box. */
  readonly #counts = new Int32Array(BINS)
  readonly #bins = new Float64Array(6 * BINS)
  /** By cut: what is right of it costs. */
  readonly #right = new Float64Array(BINS)
  readonly #grown = new Float64Array(6)

  constructor(boxes: Float32Array, itemCost: number, tree: Tree) {
    this.#boxes = boxes
    this.#itemCost = itemCost
    this.#tree = tree
  }

  root(count: number): number {
    const link = count > 1 ? this.#link(0, count, 0) : ~count
    // There is no root yet that could refer to the leaf.
    if (link < 0) {
      ++this.#used
      this.#place(0, 0, 0, count, 0)
      this.#place(0, 1, count, 0, 0)
    }
    return this.#used
  }

  /** Makes the items from `first` on one side of a node. */
  #place(node: number, side: 0 | 1, first: number, count: number, depth: number): void {
    const { nodes, links, order } = this.#tree
    const box = this.#grown
    clear(box, 0)
    for (let i = first; i < first + count; ++i) grow(box, 0, this.#boxes, 6 * order[i])
    for (let i = 0; i < 6; ++i) nodes[NODE_WORDS * node + 6 * side + i] = box[i]
    const at = NODE_WORDS * node + LINKS + side
    links[at] = count > 1 ? this.#link(first, count, depth) : ~(16 * first + count)
  }

  #link(first: number, count: number, depth: number): number {
    const middle = depth < DEPTH_MAX ? this.#divide(first, count) : this.#halve(first, count)
    if (middle === first) return ~(16 * first + count)
    const node = this.#used++
    this.#place(node, 0, first, middle - first, depth + 1)
    this.#place(node, 1, middle, first + count - middle, depth + 1)
    return node
  }

  /** Where to cut items that nothing tells apart; `first`: nowhere. */
  #halve(first: number, count: number): number {
    return count <= LEAF_MAX ? first : first + (count >> 1)
  }

  /** Puts what is to be left first, and says where the right half begins; at `first`: no cut. */
  #divide(first: number, count: number): number {
    this.#measure(first, count)
    const span = this.#span
    let axis = 0
    for (let i = 1; i < 3; ++i) {
      if (span[3 + i] - span[i] > span[3 + axis] - span[axis]) axis = i
    }
    const low = span[axis]
    const scale = BINS / (span[3 + axis] - low)
    if (!(scale < Number.POSITIVE_INFINITY)) return this.#halve(first, count)
    this.#fill(first, count, axis, low, scale)
    const cut = this.#cheapestCut(count)
    return cut === 0 ? first : this.#partition(first, count, axis, low, scale, cut)
  }

  /** Finds what the middles of the items span. To save halving, middles are doubled everywhere. */
  #measure(first: number, count: number): void {
    const { order } = this.#tree
    const [boxes, span] = [this.#boxes, this.#span]
    clear(span, 0)
    for (let i = first; i < first + count; ++i) {
      const at = 6 * order[i]
      for (let axis = 0; axis < 3; ++axis) {
        const middle = boxes[at + axis] + boxes[at + 3 + axis]
        if (middle < span[axis]) span[axis] = middle
        if (middle > span[3 + axis]) span[3 + axis] = middle
      }
    }
  }

  #fill(first: number, count: number, axis: number, low: number, scale: number): void {
    const { order } = this.#tree
    const [boxes, bins] = [this.#boxes, this.#bins]
    this.#counts.fill(0)
    for (let bin = 0; bin < BINS; ++bin) clear(bins, 6 * bin)
    for (let i = first; i < first + count; ++i) {
      const at = 6 * order[i]
      const bin = binOf(boxes, at, axis, low, scale)
      ++this.#counts[bin]
      grow(bins, 6 * bin, boxes, at)
    }
  }

  /** The first bin of the right half; 0: a leaf of all is cheaper, and small enough. */
  #cheapestCut(count: number): number {
    const [counts, bins, right, grown] = [this.#counts, this.#bins, this.#right, this.#grown]
    clear(grown, 0)
    for (let bin = BINS - 1, items = 0; bin > 0; --bin) {
      items += counts[bin]
      grow(grown, 0, bins, 6 * bin)
      right[bin] = items === 0 ? 0 : items * areaOf(grown)
    }
    clear(grown, 0)
    let [best, cost, items] = [0, Number.POSITIVE_INFINITY, 0]
    for (let cut = 1; cut < BINS; ++cut) {
      items += counts[cut - 1]
      grow(grown, 0, bins, 6 * (cut - 1))
      if (items === 0 || items === count) continue
      const both = items * areaOf(grown) + right[cut]
      if (both < cost) [best, cost] = [cut, both]
    }
    for (let bin = 1; bin < BINS; ++bin) grow(grown, 0, bins, 6 * bin)
    const isLeafCheaper = (this.#itemCost * count - 1) * areaOf(grown) <= this.#itemCost * cost
    return isLeafCheaper && count <= LEAF_MAX ? 0 : best
  }

  #partition(
    first: number,
    count: number,
    axis: number,
    low: number,
    scale: number,
    cut: number,
  ): number {
    const { order } = this.#tree
    let middle = first
    for (let i = first; i < first + count; ++i) {
      const item = order[i]
      if (binOf(this.#boxes, 6 * item, axis, low, scale) >= cut) continue
      order[i] = order[middle]
      order[middle++] = item
    }
    return middle
  }
}

function binOf(boxes: Float32Array, at: number, axis: number, low: number, scale: number): number {
  const bin = Math.floor((boxes[at + axis] + boxes[at + 3 + axis] - low) * scale)
  return bin < BINS ? bin : BINS - 1
}

/** A box that contains nothing. */
function clear(boxes: Float64Array, at: number): void {
  for (let i = 0; i < 3; ++i) {
    boxes[at + i] = Number.POSITIVE_INFINITY
    boxes[at + 3 + i] = Number.NEGATIVE_INFINITY
  }
}

/** Makes one box contain another one. */
function grow(
  boxes: Float64Array,
  at: number,
  others: Float32Array | Float64Array,
  from: number,
): void {
  for (let i = 0; i < 3; ++i) {
    const low = others[from + i]
    const high = others[from + 3 + i]
    if (low < boxes[at + i]) boxes[at + i] = low
    if (high > boxes[at + 3 + i]) boxes[at + 3 + i] = high
  }
}

/** Half the surface of a box, which is as good as all of it. */
function areaOf(box: Float64Array): number {
  const [x, y, z] = [box[3] - box[0], box[4] - box[1], box[5] - box[2]]
  return x * y + y * z + z * x
}
