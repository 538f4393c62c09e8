/** The example with OpenCL runs, on whatever device there is. Without one it is skipped. */
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { run } from '../cli/support.js'
import { root } from '../support/program.js'

const addon = join(root, 'out/release/opencl.node')
const example = join(root, 'examples/opencl/squares.mjs')

/** Loads the addon and does something with it, in a process of its own: drivers have threads. */
function withAddon(code: string) {
  return run(process.execPath, ['-p', `const opencl = require('${addon}'); ${code}`])
}

const found = withAddon('opencl.device')
const isFound = found.status === 0
const [why] = /Error: .*/.exec(found.stderr) ?? [found.stderr]
const title = `OpenCL ${isFound ? `on ${found.stdout.trim()}` : `not tested: ${why}`}`
console.log(title)

describe.skipIf(!isFound)(title, () => {
  test('frames wait for it, by a descriptor and by a completion', () => {
    const { status, stdout } = run(process.execPath, [example, '40'])
    const lines = ['descriptor', 'completion'].flatMap((way) =>
      Array.from({ length: 40 }, (_, f) => {
        const [a, b, c, d, last] = [0, 1, 2, 3, 999].map((i) => (f + i) ** 2)
        return `${way} ${f} ${a} ${b} ${c} ${d} ${last}\n`
      }),
    )
    expect(stdout).toBe(lines.join(''))
    expect(status).toBe(0)
  })

  test.each([
    ['[1, 2], 1', 'values must be a Uint32Array'],
    ['new Float32Array(4), 1', 'values must be a Uint32Array'],
    ['new Uint32Array(4)', 'fence must be a descriptor or a pointer'],
    ['new Uint32Array(4), 99_999', 'fence must be a descriptor or a pointer'],
    ['new Uint32Array(0), 1', 'OpenCL has refused it'],
  ])('it refuses square(%s)', (given, message) => {
    const { stdout } = withAddon(`try { opencl.square(${given}) } catch (e) { e.message }`)
    expect(stdout).toBe(`${message}\n`)
  })
})
