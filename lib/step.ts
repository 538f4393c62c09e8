/**
 * A step of something longer: what is to be begun, or made, once a value has come.
 */
import { Async } from './async.js'
import type { Epoch } from './epoch.js'
import { epochOf } from './operate.js'
import { Operation } from './operation.js'
import type { TaskScheduler } from './task-scheduler.js'

/** Runs no code of the program's. */
export class Step extends Operation {
  readonly #f: (value: unknown) => unknown

  constructor(
    scheduler: TaskScheduler,
    name: string,
    before: Epoch,
    f: (value: unknown) => unknown,
  ) {
    super(scheduler, name, [before])
    this.#f = f
  }

  protected override compute(_: TaskScheduler, [before]: readonly Epoch[], result: Epoch): void {
    const next = this.#f((before as Epoch).take())
    if (next instanceof Async) result.follow(epochOf(next.now()))
    else result.settle(next)
  }
}

/** What `f` gives for the value, or begins with it. */
export function after<R>(
  scheduler: TaskScheduler,
  name: string,
  before: Async<unknown>,
  f: (value: unknown) => Async<R> | R,
): Async<R> {
  const step = new Step(scheduler, name, epochOf(before.now()), f)
  return Async.inside<R>(step.start().result)
}
