/**
 * Frame graphs: what runs in which order, and what a frame sees; on workers and stepping alike.
 */
import { describe, expect, test } from 'vitest'

import { Complex, FrameGraph, kernel, shared } from '../../dist/index.js'
import { allSchedulers, type Bound, failureOf, fill } from '../support/frames.js'

const add = kernel((_t, i: number, b: Bound) => {
  b.out[i] = b.from[i] + b.by
})
const fillSquare = kernel((_t, x: number, y: number, b: Bound) => {
  b.out[y * b.width + x] = 100 * y + x
})
const fillCube = kernel((_t, x: number, y: number, z: number, b: Bound) => {
  b.out[(z * 3 + y) * 4 + x] = 100 * z + 10 * y + x
})

describe.each(allSchedulers())('on %s', (_, scheduler) => {
  test('a chain of kernels and functions sees what each has written', async () => {
    using frame = new FrameGraph(scheduler)
    const seen: number[][] = []
    const base = frame.input('base', 1)
    const a = frame.resource('a', () => shared(Float64Array, 4))
    const b = frame.resource('b', () => shared(Float64Array, 4))
    const log = frame.resource('log', () => [] as number[])
    frame.node('add', {
      dispatch: [add, 4, (f, r) => ({ from: r(a), out: r(b), by: 10 * f.index })],
      reads: [a],
      writes: [b],
    })
    frame.node('fill', {
      dispatch: [fill, 4, { out: a, value: base }],
      reads: [base],
      writes: [a],
    })
    frame.node('copy', { run: (_f, r) => [...r(b)], reads: [b], writes: [log] })
    frame.node('keep', { run: (_f, r) => void seen.push(r(log)), reads: [log] })
    await frame.run()
    base.set(5)
    const running = [frame.run(), frame.run()]
    base.set(7) // After both have started.
    await Promise.all(running)
    await frame.run()
    expect(seen).toEqual([
      [1, 2, 3, 4],
      [15, 16, 17, 18],
      [25, 26, 27, 28],
      [37, 38, 39, 40],
    ])
  })

  test('more frames than places wait for one, and come in order', async () => {
    using frame = new FrameGraph(scheduler, { framesInFlight: 3 })
    const order: string[] = []
    frame.node('a', { run: async (f) => void order.push(`a${f.index}`) })
    frame.node('b', { run: (f) => void order.push(`b${f.index}`), after: ['a'] })
    const stats = await Promise.all(Array.from({ length: 20 }, () => frame.run()))
    expect(stats.map(({ index }) => index)).toEqual(Array.from({ length: 20 }, (_, i) => i))
    for (const node of ['a', 'b']) {
      const mine = order.filter((each) => each.startsWith(node))
      expect(mine).toEqual(stats.map(({ index }) => `${node}${index}`))
    }
  })

  test('dispatches have one to three dimensions, none, and sizes of the frame', async () => {
    using frame = new FrameGraph(scheduler)
    const square = frame.resource('square', () => shared(Float64Array, 12))
    const cube = frame.resource('cube', () => shared(Float64Array, 24))
    const line = frame.resource('line', () => shared(Float64Array, 5))
    const found: number[][] = []
    frame.node('square', {
      dispatch: [fillSquare, [4, 3], { out: square, width: 4 }],
      writes: [square],
    })
    frame.node('cube', { dispatch: [fillCube, [4, 3, 2], { out: cube }], writes: [cube] })
    frame.node('line', {
      dispatch: [fill, (f) => f.index, (f, r) => ({ out: r(line), value: f.index })],
      writes: [line],
    })
    frame.node('see', {
      run: (_f, r) => void found.push([...r(square)], [...r(cube)], [...r(line)]),
      reads: [square, cube, line],
    })
    await frame.run()
    await frame.run()
    await frame.run()
    const expected = Array.from({ length: 12 }, (_, i) => 100 * Math.floor(i / 4) + (i % 4))
    expect(found[0]).toEqual(expected)
    expect(found[1]?.slice(-3)).toEqual([121, 122, 123])
    expect([2, 5, 8].map((i) => found[i])).toEqual([
      [0, 0, 0, 0, 0],
      [1, 0, 0, 0, 0],
      [2, 3, 0, 0, 0],
    ])
  })

  test('a size may be what the frame has computed before', async () => {
    const sums: number[] = []
    using again = new FrameGraph(scheduler)
    const counted = again.resource('count', () => shared(Float64Array, 1))
    const filled = again.resource('out', () => shared(Float64Array, 6))
    again.node('count', {
      dispatch: [fill, 1, (f, r) => ({ out: r(counted), value: f.index })],
      writes: [counted],
    })
    again.node('fill', {
      dispatch: [fill, (_f, r) => r(counted)[0] as number, { out: filled, value: 1 }],
      reads: [counted],
      writes: [filled],
    })
    again.node('sum', {
      run: (_f, r) => void sums.push(r(filled).reduce((a, b) => a + b)),
      reads: [filled],
    })
    for (let i = 0; i < 5; ++i) await again.run()
    // Each of the two in flight keeps what the frames before have left in it.
    expect(sums).toEqual([0, 1, 3, 6, 10])
  })

  test('scalars of all types are computed as those of Async values', async () => {
    using frame = new FrameGraph(scheduler)
    const x = frame.input('x', 2)
    const n = frame.scalar('n', 0)
    const isLarge = frame.scalar('isLarge', false)
    const big = frame.scalar('big', 10n)
    const z = frame.scalar('z', new Complex(0, 0))
    const late = frame.resource('late', () => shared(Float64Array, 1))
    const seen: unknown[] = []
    frame.node('n', { compute: (r) => r(x).mul(r(x)).add(0.5), writes: [n] })
    frame.node('isLarge', { compute: (r) => r(n).gt(5), writes: [isLarge] })
    frame.node('big', { compute: (r) => r(big).mul(3n).neg(), writes: [big] })
    frame.node('z', { compute: (r) => r(z).add(new Complex(0, 1)).mul(r(n)), writes: [z] })
    frame.node('bind', {
      dispatch: [fill, 1, (_f, r) => ({ out: r(late), value: r(n) })],
      reads: [n],
      writes: [late],
    })
    frame.node('see', {
      run: (_f, r) => void seen.push(r(n), r(isLarge), r(big), r(late)[0]),
      reads: [n, isLarge, big, late],
    })
    expect([n.value, big.value]).toEqual([0, 10n])
    await frame.run()
    expect([n.value, isLarge.value, big.value, z.value]).toEqual([
      4.5,
      false,
      -30n,
      new Complex(0, 4.5),
    ])
    x.set(3)
    await frame.run()
    expect([n.value, isLarge.value, big.value, z.value]).toEqual([
      9.5,
      true,
      -30n,
      new Complex(0, 9.5),
    ])
    expect(seen).toEqual([4.5, false, -30n, 4.5, 9.5, true, -30n, 9.5])
  })

  test('a scalar may be another as it is, or a constant', async () => {
    using frame = new FrameGraph(scheduler)
    const given = frame.input('given', 0)
    const same = frame.scalar('same', 1)
    const z = frame.scalar('z', new Complex(0, 0))
    frame.node('same', { compute: (r) => r(given), writes: [same] })
    frame.node('z', { compute: () => new Complex(1, 2), writes: [z] })
    for (const value of [Number.NaN, -0, 5]) {
      given.set(value)
      await frame.run()
      expect(same.value).toBe(value)
    }
    expect(z.value).toEqual(new Complex(1, 2))
  })

  test('inputs have all types, and each frame its own', async () => {
    using frame = new FrameGraph(scheduler, { framesInFlight: 1 })
    const like = 0x7ff4_0000_0000_0001n // The bits of a NaN.
    const sets = [
      [1.5, 1n, true, new Complex(1, 2)],
      [-0, like, false, new Complex(0, -1)],
      [Number.NaN, -like, true, new Complex(-0, 0)],
    ]
    const inputs = (sets[0] as unknown[]).map((value, i) => frame.input(`in ${i}`, value as never))
    const outs = (sets[0] as unknown[]).map((value, i) => frame.scalar(`${i}`, value as never))
    for (const [i, out] of outs.entries()) {
      frame.node(`${i}`, { compute: (r) => r(inputs[i] as never), writes: [out] })
    }
    for (const set of [...sets, ...sets]) {
      for (const [i, input] of inputs.entries()) input.set(set[i] as never)
      await frame.run()
      expect(outs.map(({ value }) => value)).toEqual(set)
    }
  })

  test('frames that are over at once leave the event loop to others', async () => {
    using frame = new FrameGraph(scheduler)
    const x = frame.scalar('x', 0)
    frame.node('x', { compute: (r) => r(x).add(1), writes: [x] })
    let hasCome = false
    setTimeout(() => {
      hasCome = true
    }, 1)
    let frames = 0
    while (!hasCome && frames < 1e6) {
      await frame.run()
      ++frames
    }
    expect([hasCome, x.value]).toEqual([true, 1])
  })

  test('sizes are checked, the first and those that are like the last', async () => {
    const bound = { out: shared(Float64Array, 4), value: 0 }
    for (const sizes of [[-1], [[-1]], [[4], [4, -1]]]) {
      using frame = new FrameGraph(scheduler, { framesInFlight: 1 })
      frame.node('fill', { dispatch: [fill, ({ index }) => sizes[index] as number, bound] })
      for (const size of sizes) {
        const error = await failureOf(frame.run())
        if (size === sizes.at(-1)) expect(error).toMatchObject({ node: 'fill' })
      }
    }
  })

  test('what functions give takes the place of what they write', async () => {
    using frame = new FrameGraph(scheduler)
    const text = frame.resource('text', () => 'nothing')
    const size = frame.scalar('size', 0)
    const seen: unknown[] = []
    frame.node('text', {
      flow: async (f) => (f.index === 1 ? undefined : `frame ${f.index}`),
      writes: [text],
    })
    frame.node('size', { run: (_f, r) => r(text).length, reads: [text], writes: [size] })
    frame.node('see', { run: (_f, r) => void seen.push(r(text), r(size)), reads: [text, size] })
    for (let i = 0; i < 4; ++i) await frame.run()
    expect(seen.slice(0, 2)).toEqual(['frame 0', 7])
    expect(seen.slice(6)).toEqual(['frame 3', 7])
    expect(size.value).toBe(7)
  })

  test('nodes that are not to run are passed over', async () => {
    using frame = new FrameGraph(scheduler)
    const order: string[] = []
    const log = (name: string) => (f: { index: number }) => void order.push(`${name}${f.index}`)
    frame.node('a', { run: log('a') })
    frame.node('b', { run: log('b'), after: ['a'], when: (f) => f.index % 2 === 1 })
    frame.node('c', { run: log('c'), after: ['b'] })
    frame.node('d', { run: log('d'), after: ['c'], once: true })
    for (let i = 0; i < 3; ++i) await frame.run()
    expect(order).toEqual(['a0', 'c0', 'd0', 'a1', 'b1', 'c1', 'a2', 'c2'])
  })

  test('a graph may be a node of another', async () => {
    using inner = new FrameGraph(scheduler, { name: 'inner' })
    using outer = new FrameGraph(scheduler, { name: 'outer' })
    const order: string[] = []
    inner.node('x', { run: (f) => void order.push(`x${f.index} at ${f.time}`) })
    outer.node('before', { run: () => void order.push('before') })
    outer.node('inner', { graph: inner, after: ['before'] })
    outer.node('after', { run: () => void order.push('after'), after: ['inner'] })
    await outer.run({ time: 5 })
    expect(order).toEqual(['before', 'x0 at 5', 'after'])
  })

  test('files are written and read in a frame', async () => {
    using frame = new FrameGraph(scheduler)
    const bytes = frame.resource('bytes', () => new Uint8Array(0))
    const path = process.execPath
    frame.node('read', { io: () => scheduler.io.readFile(path), writes: [bytes] })
    const sizes: number[] = []
    frame.node('see', { run: (_f, r) => void sizes.push(r(bytes).length), reads: [bytes] })
    await frame.run()
    expect(sizes[0]).toBeGreaterThan(1_000_000)
  })
})
