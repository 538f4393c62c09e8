/**
 * Kernels as tasks: they run on an isolate, and may wait there for buffers, for I/O and for time.
 *
 * A buffer of this thread's is of no use on another one. So what a task reads is shared, as a value
 * of its own that follows it; and what it writes is the next version of such a value, which the
 * buffer follows when the task has ended.
 */

import type { all } from './coroutines.js'
import { type Epoch, State } from './epoch.js'
import type { ValueHandle } from './handle.js'
import type { SchedulerIo } from './io.js'
import type { Kernel } from './kernel.js'
import { checkKernel, clone } from './kernel-arguments.js'
import { type KernelHome, request, requestOf } from './kernel-requests.js'
import { KernelMode } from './layout.js'
import { ReadBuffer } from './read-buffer.js'
import { Loan } from './shared-loans.js'
import { SharedValue } from './shared-value.js'
import type { Suspension } from './suspension.js'
import { WriteBuffer } from './write-buffer.js'

/** An argument, as it goes to the isolate. */
export type TaskArgument =
  | { readonly is: 'value'; readonly value: unknown }
  | { readonly is: 'read' | 'write'; readonly handle: ValueHandle<unknown> }

/** What a kernel is handed first that runs as a task. It does not fork. */
export interface TaskContext {
  /** `yield* t.sleep(ms)`: lets others run for so long. */
  sleep(milliseconds: number): Suspension<void>
  /** `yield* t.promise(p)`: waits for a promise, or an `Async`. */
  promise<T>(promised: PromiseLike<T>): Suspension<T>
  /** `yield* t.all(a, b)`: waits for all at once. */
  all: typeof all
  /** Files and timers, on the same scheduler: `yield* t.promise(t.io.readFile(path))`. */
  readonly io: SchedulerIo
  /** What the kernel was given by `uses`. */
  // biome-ignore lint/suspicious/noExplicitAny: the caller decides
  readonly uses: any
}

/** A plain function's value, or a generator's. */
export type TaskResult<R> = Generator<unknown, R, unknown> | R

/** A function for `schedule` that runs the kernel on an isolate. */
export function taskOf(home: KernelHome, kernel: Kernel) {
  if (home.here !== undefined) return home.here.taskOf(kernel)
  const of = checkKernel(kernel)
  return function* (...args: unknown[]) {
    const writes: { buffer: WriteBuffer<unknown>; shared: SharedValue }[] = []
    // A shared value that nobody has any more is gone, also where its handle is on its way.
    const reads: SharedValue[] = []
    const sent = args.map((arg): TaskArgument => {
      if (arg instanceof ReadBuffer) {
        const shared = SharedValue.following(arg.epoch)
        reads.push(shared)
        return { is: 'read', handle: shared.handle }
      }
      if (!(arg instanceof WriteBuffer)) return { is: 'value', value: arg }
      const { before } = arg
      const shared = SharedValue.following(before?.isBlank ? undefined : before)
      writes.push({ buffer: arg, shared })
      return { is: 'write', handle: shared.handle }
    })
    const loan = new Loan(home.isolates)
    const bytes = clone('args', sent, loan)
    const how = { lane: 1, signal: undefined }
    const asked = requestOf(of, how, KernelMode.Task, [], bytes, 0, 0, true, loan)
    const result = request<unknown>(home, asked)
    const value = yield* result.read()
    reads.length = 0
    for (const { buffer, shared } of writes) follow(buffer, shared.now())
    return value
  }
}

/** What the isolate's writer has left. */
function follow(buffer: WriteBuffer<unknown>, now: Epoch): void {
  if (!now.isSettled || now.state === State.Abandoned) return
  if (now.state === State.Failed) buffer.fail(now.value)
  else buffer.set(now.value)
}
