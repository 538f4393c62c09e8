// What bindings mostly are goes flat between threads, everything else as V8 clones it; nobody can
// tell which of them it was.
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'

import { flatFrom, flatTo, isFlat } from '../../lib/flat-clone.js'
import { cloneFrom, cloneTo } from '../../lib/kernel-clone.js'
import type { SharedBuffers } from '../../lib/shared-views.js'

function buffersOf(): SharedBuffers {
  const buffers: SharedArrayBuffer[] = []
  return {
    numberOf: (buffer) => {
      if (!buffers.includes(buffer)) buffers.push(buffer)
      return buffers.indexOf(buffer) + 2 ** 40
    },
    bufferOf: (number) => buffers[number - 2 ** 40] as SharedArrayBuffer,
  }
}

/** There and back. */
function flat(value: unknown): unknown {
  const shared = buffersOf()
  const bytes = flatTo(value, shared)
  if (bytes === undefined) return 'not flat'
  expect(isFlat(bytes.buffer as ArrayBuffer)).toBe(true)
  return flatFrom(bytes.buffer as ArrayBuffer, shared)
}

const memory = new SharedArrayBuffer(64)
const deep = { a: { b: { c: [{ d: 1 }] } } }

test.each<[string, object]>([
  ['nothing', {}],
  ['numbers', { a: 1, b: -0, c: 0.5, d: 2 ** 31, e: -(2 ** 31), f: NaN, g: -Infinity, h: 2 ** 53 }],
  ['small values', { a: true, b: false, c: null, d: undefined }],
  ['texts', { a: '', 'b c': 'ä€𝄞', '"': '\n\u0000', lone: '\ud800x', 7: 'seven' }],
  ['an array', [1, 'a', [], [null]]],
  ['what lies deep', deep],
  ['a long array', Array.from({ length: 100 }, (_, i) => i / 2)],
])('%s', (_, value) => {
  expect(flat(value)).toStrictEqual(value)
})

test('views of shared memory are views of the same memory', () => {
  const views = [
    new DataView(memory, 8, 16),
    new Int8Array(memory, 3, 5),
    new Uint8Array(memory),
    new Uint8ClampedArray(memory, 1),
    new Int16Array(memory, 2, 3),
    new Uint16Array(memory, 4, 0),
    new Int32Array(memory, 4),
    new Uint32Array(memory, 8),
    new Float32Array(memory, 12, 2),
    new Float64Array(memory, 16, 2),
    new BigInt64Array(memory, 24, 1),
    new BigUint64Array(memory, 64, 0),
  ]
  const copies = flat(views) as typeof views
  for (const [i, view] of views.entries()) {
    const copy = copies[i] as DataView
    expect(copy).not.toBe(view)
    expect(Object.getPrototypeOf(copy)).toBe(Object.getPrototypeOf(view))
    expect(copy.buffer).toBe(memory)
    expect([copy.byteOffset, copy.byteLength]).toEqual([view.byteOffset, view.byteLength])
  }
})

test('a view that comes twice is one view', () => {
  const view = new Float64Array(memory)
  const copy = flat({ a: view, b: [view], c: new Float64Array(memory) }) as Record<string, unknown>
  expect((copy.b as unknown[])[0]).toBe(copy.a)
  expect(copy.c).not.toBe(copy.a)
})

test('properties are read once', () => {
  let reads = 0
  const value = {
    get a() {
      reads += 1
      return reads
    },
  }
  expect(flat(value)).toEqual({ a: 1 })
  expect(reads).toBe(1)
})

const circle: Record<string, unknown> = {}
circle.self = circle
const twice = {}

test.each<[string, unknown]>([
  ['a number', 1],
  ['a bigint', { a: 1n }],
  ['a function', { a: () => {} }],
  ['a symbol', { a: Symbol.iterator }],
  ['a date', { a: new Date(0) }],
  ['a map', { a: new Map() }],
  ['an instance', { a: new (class A {})() }],
  ['without a prototype', Object.create(null)],
  ['of another realm', runInNewContext('({})')],
  ['a proxy', new Proxy({}, {})],
  ['a circle', circle],
  ['an object that comes twice', [twice, twice]],
  ['an array with holes', new Array(3)],
  ['an array with a name', Object.assign([1], { name: 2 })],
  ['memory that is not shared', { a: new Float64Array(2) }],
  ['shared memory in no view', { a: memory }],
  ['what would change the prototype', JSON.parse('{"__proto__":{"a":1}}')],
  ['a lot', Array.from({ length: 1000 }, (_, i) => i)],
])('%s is for V8', (_, value) => {
  expect(flat(value)).toBe('not flat')
})

test('a clone that is not flat is read as what it is', () => {
  const shared = buffersOf()
  const value = { date: new Date(5), view: new Float64Array(memory), big: 5n }
  const bytes = cloneTo(value, shared).buffer as ArrayBuffer
  expect(isFlat(bytes)).toBe(false)
  expect(cloneFrom(bytes, shared)).toEqual(value)
})

test('random values are the same either way', () => {
  let seed = 1
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((seed / 2 ** 32) * below)
  }
  const leaf = () =>
    [random(100), random(2) === 1, null, undefined, `text ${random(9)}`, random(9) / 7][random(6)]
  const make = (depth: number): unknown => {
    if (depth === 0 || random(3) === 0) return leaf()
    const parts = Array.from({ length: random(4) }, () => make(depth - 1))
    if (random(2) === 0) return parts
    return Object.fromEntries(parts.map((part, i) => [`p${random(5)}${i}`, part]))
  }
  for (let n = 0; n < 500; ++n) {
    const value = [make(4)]
    expect(flat(value)).toStrictEqual(structuredClone(value))
  }
})
