/** Disposal in the middle of everything that waits for a scheduler. */
import { describe, expect, test } from 'vitest'

import { Async, runWith, sleep, TaskCancelled } from '../../../dist/index.js'
import { SOME } from '../../support/schedulers.js'

const closed = expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' })

describe.each(SOME)('$kind', ({ make }) => {
  function* nap() {
    yield* sleep(100_000)
  }

  test.each([
    ['drain', 'resolves'],
    ['asyncDispose', 'resolves'],
  ])('dispose while %s waits for a task: it %s', async (how) => {
    const scheduler = make()
    const task = scheduler.schedule(nap)
    const waiting = how === 'drain' ? scheduler.drain() : scheduler[Symbol.asyncDispose]()
    await new Promise(setImmediate)
    scheduler[Symbol.dispose]()
    await expect(waiting).resolves.toBeUndefined()
    await expect(task).rejects.toBeInstanceOf(TaskCancelled)
  })

  test('dispose right after drain', async () => {
    const scheduler = make()
    runWith(scheduler, () => new Async(1).add(1))
    const waiting = scheduler.drain()
    scheduler[Symbol.dispose]()
    await expect(waiting).resolves.toBeUndefined()
  })

  test('both disposals at once, and again', async () => {
    const scheduler = make()
    const all = [scheduler[Symbol.asyncDispose](), scheduler[Symbol.asyncDispose]()]
    scheduler[Symbol.dispose]()
    await Promise.all(all)
    await scheduler[Symbol.asyncDispose]()
    scheduler[Symbol.dispose]()
    expect(() => scheduler.stats()).toThrow(closed)
  })

  test('a task that disposes of its own scheduler', async () => {
    const scheduler = make()
    const value = new Async<number>()
    const task = scheduler.schedule(function self(output) {
      scheduler[Symbol.dispose]()
      output.set(7)
    }, value.write())
    task.then(
      () => {},
      () => {},
    )
    try {
      expect(value.getWait()).toBe(7)
    } catch (error) {
      expect(error).toBeInstanceOf(TaskCancelled)
    }
    expect(() => scheduler.schedule(() => {})).toThrow(closed)
  })

  test('a function that disposes of the scheduler that runs it', () => {
    const scheduler = make()
    const value = runWith(scheduler, () =>
      new Async('a').map(() => {
        scheduler[Symbol.dispose]()
        return 5
      }),
    )
    try {
      expect(value.getWait()).toBe(5)
    } catch (error) {
      expect(error).toBeInstanceOf(TaskCancelled)
    }
    expect(() => scheduler.schedule(() => {})).toThrow(closed)
  })

  test('values of a scheduler that is gone', async () => {
    const scheduler = make()
    const late = new Async<number>()
    const sum = runWith(scheduler, () => late.add(1))
    const array = runWith(scheduler, () => Async.of(Float64Array.of(1, 2)).add(1))
    scheduler[Symbol.dispose]()
    late.set(1)
    await expect(sum.get()).rejects.toBeInstanceOf(TaskCancelled)
    expect(array.getWait()).toEqual(Float64Array.of(2, 3))
    expect(() => runWith(scheduler, () => late.add(1))).toThrow(closed)
    expect(() => runWith(scheduler, () => array.sum())).toThrow(closed)
  })
})
