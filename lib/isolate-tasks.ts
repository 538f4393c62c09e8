/**
 * Tasks of an isolate: it attaches to its own scheduler for them, as any thread may.
 */
import { Async } from './async.js'
import { all, promise, sleep } from './coroutines.js'
import type { AnyFunction } from './kernel-functions.js'
import type { TaskArgument, TaskContext } from './kernel-tasks.js'
import { Scheduler } from './scheduler.js'
import { runWith } from './scope.js'
import type { Task } from './task.js'

let attached: Scheduler | undefined

/** Begins a task. */
export function schedule(
  key: number,
  f: AnyFunction,
  uses: Record<string, unknown>,
  args: readonly TaskArgument[],
): Task<unknown> {
  attached ??= Scheduler.attach({ heddle: 'scheduler', name: 'isolate', key })
  const scheduler = attached
  const context: TaskContext = { sleep, promise, all, io: scheduler.io, uses }
  const values = args.map((arg) => {
    if (arg.is === 'value') return arg.value
    const value = Async.attach(arg.handle)
    return arg.is === 'read' ? value.read() : value.write()
  })
  return runWith(scheduler, () => {
    const task = (...all: unknown[]) => f(context, ...all)
    return scheduler.schedule(task as never, ...values) as Task<unknown>
  })
}
