/** Every program in examples/ runs and does what it says. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import { makeFolder, run, writeFiles } from '../cli/support.js'
import { root } from '../support/program.js'

const examples = join(root, 'examples')
const example = (name: string, ...args: string[]) =>
  run(process.execPath, [join(examples, name), ...args])

test('mean.mjs computes', () => {
  expect(example('mean.mjs', '1', '2', '3', '4')).toEqual({
    status: 0,
    signal: null,
    stdout: 'mean 2.5\nvariance 1.25\n',
    stderr: '',
  })
  expect(example('mean.mjs').status).toBe(2)
})

test('duplicates.mjs finds what is there twice', () => {
  const folder = makeFolder()
  writeFiles(folder.path, { a: 'same', 'b/c': 'same', d: 'other', e: 'same' })
  const { status, stdout } = example('duplicates.mjs', folder.path)
  const same = ['a', 'b/c', 'e'].map((name) => join(folder.path, name))
  expect(stdout).toBe(`${same.join(' = ')}\n8 bytes could be saved\n`)
  expect(status).toBe(0)
  folder.remove()
})

test('read-ahead.mjs counts lines, and goes on after what cannot be read', () => {
  const folder = makeFolder()
  writeFiles(folder.path, { three: '1\n2\n3\n', none: '' })
  const [three, missing, none] = ['three', 'missing', 'none'].map((name) => join(folder.path, name))
  const { status, stdout } = example('read-ahead.mjs', `${three}`, `${missing}`, `${none}`)
  expect(stdout).toBe(`3 ${three}\n- ${missing}: ENOENT\n0 ${none}\n`)
  expect(status).toBe(0)
  folder.remove()
})

test('there is no other, but for those that others run', () => {
  // CMake; test/lib/native-kernel.test.ts; and kernel-examples, opencl and renderer tests.
  const folders = ['kernels', 'native', 'opencl', 'renderer', 'support']
  const scripts = ['duplicates', 'mean', 'read-ahead']
  const onAllCores = [
    'k-means',
    'life',
    'mandelbrot',
    'path-tracer',
    'queens',
    'quicksort',
    'word-count',
  ]
  const theirKernels = ['path-tracer-kernels', 'quicksort-kernels', 'word-count-kernels']
  const modules = [...scripts, ...onAllCores, ...theirKernels].map((name) => `${name}.mjs`)
  expect(readdirSync(examples).sort()).toEqual([...modules, ...folders].sort())
})
