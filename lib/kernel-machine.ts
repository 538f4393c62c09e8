/**
 * Runs kernels on one thread, an isolate's or that of a `DebugScheduler`: the rare half of fork and
 * join, whose other half is `CONTEXT`.
 */
import { runInThisContext } from 'node:vm'
import { ALGORITHMS } from './algorithm-templates.js'
import { KernelError } from './errors.js'
import { formOf, nameOf, numberOf } from './kernel-form.js'
import { type AnyFunction, type Forkable, KernelFunctions } from './kernel-functions.js'
import { ARGUMENTS_MAX, CONTEXT } from './kernel-templates.js'
import { DEQUE, TASK } from './task-layout.js'
import { whole } from './whole.js'

/** The slow paths, natively or of a `DebugScheduler`: as in `native/sched/worker.h`. */
export interface SlowPaths {
  /** 0: pushed. 1: it is full. */
  forkSlow(mark: number): number
  keepOverflow(): void
  /** A {@link Joined}; the result and the number of what was thrown are in the frame. */
  joinSlow(mark: number): number
  /** 0: this thread is being ended. */
  unwind(mark: number, overflows: number): number
  /** The dispatch has failed: its other parts stop. */
  fail(): void
  /** The stack was used up: what is stolen from the job fails at once from now on. */
  overflow(): void
  /** So many indices are done. Not 0: stop. */
  step(count: number): number
  isCancelled(): number
  /** What was thrown elsewhere. */
  fault(number: number): unknown
  /** Tells it to whoever has called the kernel, and listens. */
  tell(value: unknown): void
}

export const Joined = { Call: 0, Done: 1, Overflow: 2, None: 3, Dead: 4, Closed: 9 } as const

/** In place of the number of what was thrown. */
export const Fault = {
  None: 0,
  Overflow: 2 ** 32 - 4,
  Kept: 2 ** 32 - 3,
  Nothing: 2 ** 32 - 2,
  Died: 2 ** 32 - 1,
} as const

/** What all contexts have in common; fork and join come with `CONTEXT`. */
export class BaseContext {
  bindings: unknown = undefined
  uses: Record<string, unknown> = {}
  /** The arrays of an algorithm. */
  data: unknown = undefined
  /** What came of the child that `takeBack` did not give back. */
  taken: unknown = undefined
  /** The dispatch was cancelled, or another part of it has failed. */
  shouldStop = false
  /** What its jobs are given is arrays and bindings. */
  isAlgorithm = false
  readonly machine: KernelMachine

  constructor(machine: KernelMachine) {
    this.machine = machine
  }

  /** Begins a job with what it was given, or ends one with nothing. */
  bind(given: unknown): void {
    const { data, bindings } = (given ?? {}) as { data?: unknown; bindings?: unknown }
    this.data = this.isAlgorithm ? data : undefined
    this.bindings = this.isAlgorithm ? bindings : given
    this.taken = undefined
  }

  get signal(): AbortSignal {
    return this.machine.signal
  }

  progress(value: unknown): void {
    this.machine.slow.tell(value)
  }

  get isCancelled(): boolean {
    return this.machine.slow.isCancelled() !== 0
  }

  step(count: number): void {
    if (this.machine.slow.step(count) !== 0) this.shouldStop = true
  }

  invoke(...calls: [AnyFunction, ...number[]][]): number[] {
    const self = this as unknown as KernelContextLike
    const [first, ...others] = calls
    if (first === undefined) return []
    for (let i = others.length - 1; i >= 0; --i) {
      self.fork(...(others[i] as [AnyFunction, ...number[]]))
    }
    const [f, ...numbers] = first
    return this.machine.guard(others.length, () => {
      const results = [checkResult(f(self, ...numbers)) as number]
      for (let i = 0; i < others.length; ++i) results.push(self.join())
      return results
    })
  }

  parallelFor(begin: number, end: number, f: AnyFunction): void {
    for (const bound of [begin, end]) {
      if (!Number.isSafeInteger(bound))
        throw new KernelError('a loop is from an integer to another')
    }
    const range = this.machine.functions.rangeOf(f)
    this.machine.guard(0, () => range(this, begin, end))
  }
}

interface KernelContextLike {
  fork(f: AnyFunction, ...numbers: number[]): void
  join(): number
}

const HEAD = DEQUE.head / 4

export class KernelMachine {
  readonly slow: SlowPaths
  readonly #ints: Int32Array
  readonly #floats: Float64Array
  /** What native code tells in numbers: arguments, results. */
  readonly #frame: Float64Array
  readonly functions = new KernelFunctions()
  readonly #contexts = new Map<number, BaseContext>()
  /** The function of the job, where that is a loop. */
  loop: Forkable | undefined
  /** Results of what was run when it was forked, until they are joined. */
  #kept: ({ value: unknown } | { error: unknown })[] = []
  #controller: AbortController | undefined

  constructor(memory: ArrayBufferLike, frame: Float64Array, slow: SlowPaths) {
    this.#ints = new Int32Array(memory)
    this.#floats = new Float64Array(memory, 0, Math.floor(memory.byteLength / 8))
    this.#frame = frame
    this.slow = slow
  }

  /** The context of a job's function, by its number. */
  contextOf(number: number): BaseContext {
    let context = this.#contexts.get(number)
    if (context === undefined) {
      context = this.#makeContext(number)
      this.#contexts.set(number, context)
    }
    return context
  }

  get signal(): AbortSignal {
    this.#controller ??= this.#makeController()
    return this.#controller.signal
  }

  /** Another dispatch or call comes: its signal is another one. */
  reset(): void {
    this.#controller = undefined
  }

  /**
   * Calls a function with `count` numbers of the frame, as the newest task on the stack. What it
   * has forked and not joined is unwound if it throws, and is an error if it does not.
   */
  run(context: BaseContext, f: Forkable, count: number): unknown {
    const base = this.#ints[HEAD] as number
    const overflows = this.#kept.length
    f.heddlePace?.restart()
    try {
      const result = call(f, context, this.#frame, 0, count)
      if (this.#ints[HEAD] !== base || this.#kept.length !== overflows) this.#unbalanced(base)
      return result
    } catch (error) {
      // What a loop's body throws ends the dispatch: its other parts need not go on.
      if (f === this.loop) this.slow.fail()
      this.#unwind(base, overflows, error)
      throw error
    }
  }

  /** The same with arguments of any kind, for a result of any kind. */
  call(context: BaseContext, f: AnyFunction, args: Iterable<unknown>): unknown {
    return this.guard(0, () => f(context, ...args))
  }

  /**
   * Calls `f`, which joins what it forks and `forked` children more; they are unwound if it
   * throws.
   */
  guard<R>(forked: number, f: () => R): R {
    const kept = Math.min(forked, this.#kept.length)
    const base = (this.#ints[HEAD] as number) - (forked - kept) * TASK.bytes
    const overflows = this.#kept.length - kept
    try {
      const result = f()
      if (this.#ints[HEAD] !== base || this.#kept.length !== overflows) this.#unbalanced(base)
      return result
    } catch (error) {
      this.#unwind(base, overflows, error)
      throw error
    }
  }

  #makeContext(number: number): BaseContext {
    const filename = `heddle:context/${nameOf(number)}`
    const Context = runInThisContext(CONTEXT, { filename })(
      this.#ints,
      this.#floats,
      this.functions.byNumber,
      this.#slowOf(),
      BaseContext,
    )
    const context = new Context(this)
    context.uses = this.functions.load(number).uses
    context.isAlgorithm = isAlgorithm(number)
    return context
  }

  #slowOf() {
    const frame = this.#frame
    return {
      forkOther: (t: KernelContextLike, [f, ...numbers]: [Forkable, ...number[]]) =>
        this.#forkOther(t, f, numbers),
      fork: (t: BaseContext, mark: number) => {
        const how = this.slow.forkSlow(mark)
        if (how === Joined.Closed) this.#closed(mark)
        if (how !== 0) this.#runNow(t, mark)
      },
      takeBack: (mark: number) => this.#takeBack(mark),
      joined: () => {
        const fault = frame[1] as number
        // One double among them, and all that is computed of results is computed in doubles.
        if (fault === Fault.None) return read(frame, 0)
        if (fault === Fault.Nothing) return undefined
        if (fault === Fault.Kept) return this.#takeKept()
        if (fault === Fault.Overflow) throw new RangeError(OVERFLOW)
        if (fault === Fault.Died)
          throw new KernelError('the isolate that ran a part of it has died')
        throw this.slow.fault(fault)
      },
      unwind: (mark: number, error: unknown) => this.#unwind(mark, 0, error),
      unbalanced: (mark: number) => this.#unbalanced(mark),
      other: (result: unknown) => checkResult(result),
    }
  }

  /** True: the task is this thread's to run. False: its result is in the frame, or kept. */
  #takeBack(mark: number): boolean {
    switch (this.slow.joinSlow(mark)) {
      case Joined.Call:
        return true
      case Joined.Done:
        return false
      case Joined.Overflow:
        this.#frame[1] = Fault.Kept
        return false
      case Joined.None:
        this.#ints[HEAD] = mark + TASK.bytes
        throw new KernelError('t.join() without a t.fork() that it could belong to')
      case Joined.Closed:
        return this.#closed(mark + TASK.bytes)
      default:
        throw new KernelError('the isolate is being ended')
    }
  }

  /** Somebody has kept a context, and uses it now. The head is put back. */
  #closed(head: number): never {
    this.#ints[HEAD] = head
    throw new KernelError('t was used after its kernel had returned')
  }

  #takeKept(): unknown {
    const kept = this.#kept.pop() as { value: unknown } | { error: unknown }
    if ('error' in kept) throw kept.error
    return kept.value
  }

  /** The task stack is full: what is in its spare record runs at once. */
  #runNow(t: BaseContext, mark: number): void {
    const at = (mark + DEQUE.slots) / 4
    const f = this.functions.of(this.#ints[at] as number)
    const count = this.#ints[at + 1] as number
    const numbers = this.#floats.slice(at / 2 + TASK.payload / 8, at / 2 + TASK.payload / 8 + count)
    const overflows = this.#kept.length
    let kept: { value: unknown } | { error: unknown }
    try {
      kept = { value: checkResult(call(f, t, numbers, 0, count)) }
      if (this.#ints[HEAD] !== mark || this.#kept.length !== overflows) this.#unbalanced(mark)
    } catch (error) {
      this.#unwind(mark, overflows, error)
      if (isOverflow(error)) throw error // Or each of its callers would try again.
      kept = { error }
    }
    this.#kept.push(kept)
    this.slow.keepOverflow()
  }

  /** What no other isolate could find, or is no function. */
  #forkOther(t: KernelContextLike, f: unknown, numbers: number[]): void {
    if (typeof f !== 'function') throw notFunction(f)
    if (numbers.length > ARGUMENTS_MAX) {
      throw new KernelError(`t.fork() takes ${ARGUMENTS_MAX} numbers, not ${numbers.length}`)
    }
    const result = checkResult(f(t, ...numbers.map(Number)))
    const ready = this.functions.of(numberOf({ is: 'ready' }))
    if (result === undefined) t.fork(ready)
    else t.fork(ready, result)
  }

  #unwind(mark: number, overflows: number, error?: unknown): void {
    if (isOverflow(error)) this.slow.overflow()
    this.#kept.length = Math.min(this.#kept.length, overflows)
    this.slow.unwind(mark, overflows)
  }

  #unbalanced(mark: number): never {
    const left = ((this.#ints[HEAD] as number) - mark) / TASK.bytes + this.#kept.length
    this.#unwind(mark, 0)
    throw new KernelError(
      left > 0
        ? `a function returned with ${left} of its t.fork() not joined`
        : 'a function has called t.join() more often than t.fork()',
    )
  }

  #makeController(): AbortController {
    const controller = new AbortController()
    const { signal } = controller
    const { get } = Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted') as {
      get: () => boolean
    }
    // Nothing interrupts a kernel to tell it: it is told when it looks.
    Object.defineProperty(signal, 'aborted', {
      get: () => {
        if (!get.call(signal) && this.slow.isCancelled() !== 0) controller.abort()
        return get.call(signal)
      },
    })
    Object.defineProperty(signal, 'throwIfAborted', {
      value: () => {
        if (signal.aborted) throw signal.reason
      },
    })
    return controller
  }
}

const OVERFLOW = 'Maximum call stack size exceeded'

function isOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === OVERFLOW
}

function isAlgorithm(number: number): boolean {
  const form = formOf(number)
  return form.is === 'made' && (form.template.split(' ')[0] as string) in ALGORITHMS
}

function call(f: AnyFunction, t: BaseContext, from: Float64Array, at: number, count: number) {
  switch (count) {
    case 0:
      return f(t)
    case 1:
      return f(t, read(from, at))
    case 2:
      return f(t, read(from, at), read(from, at + 1))
    case 3:
      return f(t, read(from, at), read(from, at + 1), read(from, at + 2))
    default: {
      const numbers = Array.from({ length: count }, (_, i) => read(from, at + i))
      return f(t, ...numbers)
    }
  }
}

function read(from: Float64Array, at: number): number {
  return whole(from[at] as number)
}

/** Numbers and nothing come out of what is forked, wherever it runs. */
export function checkResult(result: unknown): number | undefined {
  if (typeof result === 'number' || result === undefined) return result
  throw new KernelError(`a forked function gives a number or nothing, not ${describe(result)}`)
}

function notFunction(f: unknown): KernelError {
  return new KernelError(`t.fork() takes a function, not ${describe(f)}`)
}

function describe(value: unknown): string {
  if (typeof value === 'function') return `the function '${value.name}'`
  return value === null ? 'null' : `a value of type ${typeof value}`
}
