/** Results that come in any order are told in the order of the files, each once. */
import { expect, test } from 'vitest'

import { Batch, BatchQueue } from '../../dist/cli/batch.js'

const LOCKED = { code: 'EACCES', reason: 'permission denied' }

function makeQueue() {
  const told: string[] = []
  const queue = new BatchQueue({
    found({ paths, sizes, hashes }, first, end) {
      for (let i = first; i < end; ++i) told.push(`${paths[i]} ${sizes[i]} ${hashes[i]}`)
    },
    failed: (path, { code }) => told.push(`${path} ${code}`),
  })
  return { queue, told }
}

function makeBatch(...paths: string[]): Batch {
  const batch = new Batch()
  batch.add({ paths, failure: undefined })
  batch.start()
  return batch
}

test('whatever the order in which results come', () => {
  for (const order of permutations([0, 1, 2, 3, 4])) {
    const { queue, told } = makeQueue()
    const batches = [makeBatch('p0', 'p1'), makeBatch('p2', 'p3', 'p4')]
    for (const batch of batches) queue.push(batch)
    for (const n of order) {
      const [batch, index] = n < 2 ? [batches[0], n] : [batches[1], n - 2]
      if (n === 3) batch?.failed(index, LOCKED)
      else batch?.found(index, n, `hash${n}`)
      queue.advance()
      const all = ['p0 0 hash0', 'p1 1 hash1', 'p2 2 hash2', 'p3 EACCES', 'p4 4 hash4']
      expect(told).toEqual(all.slice(0, told.length))
    }
    expect(told).toHaveLength(5)
    expect(queue.length).toBe(0)
  }
})

test('what cannot be read has its result from the start', () => {
  const { queue, told } = makeQueue()
  const batch = new Batch()
  batch.add({ paths: ['a'], failure: LOCKED })
  batch.add({ paths: ['b', 'c'], failure: undefined })
  batch.add({ paths: ['d'], failure: LOCKED })
  expect(batch.start()).toEqual([1, 2])
  queue.push(batch)
  queue.advance()
  expect(told).toEqual(['a EACCES'])
  batch.found(2, 0, 'h2')
  batch.found(1, 0, 'h1')
  queue.advance()
  expect(told).toEqual(['a EACCES', 'b 0 h1', 'c 0 h2', 'd EACCES'])
  expect(queue.length).toBe(0)
})

function permutations(values: number[]): number[][] {
  if (values.length === 0) return [[]]
  return values.flatMap((first) =>
    permutations(values.filter((value) => value !== first)).map((rest) => [first, ...rest]),
  )
}
