/** Kernels in C and C++: the examples, every call they can make, their mistakes, and their end. */
import { execFileSync } from 'node:child_process'
import * as nodeFs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'

import {
  DebugScheduler,
  KernelError,
  type NativeKernel,
  Scheduler,
  TaskCancelled,
} from '../../dist/index.js'
import { root, runProgram } from '../support/program.js'

type Kernels = Record<string, NativeKernel>

let folder: string
const at = (name: string) => join(folder, name)

/** Compiles a library of kernels, and says where it is. */
function compile(source: string, ...flags: string[]): string {
  const library = at(`${source.replaceAll(/[/.]/g, '-')}.so`)
  const compiler = source.endsWith('.cc') ? ['c++', '-std=c++17'] : ['cc', '-std=c11']
  const options = ['-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-shared', ...flags]
  const include = `-I${join(root, 'native/include')}`
  const [program, ...rest] = [...compiler, ...options, include, join(root, source), '-o', library]
  execFileSync(program as string, rest)
  return library
}

function shared(bytes: Uint8Array | number[]): Uint8Array {
  const array = new Uint8Array(new SharedArrayBuffer(bytes.length))
  array.set(bytes)
  return array
}

const text = (string: string) => shared(Buffer.from(string))

let primes: string
let lines: string
let odd: string

beforeAll(() => {
  folder = nodeFs.mkdtempSync(join(tmpdir(), 'heddle-kernels-'))
  primes = compile('examples/kernels/primes.c')
  lines = compile('examples/kernels/lines.cc')
  odd = compile('test/kernels/odd.c')
})

afterAll(() => nodeFs.rmSync(folder, { recursive: true }))

describe.each(['auto', 'threads'] as const)('with io: %s', (io) => {
  let scheduler: Scheduler
  let kernels: Kernels
  const opened: number[] = []

  beforeEach(() => {
    scheduler = new Scheduler({ threads: 3, io })
    kernels = scheduler.loadKernels(odd)
  })

  afterEach(() => {
    scheduler[Symbol.dispose]()
    for (const fd of opened.splice(0)) nodeFs.closeSync(fd)
  })

  const call = (name: string, ...args: (number | ArrayBufferView)[]) =>
    scheduler.call(kernels[name] as NativeKernel, args)

  test('a trace names them', async () => {
    const { count_primes } = scheduler.loadKernels(primes) as Kernels
    scheduler.trace({ start: true })
    await scheduler.call(count_primes as NativeKernel, [100_000])
    const { traceEvents } = scheduler.trace({ stop: true })
    expect(traceEvents.some(({ name, ph }) => name === 'count_primes' && ph === 'X')).toBe(true)
  })

  test('the examples count primes and lines', async () => {
    const { count_primes, mark_primes } = scheduler.loadKernels(primes) as Kernels
    expect(await scheduler.call(count_primes as NativeKernel, [100_000])).toBe(9592)
    const marks = shared(new Uint8Array(100_000).fill(2))
    await scheduler.call(mark_primes as NativeKernel, [marks])
    expect(marks.reduce((sum, mark) => sum + mark)).toBe(9592)
    expect([...marks.subarray(0, 8)]).toEqual([0, 0, 1, 1, 0, 1, 0, 1])

    const files = nodeFs.mkdtempSync(at('files-'))
    for (let i = 0; i < 200; ++i) nodeFs.writeFileSync(join(files, `${i}`), 'line\n'.repeat(i * 7))
    const { lines: count } = scheduler.loadKernels(lines) as Kernels
    expect(await scheduler.call(count as NativeKernel, [text(files)])).toBe((7 * 199 * 200) / 2)
  })

  test('every call does what it says', async () => {
    for (let i = 0; i < 10; ++i) {
      const room = nodeFs.mkdtempSync(at('room-'))
      expect(await call('every_call', text(room))).toBe(0)
      expect(nodeFs.readdirSync(room).sort()).toEqual(['a', 'b'])
    }
  })

  test('who forgets to join, or joins too often, harms nobody', async () => {
    const count = new Uint32Array(new SharedArrayBuffer(4))
    await Promise.all(Array.from({ length: 20 }, () => call('forget', count)))
    expect(count[0]).toBe(20 * (2 * 2 + 1000 * 2 + 1))
    expect(await call('join_too_often')).toBe(22) // EINVAL
    await expect(call('backwards').get()).rejects.toMatchObject({ errno: -22 })
    expect(await call('fork_wide', 100_000)).toBe(100_000)
    expect(await call('fork_deep', 300)).toBe(0)
  })

  test('what it returns is a KernelError with its name', async () => {
    const error = await call('fail', 2)
      .get()
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(KernelError)
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_KERNEL', kernel: 'fail', errno: -2 })
    expect((error as Error).message).toContain('ENOENT')
    // Nobody has given it up, whatever it says.
    await expect(call('fail', 125).get()).rejects.toMatchObject({ errno: -125 })
    expect(await call('fail', 0)).toBe(7)
  })

  test('waiting is ended by a signal', async () => {
    for (const name of ['rest', 'await_input', 'work', 'work_in_loop']) {
      const controller = new AbortController()
      const { signal } = controller
      const { readable } = pipe()
      const flag = new Uint32Array(new SharedArrayBuffer(8))
      const args = { rest: [1e15], await_input: [readable], work: [flag], work_in_loop: [flag] }
      const calls = Array.from({ length: 3 }, () =>
        scheduler.call(kernels[name] as NativeKernel, args[name as 'rest'], { signal }).get(),
      )
      await scheduler.io.timeout(5)
      controller.abort(name)
      for (const end of await Promise.allSettled(calls)) {
        expect(end).toMatchObject({ reason: { code: 'ABORT_ERR', cause: name } })
      }
    }
  })

  test('waiting ends with what is waited for', async () => {
    const { readable, writable } = pipe()
    const waits = Array.from({ length: 50 }, () => call('await_input', readable))
    expect(await call('rest', 1e6)).toBe(0)
    nodeFs.writeSync(writable, 'x')
    for (const wait of waits) expect(await wait).toBe(1) // POLLIN
  })

  test('dispose ends what waits, and what looks whether it should end', async () => {
    const flag = new Uint32Array(new SharedArrayBuffer(8))
    const calls = [call('rest', 1e15), call('work', flag), call('await_input', pipe().readable)]
    const ends = Promise.allSettled(calls.map((each) => each.get()))
    while (flag[0] === 0) await scheduler.io.timeout(1)
    scheduler[Symbol.dispose]()
    for (const end of await ends) {
      expect(end).toMatchObject({ status: 'rejected', reason: expect.any(TaskCancelled) })
    }
  })

  function pipe() {
    const path = at(`pipe-${opened.length}`)
    nodeFs.rmSync(path, { force: true })
    execFileSync('mkfifo', [path])
    const writable = nodeFs.openSync(path, 'r+')
    const readable = nodeFs.openSync(path, 'r')
    opened.push(readable, writable)
    return { readable, writable }
  }
})

test('a DebugScheduler calls them too, and lanes and stacks change nothing', async () => {
  const scheduler = new DebugScheduler()
  const { count_primes } = scheduler.loadKernels(new URL(`file://${primes}`)) as Kernels
  expect(scheduler.call(count_primes as NativeKernel, [1000]).getWait()).toBe(168)
  const lanes = ['frame', 'normal', 'background'] as const
  for (const lane of lanes) {
    for (const stack of ['normal', 'large'] as const) {
      const count = scheduler.call(count_primes as NativeKernel, [1000], { lane, stack })
      expect(await count).toBe(168)
    }
  }
  scheduler[Symbol.dispose]()
})

describe('nonsense', () => {
  const scheduler = new Scheduler(1)
  afterAll(() => scheduler[Symbol.dispose]())

  test('a file that is no library of kernels', () => {
    nodeFs.writeFileSync(at('empty.c'), '')
    const old =
      '#include <heddle/kernel.h>\n#undef HEDDLE_KERNEL_ABI\n#define HEDDLE_KERNEL_ABI 99\n'
    const made = (name: string, source: string) => {
      nodeFs.writeFileSync(at(name), source)
      const include = `-I${join(root, 'native/include')}`
      execFileSync('cc', ['-fPIC', '-shared', include, at(name), '-o', at(`${name}.so`)])
      return at(`${name}.so`)
    }
    const cases: [path: string, message: RegExp][] = [
      [at('none.so'), /none\.so/],
      ['none.so', /none\.so/],
      [at('empty.c'), /empty\.c/],
      [made('other.c', 'int x;'), /it has no HEDDLE_KERNELS/],
      [made('old.c', `${old}HEDDLE_KERNELS({"x", 0})\n`), /version 99 of heddle\/kernel\.h, not 1/],
      [
        made('hollow.c', '#include <heddle/kernel.h>\nHEDDLE_KERNELS({"x", 0})\n'),
        /no name or no function/,
      ],
    ]
    for (const [path, message] of cases) {
      const error = expect.objectContaining({
        code: 'ERR_HEDDLE_KERNEL',
        message: expect.stringMatching(message),
      })
      expect(() => scheduler.loadKernels(path)).toThrow(error)
    }
    const type = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    for (const path of [undefined, null, 1, {}, []]) {
      expect(() => scheduler.loadKernels(path as never)).toThrow(type)
    }
  })

  test('what is no kernel, no argument, no option', () => {
    const { fail } = scheduler.loadKernels(odd) as Record<'fail', NativeKernel>
    const code = (name: string, says = '') =>
      expect.objectContaining({ code: name, message: expect.stringContaining(says) })
    const type = code('ERR_INVALID_ARG_TYPE')
    const value = code('ERR_INVALID_ARG_VALUE')
    const kernels = [undefined, null, {}, () => 1, { name: 'fail' }, Object.create(fail)]
    for (const kernel of kernels) {
      expect(() => scheduler.call(kernel as never, [])).toThrow(type)
    }
    for (const args of [undefined, null, 1, 'x', {}]) {
      expect(() => scheduler.call(fail, args as never)).toThrow(type)
    }
    for (const arg of [undefined, null, 'x', 1n, {}, [], new SharedArrayBuffer(1)]) {
      const named = code('ERR_INVALID_ARG_TYPE', 'args[1]')
      expect(() => scheduler.call(fail, [1, arg as never])).toThrow(named)
    }
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested
    expect(() => scheduler.call(fail, [, 1] as never)).toThrow(
      code('ERR_INVALID_ARG_TYPE', 'args[0]'),
    )
    expect(() => scheduler.call(fail, [1, new Uint8Array(1)])).toThrow(
      code('ERR_INVALID_ARG_VALUE', 'args[1] must be on a SharedArrayBuffer'),
    )
    expect(() => scheduler.call(fail, [1], 1 as never)).toThrow(type)
    expect(() => scheduler.call(fail, [1], { signal: {} as never })).toThrow(type)
    expect(() => scheduler.call(fail, [1], { lane: 'fast' as never })).toThrow(value)
    expect(() => scheduler.call(fail, [1], { stack: 'huge' as never })).toThrow(value)
    scheduler[Symbol.dispose]()
    const closed = code('ERR_HEDDLE_CLOSED')
    expect(() => scheduler.call(fail, [1])).toThrow(closed)
    expect(() => scheduler.loadKernels(odd)).toThrow(closed)
  })
})

describe('the end of a process or a thread', () => {
  const begin = () => `
    const scheduler = new heddle.Scheduler(2)
    const { rest, work, forget } = scheduler.loadKernels('${odd}')
    const flag = new Uint32Array(new SharedArrayBuffer(8))
    for (let i = 0; i < 100; ++i) scheduler.call(rest, [1e15])
    scheduler.call(work, [flag])
    const count = () => new Uint32Array(new SharedArrayBuffer(4))
    for (let i = 0; i < 100; ++i) scheduler.call(forget, [count()])
    while (flag[0] === 0) await scheduler.io.timeout(1)`

  test.each([
    ['process.exit()', 'process.exit(7)', 7],
    ['an exception', 'throw new Error("enough")', 1],
    ['nobody waiting', '', 0],
  ])('by %s', (_, end, code) => {
    const { code: ended, signal } = runProgram(`${begin()}\n${end}`)
    expect({ ended, signal }).toEqual({ ended: code, signal: null })
  })

  test('by terminate()', () => {
    const program = `
      import { Worker } from 'node:worker_threads'
      const source = \`
        import { parentPort } from 'node:worker_threads'
        import * as heddle from '${join(root, 'dist/index.mjs')}'
        ${begin()}
        parentPort.postMessage('ready')\`
      for (let i = 0; i < 20; ++i) {
        const worker = new Worker(source, { eval: true })
        await new Promise((resolve) => worker.once('message', resolve))
        await worker.terminate()
      }
      console.log('done')`
    expect(runProgram(program)).toEqual({ code: 0, signal: null, stdout: 'done\n', stderr: '' })
  })
})
