/** `explore`, seeds and their traces, and the graph that is drawn. */
import { spawnSync } from 'node:child_process'

import { describe, expect, test } from 'vitest'

import {
  Async,
  DebugScheduler,
  explore,
  runWith,
  schedule,
  type TaskScheduler,
} from '../../../dist/index.js'
import { onStage, SOME, watch, write } from '../../support/schedulers.js'

/** Fails if what was scheduled last runs first: one order in six. */
function needsAnOrder(scheduler: DebugScheduler): void {
  const order: string[] = []
  for (const name of ['first', 'second', 'third']) {
    scheduler.scheduleWith({ name }, () => {
      order.push(name)
    })
  }
  scheduler.runAll()
  if (order[0] === 'third') throw new Error(`wrong order: ${order}`)
}

describe('explore', () => {
  test('finds a planted order bug, with a trace that replays', () => {
    const { runs, failure } = explore(needsAnOrder, { seeds: 200 })
    if (failure === undefined) throw new Error('it was not found')
    expect(runs).toBeGreaterThan(0)
    expect((failure.error as Error).message).toMatch(/^wrong order: third/)
    expect(failure.trace.length).toBe(3)
    expect(failure.trace[0]).toContain('third')
    const { seed } = failure
    const again = explore(needsAnOrder, { seeds: [seed] })
    expect(again.runs).toBe(1)
    expect(again.failure?.seed).toBe(seed)
    expect(again.failure?.error).toEqual(failure.error)
    // Ids count on; what ran, and in which order, does not change.
    const names = (trace: readonly string[] = []) => trace.map((line) => line.replace(/\d+/g, '#'))
    expect(names(again.failure?.trace)).toEqual(names(failure.trace))
    const replay = new DebugScheduler({ seed })
    expect(() => needsAnOrder(replay)).toThrow((failure.error as Error).message)
    expect(names(replay.history)).toEqual(names(failure.trace))
  })

  test('finds no bug where the order of read() and write() decides', () => {
    const result = explore(
      () => {
        const a = Async.of('')
        for (let i = 0; i < 5; ++i) {
          schedule(function* (output) {
            yield* output.set((yield* output) + i)
          }, a.write())
        }
        expect(a.getWait()).toBe('01234')
      },
      { seeds: 100 },
    )
    expect(result).toEqual({ runs: 100, failure: undefined })
  })

  test('programs that wait', async () => {
    const fine = await explore(
      async () => {
        const a = new Async<number>()
        write(a, 1)
        expect(await a).toBe(1)
      },
      { seeds: 10 },
    )
    expect(fine).toEqual({ runs: 10, failure: undefined })
    const error = new Error('rejected')
    const bad = await explore(
      async () => {
        await null
        throw error
      },
      { seeds: 10 },
    )
    expect(bad.failure?.error).toBe(error)
  })

  test.each([0, -1, 1.5, '3', null, [1.5], ['x']])('{ seeds: %o } is refused', (seeds) => {
    expect(() => explore(() => {}, { seeds: seeds as never })).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^ERR_(OUT_OF_RANGE|INVALID_ARG)/) }),
    )
  })
})

/** A graph with all that may be in one, on a scheduler that does not run yet. */
function draw(scheduler: TaskScheduler): string {
  return runWith(scheduler, () => {
    scheduler.pause()
    const a = new Async<number>()
    for (const name of ['plain', 'a "quoted" \\ name', 'two\nlines', 'a -> b; }', '<html>', '']) {
      scheduler.scheduleWith(
        { name },
        function* (input, output) {
          output.set(yield* input)
        },
        a.read(),
        new Async<number>().write(),
      )
    }
    a.add(1).mul(a.map((value) => value))
    watch(a.add(2))
    return scheduler.toDot()
  })
}

const hasDot = spawnSync('dot', ['-V']).status === 0

describe.each(SOME)('$kind', ({ make }) => {
  const stage = onStage(make)

  test('the graph names its tasks and is empty once they have ended', () => {
    const graph = draw(stage.scheduler)
    expect(graph).toMatch(/^digraph \w+ \{/)
    expect(graph).toContain('plain')
    expect(graph).toContain('->')
    stage.scheduler[Symbol.dispose]()
    const empty = new DebugScheduler().toDot()
    expect(empty).not.toContain('->')
  })

  test('Graphviz draws it', (context) => {
    if (!hasDot) return context.skip('there is no dot: apt install graphviz')
    const drawn = spawnSync('dot', ['-Tsvg'], { input: draw(stage.scheduler), encoding: 'utf8' })
    expect(drawn).toMatchObject({ status: 0, stderr: '' })
    expect(drawn.stdout).toContain('plain')
    expect(drawn.stdout).toContain('&quot;quoted&quot;')
  })
})
