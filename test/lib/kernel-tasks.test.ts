/** Kernels as tasks: coroutines that wait on isolates, for buffers, time and files. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  Async,
  kernel,
  type ReadBuffer,
  read,
  Scheduler,
  ScopedScheduler,
  type TaskContext,
  type WriteBuffer,
  write,
} from '../../dist/index.js'

const increment = kernel(function* increment(
  t: TaskContext,
  input: ReadBuffer<number>,
  output: WriteBuffer<number>,
) {
  const value = yield* input
  input.release()
  yield* t.sleep(1)
  yield* output.set(value + 1)
  return 10 * value
})

let scheduler: Scheduler
let scope: ScopedScheduler

beforeEach(() => {
  scheduler = new Scheduler(2)
  scope = new ScopedScheduler(scheduler)
})

afterEach(() => {
  scope[Symbol.dispose]()
  scheduler[Symbol.dispose]()
})

describe('a task on an isolate', () => {
  test('reads and writes, and has a result', async () => {
    const [a, b] = [new Async(20), new Async<number>()]
    const task = scheduler.schedule(increment, a.read(), b.write())
    expect(await b).toBe(21)
    expect(await task).toBe(200)
  })

  test('waits for what is written later, in chains', async () => {
    const first = new Async<number>()
    let last = first
    for (let i = 0; i < 20; ++i) {
      const next = new Async<number>()
      scheduler.schedule(increment, last.read(), next.write())
      last = next
    }
    setTimeout(() => first.set(5), 20)
    expect(await last).toBe(25)
  })

  test('takes its turn among the writers of a value', async () => {
    const value = new Async(7)
    const add = kernel(function* (_, o: WriteBuffer<number>) {
      yield* o.update((x) => x + 1)
      yield* o.add(5)
    })
    const double = kernel(function* (_, o: WriteBuffer<number>) {
      yield* o.mul(2)
    })
    scheduler.schedule(add, value.write())
    value.addAssign(1)
    scheduler.schedule(double, value.write())
    expect(await value).toBe(28)
  })

  test('has arrays, files, time and plain functions', async () => {
    const [a, b] = [Async.of(new Float64Array(5).fill(2)), new Async<Float64Array>()]
    const triple = kernel(function* (_, i: ReadBuffer<Float64Array>, o: WriteBuffer<Float64Array>) {
      const x = yield* i
      o.set(x.map((v) => v * 3))
    })
    scheduler.schedule(triple, a.read(), b.write())
    expect(await b.sum()).toBe(30)
    const size = kernel(function* (t: TaskContext, path: string) {
      const contents = yield* t.promise(t.io.readFile(path))
      return contents.length
    })
    expect(await scheduler.schedule(size, process.execPath)).toBeGreaterThan(1e6)
    expect(
      await scheduler.schedule(
        kernel((_, x: number, y: number) => x + y),
        3,
        4,
      ),
    ).toBe(7)
  })

  test('five hundred of them wait at once', async () => {
    const wait = kernel(function* (t: TaskContext, i: number) {
      yield* t.sleep(5)
      return i
    })
    const all = Array.from({ length: 500 }, (_, i) => scheduler.schedule(wait, i))
    expect(await Promise.all(all)).toEqual(all.map((_, i) => i))
  })

  test('fails its writers with what it throws', async () => {
    const value = new Async(7)
    const bad = kernel(function* bad(t: TaskContext, _: WriteBuffer<number>) {
      yield* t.sleep(0)
      throw new RangeError('no')
    })
    const task = scheduler.schedule(bad, value.write())
    await expect(task).rejects.toMatchObject({ kernel: 'bad', code: 'ERR_HEDDLE_KERNEL' })
    await expect(value.get()).rejects.toMatchObject({ kernel: 'bad' })
    value.set(1)
    expect(await value).toBe(1)
  })

  test('is cancelled when its scheduler is disposed', async () => {
    const other = new Scheduler(2)
    const never = kernel(function* (_, i: ReadBuffer<number>) {
      yield* i
    })
    const begun = kernel(function* (_, o: WriteBuffer<number>) {
      yield* o.set(1)
    })
    const task = other.schedule(never, new Async<number>().read())
    const value = new Async<number>()
    await other.schedule(begun, value.write())
    other[Symbol.dispose]()
    await expect(task).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED' })
  })

  test('fails when its isolate ends, and others go on', async () => {
    const quits = kernel(function* quits(t: TaskContext) {
      yield* t.sleep(5)
      process.exit(1)
    })
    await expect(scheduler.schedule(quits)).rejects.toMatchObject({ kernel: 'quits' })
    expect(
      await scheduler.call(
        kernel(() => 5),
        [],
      ),
    ).toBe(5)
  })
})

describe('arrays among the bindings', () => {
  const add = kernel(function add(_, i: number, { x, y }: { x: Float64Array; y: Float64Array }) {
    y[i] = (y[i] as number) + (x[i] as number)
  })

  test('are waited for, and written in turn', async () => {
    const a = Async.of(Float64Array.from({ length: 1000 }, (_, i) => i))
    const b = new Async(new Float64Array(1000))
    scheduler.dispatch(add, 1000, { x: read(a.mul(2)), y: write(b) })
    scheduler.dispatch(add, 1000, { x: read(a), y: write(b) })
    expect(b.sum().getWait()).toBe(1_498_500)
    const late = new Async<Float64Array>()
    const done = scheduler.dispatch(add, 10, { x: read(late), y: write(b) })
    late.set(new Float64Array(1000).fill(1))
    await done
    expect(await b.sum()).toBe(1_498_510)
  })

  test('fail with the kernel that was to write them', async () => {
    const b = new Async(new Float64Array(10))
    const bad = kernel(function bad() {
      throw new Error('oops')
    })
    const done = scheduler.dispatch(bad, 10, { y: write(b) })
    await expect(done.get()).rejects.toMatchObject({ kernel: 'bad' })
    await expect(b.get()).rejects.toMatchObject({ kernel: 'bad' })
  })

  test('what is no array, or no Async, is an error', async () => {
    const done = scheduler.dispatch(add, 1, { x: read(new Async(5)) })
    await expect(done.get()).rejects.toMatchObject({ code: 'ERR_INVALID_ARG_VALUE' })
    expect(() => read(5 as never)).toThrow(
      expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
    )
  })
})
