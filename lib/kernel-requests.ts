/**
 * Requests to isolates: what is asked of them goes out as numbers and clones, and what comes back
 * is a slot like that of any other call.
 */
import { beginArmed, endWith } from './abort.js'
import { Async } from './async.js'
import type { CallSlot } from './call-slot.js'
import { Epoch, type Waiter } from './epoch.js'
import { AbortError } from './errors.js'
import type { Isolates } from './isolates.js'
import type { Kernel } from './kernel.js'
import { nameOf } from './kernel-form.js'
import { KernelMode, REQUEST, Type } from './layout.js'
import { native } from './native.js'
import * as post from './post.js'
import { throwFailure } from './records.js'
import { Loan } from './shared-loans.js'
import type { SharedBuffers } from './shared-views.js'
import * as stream from './stream.js'

/** What there is between a thread and its isolates. */
export type KernelIsolates = Pick<
  Isolates,
  'start' | 'listen' | 'hear' | 'forgetKept' | keyof SharedBuffers
>

/** Where kernels run. */
export interface KernelHome {
  /** The native runtime. Throws once it is disposed. */
  open(): number
  readonly isolates: KernelIsolates
  /** How many calls may wait. */
  readonly queueMax: number
  /** Runs kernels where there are no isolates. */
  readonly here?: KernelsHere | undefined
}

/** Runs kernels on this thread. */
export interface KernelsHere {
  /** What will be the result. */
  run(asked: Request, attendant: Attendant | undefined, finish: Finish): Epoch
  /** As `taskOf` in `kernel-tasks.ts`. */
  taskOf(kernel: Kernel): (...args: unknown[]) => Generator
}

const words = new Float64Array(REQUEST.doubles)
native.openScripts(words)

export interface Request {
  readonly kernel: number
  /** Of the module that it needs. */
  readonly module: number | undefined
  readonly mode: number
  /** What the kernel gives is of interest. */
  readonly hasResult: boolean
  readonly numbers: readonly number[]
  /** A clone of bindings or arguments. */
  readonly bytes: Uint8Array | undefined
  readonly lane: number
  readonly signal: AbortSignal | undefined
  /** The token of Progress records; 0: none. */
  readonly progress: number
  /** The token of a record when it begins; 0: none. */
  readonly started: number
  /** Shared memory among the arguments, and in the result. */
  readonly loan: Loan | undefined
}

/**
 * A request, always with the same fields in the same order: what reads it would find another hidden
 * class each time, else.
 */
export function requestOf(
  of: { readonly kernel: number; readonly module: number | undefined },
  how: { readonly lane: number; readonly signal: AbortSignal | undefined },
  mode: number,
  numbers: readonly number[],
  bytes: Uint8Array | undefined,
  progress = 0,
  started = 0,
  hasResult = true,
  loan?: Loan,
): Request {
  const { kernel, module } = of
  const { lane, signal } = how
  return { kernel, module, mode, hasResult, numbers, bytes, lane, signal, progress, started, loan }
}

/** What else is to happen with a request. */
export interface Attendant extends Waiter {
  /** Why it was given up, if it was by the attendant. */
  reason(): Error | undefined
  /** It waits its turn. It can be given up from here on, if there is a slot. */
  begun(slot: CallSlot | undefined): void
  /** The kernel begins, and it is one that runs here. */
  begins?(): void
}

/** What the value is, by what the kernel gave. */
export type Finish = (result: unknown) => unknown

const nothing = () => undefined
const same: Finish = (result) => result

/** Asks isolates for something. Throws as `home.open()`. */
export function request<R>(
  home: KernelHome,
  asked: Request,
  attendant?: Attendant,
  finish: Finish = same,
): Async<R> {
  const runtime = home.open()
  if (home.here !== undefined) return Async.inside<R>(home.here.run(asked, attendant, finish))
  home.isolates.start()
  const slot = asked.hasResult
    ? stream.fileSlot(undefined, (handle) => finish(readResult(handle, home, asked)))
    : stream.fileSlot(undefined, nothing)
  const call = () => submit(runtime, slot, asked)
  const { signal } = asked
  if (signal === undefined && attendant === undefined) {
    call()
    return Async.inside<R>(slot)
  }
  if (signal?.aborted) {
    const epoch = new Epoch()
    epoch.fail(new AbortError(signal.reason))
    attendant?.arrived(epoch)
    return Async.inside<R>(epoch)
  }
  const reason = () => (signal?.aborted ? new AbortError(signal.reason) : attendant?.reason())
  const result = beginArmed(slot, reason, call, true)
  if (signal !== undefined) endWith(result, slot, signal)
  if (attendant !== undefined) {
    attendant.begun(slot)
    result.attend(attendant)
  }
  return Async.inside<R>(result)
}

function readResult(handle: number, { isolates }: KernelHome, { loan }: Request): unknown {
  const result = native.takeResult(handle)
  if (typeof result !== 'object') return result
  return (loan ?? new Loan(isolates)).read(handle, result)
}

function submit(runtime: number, slot: CallSlot, asked: Request): void {
  const { kernel, module, mode, hasResult, numbers, bytes, lane, progress, started } = asked
  words[REQUEST.runtime] = runtime
  words[REQUEST.handle] = slot.handle
  words[REQUEST.kernel] = kernel
  words[REQUEST.mode] = mode
  words[REQUEST.lane] = lane
  words[REQUEST.type] = hasResult ? Type.Bytes : Type.Number
  words[REQUEST.module] = module === undefined ? 0 : native.loadModule(runtime, module)
  words[REQUEST.progress] = progress
  words[REQUEST.started] = started
  words[REQUEST.isDroppedEarly] = mode === KernelMode.Call ? 1 : 0
  words[REQUEST.label] = labelOf(kernel)
  words[REQUEST.lost] = lost
  for (let i = 0; i < numbers.length; ++i) words[REQUEST.numbers + i] = numbers[i] as number
  words[REQUEST.count] = numbers.length
  if (bytes === undefined) native.callScript()
  else native.callScriptWith(bytes)
}

/** Failures that nobody was told of are told as those of promises are. */
const lost = post.announce({
  receive: (first, end) => {
    for (let record = first; record < end; ++record) {
      try {
        throwFailure(record)
      } catch (error) {
        void Promise.reject(error)
      }
    }
    return false
  },
})

const labels = new Map<number, number>()

/** The number of a kernel's name in traces. */
function labelOf(kernel: number): number {
  let label = labels.get(kernel)
  if (label === undefined) {
    label = native.label(nameOf(kernel))
    labels.set(kernel, label)
  }
  return label
}
