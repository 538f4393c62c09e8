/**
 * A task stack that one thread has to itself: the slow paths of `native/sched/split_deque.h`, of
 * which only what a full stack needs is left, as there are no thieves.
 */
import { Joined, type SlowPaths } from './kernel-machine.js'
import { DEQUE, TASK } from './task-layout.js'

const HEAD = DEQUE.head / 4
const FORK_LIMIT = DEQUE.forkLimit / 4
const JOIN_LIMIT = DEQUE.joinLimit / 4

/** Tasks, as a fiber has them if nothing else is said. */
const CAPACITY = 4096

export class LocalStack implements SlowPaths {
  /** With a spare record behind the last. */
  readonly memory = new ArrayBuffer(DEQUE.slots + (CAPACITY + 1) * TASK.bytes)
  readonly #ints = new Int32Array(this.memory)
  readonly #isCancelled: () => boolean
  readonly tell: (value: unknown) => void
  /** What was run when it was forked, as the stack was full. It is on top of all else. */
  #overflows = 0

  /** `tell` is what `t.progress` calls. */
  constructor(isCancelled: () => boolean, tell: (value: unknown) => void) {
    this.#isCancelled = isCancelled
    this.tell = tell
    this.#ints[FORK_LIMIT] = CAPACITY * TASK.bytes
  }

  /** Full: only that has been above the limit. */
  forkSlow(mark: number): number {
    this.#ints[HEAD] = mark
    return 1
  }

  keepOverflow(): void {
    this.#overflows += 1
    this.#ints[JOIN_LIMIT] = DEQUE.blocked
  }

  joinSlow(mark: number): number {
    if (this.#overflows === 0) {
      this.#ints[HEAD] = mark
      return mark < 0 ? Joined.None : Joined.Call
    }
    this.#setOverflows(this.#overflows - 1)
    return Joined.Overflow
  }

  unwind(mark: number, overflows: number): number {
    this.#ints[HEAD] = mark
    this.#setOverflows(overflows)
    return 1
  }

  /** There are no other parts that could stop. */
  fail(): void {}
  overflow(): void {}

  step(): number {
    return this.isCancelled()
  }

  isCancelled(): number {
    return this.#isCancelled() ? 1 : 0
  }

  /** Everything that is thrown is thrown here. */
  fault(): unknown {
    return undefined
  }

  #setOverflows(count: number): void {
    this.#overflows = count
    this.#ints[JOIN_LIMIT] = count > 0 ? DEQUE.blocked : 0
  }
}
