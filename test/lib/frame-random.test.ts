/**
 * Frame graphs made at random: every frame computes what the same program does in order.
 */
import { describe, expect, test } from 'vitest'

import { FrameGraph, type FrameResource, kernel, shared } from '../../dist/index.js'
import { allSchedulers, type Bound } from '../support/frames.js'

const CELLS = 12

type Cell = FrameResource<Float64Array>

const join = kernel((_t, k: number, b: Bound) => {
  b.out[k] = (b.isRoot ? b.index : b.left[0] + b.right[0]) + b.i
})

/** The same numbers each time: a linear congruential generator. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Each node adds up what its parents have, or begins with the number of the frame. */
function addNode(
  frame: FrameGraph,
  cells: readonly Cell[],
  i: number,
  mine: number[],
  kind: number,
) {
  const out = cells[i] as Cell
  const reads = mine.map((p) => cells[p] as Cell)
  const [left = out, right = left] = reads
  const isRoot = reads.length === 0
  const common = { reads, writes: [out] }
  if (kind === 0) {
    frame.node(`n${i}`, {
      ...common,
      run: ({ index }, r) => {
        const sum = isRoot ? index : (r(left)[0] as number) + (r(right)[0] as number)
        r(out).fill(sum + i)
      },
    })
  } else if (kind === 1) {
    frame.node(`n${i}`, {
      ...common,
      dispatch: [
        join,
        2,
        ({ index }, r) => ({ out: r(out), left: r(left), right: r(right), i, isRoot, index }),
      ],
    })
  } else {
    const index = frame.input(`index of ${i}`, 0)
    frame.node(`n${i}`, {
      ...common,
      reads: [...reads, index],
      dispatch: [join, () => 2, { isRoot, i, left, right, out, index }],
    })
    return index
  }
  return undefined
}

function expectedOf(parents: readonly number[][], index: number): number[] {
  const expected: number[] = []
  for (const [i, mine] of parents.entries()) {
    const [x, y = x] = mine.map((p) => expected[p] as number)
    expected.push((mine.length === 0 ? index : (x as number) + (y as number)) + i)
  }
  return expected
}

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  test.each([1, 2, 3, 4, 5, 6, 7, 8])('a graph of seed %s', async (seed) => {
    const random = generator(seed)
    for (let round = 0; round < 4; ++round) {
      using frame = new FrameGraph(scheduler, { framesInFlight: 1 + random(3) })
      const cells = Array.from({ length: CELLS }, (_, i) =>
        frame.resource(`r${i}`, () => shared(Float64Array, 2)),
      )
      const parents = cells.map((_, i) => [random(i + 1), random(i + 1)].filter((p) => p < i))
      const order = cells.map((_, i) => [random(1000), i]).sort(([a], [b]) => Number(a) - Number(b))
      const inputs = order.map(([, i]) =>
        addNode(frame, cells, Number(i), parents[Number(i)] as number[], random(3)),
      )
      const found: number[][] = []
      frame.node('see', {
        run: (_f, r) => void found.push(cells.map((cell) => r(cell)[1] as number)),
        reads: cells,
      })
      for (let index = 0; index < 6; ++index) {
        for (const input of inputs) input?.set(index)
        await frame.run()
      }
      for (const [index, values] of found.entries()) {
        expect(values).toEqual(expectedOf(parents, index))
      }
      expect(found.length).toBe(6)
    }
  })
})
