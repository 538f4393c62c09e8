/**
 * What an isolate has, on this thread: a task stack, and the functions of kernels.
 */

import { type Loaded, refuseGenerator } from './kernel-functions.js'
import { checkResult, KernelMachine } from './kernel-machine.js'
import type { Request } from './kernel-requests.js'
import { KernelMode } from './layout.js'
import type { LocalModules } from './local-modules.js'
import { LocalStack } from './local-stack.js'

/** The arguments of a function are there, and results of tasks. */
const FRAME_DOUBLES = 8

export class LocalMachine {
  readonly #frame = new Float64Array(FRAME_DOUBLES)
  readonly #machine: KernelMachine
  readonly #modules: LocalModules
  #modulesKnown = 0
  #signal: AbortSignal | undefined
  #tell: (value: unknown) => void = () => {}

  constructor(modules: LocalModules) {
    this.#modules = modules
    const stack = new LocalStack(
      () => this.#signal?.aborted === true,
      (value) => this.#tell(value),
    )
    this.#machine = new KernelMachine(stack.memory, this.#frame, stack)
  }

  load(kernel: number): Loaded {
    this.#addModules()
    return this.#machine.functions.load(kernel)
  }

  /** Runs a kernel to its end; `tell` is what `t.progress` calls. One at a time. */
  run(asked: Request, given: unknown, tell: (value: unknown) => void): unknown {
    const { kernel, mode, numbers, signal } = asked
    const machine = this.#machine
    this.#addModules()
    this.#signal = signal
    this.#tell = tell
    const context = machine.contextOf(kernel)
    const f = machine.functions.of(kernel)
    const isCall = mode === KernelMode.Call
    if (!isCall) refuseGenerator(this.load(kernel))
    context.shouldStop = false
    context.bind(isCall ? undefined : given)
    machine.reset()
    try {
      if (isCall) return machine.call(context, f, (given ?? numbers) as Iterable<unknown>)
      this.#frame.set(numbers)
      return checkResult(machine.run(context, f, numbers.length))
    } finally {
      context.bind(undefined)
      this.#signal = undefined
    }
  }

  #addModules(): void {
    for (const module of this.#modules.since(this.#modulesKnown)) {
      this.#machine.functions.addModule(...module)
      this.#modulesKnown += 1
    }
  }
}
