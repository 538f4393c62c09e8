/**
 * The renderer's meshes: files that packages ship, what their formats allow, and files that are cut
 * off or none. Decoded on isolates, as the renderer does it.
 */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { Scheduler } from '../../dist/index.js'
import type { Mesh } from '../../examples/renderer/mesh.mjs'
import { buildRenderer, load } from '../support/renderer.js'

type Kernels = typeof import('../../examples/renderer/kernels.mjs')
type Models = typeof import('../../examples/renderer/models.mjs')

let decode: (bytes: Uint8Array, name: string) => Promise<Mesh>
let models: Models['MODELS']
const scheduler = new Scheduler(1)

beforeAll(async () => {
  buildRenderer()
  const kernels = await load<Kernels>('kernels')
  decode = (bytes, name) => kernels.decode(scheduler, bytes, name)
  models = (await load<Models>('models')).MODELS
})

afterAll(() => scheduler[Symbol.dispose]())

/** A file of a package. */
function fileOf(name: string, path: string): Buffer {
  const require = createRequire(import.meta.url)
  return readFileSync(join(dirname(require.resolve(`${name}/package.json`)), path))
}

function boxOf({ positions }: Mesh): number[] {
  const ends = [0, 1, 2].map((axis) => {
    const values = positions.filter((_, i) => i % 3 === axis)
    return values.reduce(([low, high], x) => [Math.min(low, x), Math.max(high, x)], [1e9, -1e9])
  })
  return [...ends.map(([low]) => low), ...ends.map(([, high]) => high)] as number[]
}

/** Six times what the triangles enclose: more than 0 where they are counter-clockwise outside. */
function volumeOf({ positions, indices }: Mesh): number {
  const at = (corner: number, axis: number) =>
    positions[3 * (indices[corner] as number) + axis] as number
  let sum = 0
  for (let i = 0; i < indices.length; i += 3) {
    for (let x = 0; x < 3; ++x) {
      const [y, z] = [(x + 1) % 3, (x + 2) % 3]
      sum += at(i, x) * (at(i + 1, y) * at(i + 2, z) - at(i + 1, z) * at(i + 2, y))
    }
  }
  return sum
}

function expectSound({ positions, normals, indices }: Mesh): void {
  expect(normals.length).toBe(positions.length)
  expect(indices.every((index) => 3 * index < positions.length)).toBe(true)
  expect(positions.every(Number.isFinite)).toBe(true)
  for (let i = 0; i < normals.length; i += 3) {
    const length = Math.hypot(...normals.subarray(i, i + 3))
    if (Math.abs(length - 1) > 1e-5) expect(length).toBe(1)
  }
  for (const { buffer } of [positions, normals, indices]) {
    expect(buffer).toBeInstanceOf(SharedArrayBuffer)
  }
}

describe('a file that a package ships is decoded', () => {
  const files = [
    { name: 'bunny.obj', triangles: 69_666, box: [-5.02, -0.04, -3.89, 5.02, 9.9, 3.89] },
    { name: 'teapot.obj', triangles: 6320, box: [-3, 0, -2, 3.43, 3.15, 2] },
    {
      name: 'Pterosaur_FDM.stl',
      triangles: 201_286,
      box: [-23.43, -20.63, -6.22, 36.57, 24.37, 43.78],
    },
    { name: 'frog-OwenCollins.stl', triangles: 4984, box: [-13.98, -6.65, 0, 23.32, 24.19, 15.28] },
  ]

  test.each(files)('$name', async ({ name, triangles, box }) => {
    const { path } = models.find((model) => model.path.endsWith(name)) as (typeof models)[number]
    const mesh = await decode(readFileSync(path), name)
    expectSound(mesh)
    expect(mesh.indices.length / 3).toBe(triangles)
    expect(volumeOf(mesh)).toBeGreaterThan(0)
    for (const [i, end] of boxOf(mesh).entries()) expect(end).toBeCloseTo(box[i] as number, 1)
  })

  test('an STL file as text', async () => {
    const mesh = await decode(fileOf('node-stl', 'test/test_data/WALLY_1plate.stl'), 'wally.stl')
    expectSound(mesh)
    expect(mesh.indices.length / 3).toBe(382)
  })

  test('a binary STL file that begins as a text does', async () => {
    const file = fileOf('node-stl', 'test/test_data/002.STL')
    expect(file.toString('latin1', 0, 5)).toBe('solid')
    const mesh = await decode(file, '002.STL')
    expectSound(mesh)
    expect(mesh.indices.length / 3).toBe(40)
  })
})

describe('OBJ', () => {
  const square = 'v 0 0 0\nv 1 0 0\nv 1 1 0\nv 0 1 0\n'

  test('polygons become fans, and negative indices count from the newest', async () => {
    const { indices, normals } = await decode(Buffer.from(`${square}f -4 -3 -2 4\n`), 'a.obj')
    expect([...indices]).toEqual([0, 1, 2, 0, 2, 3])
    expect([...normals]).toEqual([0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1])
  })

  test('other statements, blanks, ends of lines and forms of numbers are fine', async () => {
    const text =
      '# A file\r\no thing\r\n\r\nv +1e0 -.5 12345678901234567890e-19 1.0\r\nv\t2. 1.5E+1 0\r\n' +
      'v 0.1 0.30000000000000004 -7\r\nvt 0 0\r\nusemtl f\r\ns off\r\n  f 1/1 2/1 3/1  \r\n# End'
    const { positions, indices } = await decode(Buffer.from(text), 'A.OBJ')
    const numbers = [1, -0.5, 1.2345678901234567, 2, 15, 0, 0.1, 0.3, -7]
    expect(positions).toEqual(Float32Array.from(numbers))
    expect([...indices]).toEqual([0, 1, 2])
  })

  test('a vertex is made for each pair of a point and a normal', async () => {
    const text = `${square}vn 0 0 2\nvn 0 3 4\nf 1//1 2//1 3//1\nf 1//1 3/7/1 4//-1\n`
    const { positions, normals, indices } = await decode(Buffer.from(text), 'a.obj')
    expect([...indices]).toEqual([0, 1, 2, 0, 2, 3])
    expect([...positions.subarray(9)]).toEqual([0, 1, 0])
    expect(normals.subarray(6)).toEqual(Float32Array.of(0, 0, 1, 0, 0.6, 0.8))
  })

  test('where a normal is missing, all are computed', async () => {
    const text = `${square}vn 1 0 0\nf 1//1 2//1 3//1\nf 1 3 4\n`
    const { normals } = await decode(Buffer.from(text), 'a.obj')
    expect([...normals.subarray(0, 3)]).toEqual([0, 0, 1])
  })

  test.each([
    ['nothing', '', 'a.obj: it has no polygons'],
    ['something else', '{ "a": 1 }\n\0\0', 'a.obj: it has no polygons'],
    ['no polygon', square, 'a.obj: it has no polygons'],
    ['a number that is none', 'v 1 2 x\n', 'a.obj: line 1: a number is missing'],
    ['a number that is missing', 'v 0 0 0\nv 1 2\n', 'a.obj: line 2: a number is missing'],
    ['a number that is too large', 'v 1 2 1e999\n', 'a.obj: line 1: a number is not finite'],
    ['an exponent without digits', 'v 1 2 1e\n', 'a.obj: line 1: a whole number is missing'],
    ['an index of none', `${square}f 1 2 5\n`, 'a.obj: line 5: vertex 5 of 4'],
    ['an index of 0', `${square}f 1 2 0\n`, 'a.obj: line 5: vertex 0 of 4'],
    ['an index before the first', `${square}f 1 2 -5\n`, 'a.obj: line 5: vertex -5 of 4'],
    ['a normal that is none', `${square}f 1//1 2 3\n`, 'a.obj: line 5: normal 1 of 0'],
    ['an index that is none', `${square}f 1 2 a\n`, 'a.obj: line 5: a whole number is missing'],
    ['two corners', `${square}f 1 2\n`, 'a.obj: line 5: a polygon of 2 corners'],
    ['an open end', `${square}f 1 2 3`, 'a.obj: line 5: the file ends within a statement'],
  ])('refuses %s', async (_, text, message) => {
    await expect(decode(Buffer.from(text), 'a.obj')).rejects.toThrow(new Error(message))
  })

  test('a file that is cut off is refused, or cut between two lines', async () => {
    const whole = fileOf('seen', 'site/assets/teapot-low.obj')
    const cuts = Array.from({ length: 60 }, (_, i) => Math.floor((whole.length * (i + 0.5)) / 60))
    let refused = 0
    for (const cut of cuts) {
      const part = whole.subarray(0, cut)
      const mesh = await decode(part, 'a.obj').catch((error: Error) => error)
      if (mesh instanceof Error) {
        expect(mesh.message).toMatch(/^a\.obj: /)
        ++refused
      } else {
        expectSound(mesh)
        const isAtEnd = /(\n|(^|\n)#[^\n]*)$/.test(part.toString('latin1'))
        expect(isAtEnd).toBe(true)
      }
    }
    expect(refused).toBeGreaterThan(50)
  })
})

describe('STL', () => {
  const facet = 'facet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\nvertex -0 1 0\n'
  const text = `solid a\n${facet}endloop\nendfacet\nendsolid a`

  function binary(triangles: number, bytes = 84 + 50 * triangles): Buffer {
    const file = Buffer.alloc(bytes)
    if (bytes >= 84) file.writeUInt32LE(triangles, 80)
    return file
  }

  test('equal vertices become one, and 0 is -0', async () => {
    const twice = text.replace(
      'endsolid',
      `${facet.replaceAll('0 0 0', '-0 0 -0')}endfacet\nendsolid`,
    )
    const { positions, indices } = await decode(Buffer.from(twice), 'a.stl')
    expect([...indices]).toEqual([0, 1, 2, 0, 1, 2])
    expect([...positions]).toEqual([0, 0, 0, 1, 0, 0, 0, 1, 0])
  })

  test.each([
    ['nothing', '', 'cut off, or no STL: 0 bytes have no room for a header'],
    ['no triangles', 'solid a\nendsolid a\n', 'it has no triangles'],
    ['no end', text.slice(0, -10), 'cut off: no "endsolid" after 1 triangles'],
    [
      'a triangle without end',
      text.replace('endfacet\n', ''),
      'cut off: no "endsolid" after 0 triangles',
    ],
    ['two vertices', text.replace('vertex 1 0 0\n', ''), 'line 7: a triangle has three vertices'],
    ['a missing number', text.replace('1 0 0', '1 0'), 'line 5: a number is missing'],
  ])('refuses text with %s', async (_, text, message) => {
    await expect(decode(Buffer.from(text), 'a.stl')).rejects.toThrow(new Error(`a.stl: ${message}`))
  })

  test.each([
    [
      'no room for a header',
      binary(0, 83),
      'cut off, or no STL: 83 bytes have no room for a header',
    ],
    ['no triangles', binary(0), 'it has no triangles'],
    ['too few', binary(3, 184), 'cut off, or no STL: it has 184 bytes, and 3 triangles take 234'],
    [
      'far too few',
      binary(2 ** 32 - 1, 84),
      'it has 84 bytes, and 4294967295 triangles take 214748364834',
    ],
    ['a number that is none', binary(2).fill(255, 146, 150), 'triangle 2: a number is not finite'],
  ])('refuses a binary file with %s', async (_, file, message) => {
    await expect(decode(file, 'a.stl')).rejects.toThrow(message)
    await expect(decode(file, 'a.stl')).rejects.toThrow(/^a\.stl: /)
  })

  test('a file that is cut off anywhere is refused', async () => {
    const whole = fileOf('node-stl', 'test/test_data/002.STL')
    for (let bytes = 0; bytes < whole.length; bytes += 13) {
      await expect(decode(whole.subarray(0, bytes), 'a.stl')).rejects.toThrow(/^a\.stl: /)
    }
  })
})

test('a file of another format is refused', async () => {
  const message = 'a.fbx: no format that is known, which are .obj and .stl'
  await expect(decode(Buffer.from('x'), 'a.fbx')).rejects.toThrow(new Error(message))
})
