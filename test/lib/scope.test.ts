/** Which scheduler an operator uses. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import {
  Async,
  getGlobalScheduler,
  resetGlobalScheduler,
  runWith,
  Scheduler,
  ScopedScheduler,
  setGlobalScheduler,
} from '../../dist/index.js'

let outer: Scheduler
let inner: Scheduler

beforeEach(() => {
  outer = new Scheduler({ threads: 1, name: 'outer' })
  inner = new Scheduler({ threads: 1, name: 'inner' })
})

afterEach(() => {
  resetGlobalScheduler()
  outer[Symbol.dispose]()
  inner[Symbol.dispose]()
})

/** The scheduler that an operator uses here: a closed one says its name. */
async function used(): Promise<string> {
  const before = [outer.stats().tasks, inner.stats().tasks]
  await new Async(1).add(1)
  const after = [outer.stats().tasks, inner.stats().tasks]
  if (after[0] !== before[0]) return 'outer'
  return after[1] !== before[1] ? 'inner' : 'default'
}

describe('ScopedScheduler', () => {
  test('H6 nests: the inner ends, the outer is current again, then the default', async () => {
    const first = new ScopedScheduler(outer)
    expect(await used()).toBe('outer')
    const second = new ScopedScheduler(inner)
    expect(await used()).toBe('inner')
    second[Symbol.dispose]()
    expect(await used()).toBe('outer')
    first[Symbol.dispose]()
    expect(await used()).toBe('default')
  })

  test('may end twice, and in any order', async () => {
    const first = new ScopedScheduler(outer)
    const second = new ScopedScheduler(inner)
    first[Symbol.dispose]()
    first[Symbol.dispose]()
    expect(await used()).toBe('inner')
    second[Symbol.dispose]()
    expect(await used()).toBe('default')
  })

  test.each([undefined, null, {}, 4, 'outer'])('refuses %o', (value) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => new ScopedScheduler(value as never)).toThrow(refusal)
    expect(() => setGlobalScheduler(value as never)).toThrow(refusal)
    expect(() => runWith(value as never, () => 1)).toThrow(refusal)
  })
})

describe('runWith', () => {
  test('is kept across await, and beside others', async () => {
    const seen = async (scheduler: Scheduler) =>
      runWith(scheduler, async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        return current()
      })
    expect(await Promise.all([seen(outer), seen(inner)])).toEqual(['outer', 'inner'])
  })

  test('gives what the function gives, and throws what it throws', () => {
    expect(runWith(outer, () => 42)).toBe(42)
    const error = new Error('mine')
    expect(() =>
      runWith(outer, () => {
        throw error
      }),
    ).toThrow(error)
  })

  test('is the innermost inside of a scope, and holds scopes of its own', () => {
    const scope = new ScopedScheduler(outer)
    runWith(inner, () => {
      expect(current()).toBe('inner')
      const own = new ScopedScheduler(outer)
      expect(current()).toBe('outer')
      own[Symbol.dispose]()
      expect(current()).toBe('inner')
    })
    expect(current()).toBe('outer')
    scope[Symbol.dispose]()
  })

  test('refuses what is no function', () => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => runWith(outer, 7 as never)).toThrow(refusal)
  })

  /** Only the current one's count moves. */
  function current(): string {
    const before = outer.stats().tasks
    const value = new Async(1).add(1)
    outer.runAll()
    inner.runAll()
    value.getWait()
    return outer.stats().tasks !== before ? 'outer' : 'inner'
  }
})

describe('the global scheduler', () => {
  test('is made at first use, once', () => {
    const made = getGlobalScheduler()
    expect(made).toBeInstanceOf(Scheduler)
    expect(getGlobalScheduler()).toBe(made)
    resetGlobalScheduler()
    expect(getGlobalScheduler()).not.toBe(made)
  })

  test('can be set', async () => {
    setGlobalScheduler(inner)
    expect(getGlobalScheduler()).toBe(inner)
    expect(await used()).toBe('inner')
  })
})
