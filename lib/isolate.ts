/**
 * What an isolate in a worker's seat runs: the main module of its thread. Native code rings for it,
 * and it runs tasks and jobs as the frame says.
 */
import { pathToFileURL } from 'node:url'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'

import { thrownFromBytes, thrownToBytes } from './clone.js'
import { type Bindings, KeptBindings } from './kept-bindings.js'
import { cloneFrom, cloneTo } from './kernel-clone.js'
import { formOf } from './kernel-form.js'
import { type AnyFunction, refuseGenerator } from './kernel-functions.js'
import { type BaseContext, checkResult, KernelMachine } from './kernel-machine.js'
import type { TaskArgument } from './kernel-tasks.js'
import { Answer, Entry, FRAME, KernelMode } from './layout.js'
import { native } from './native.js'
import type { IsolateCalls } from './native-api.js'
import { Borrowed } from './shared-loans.js'
import { Numbers, SharedPort } from './shared-port.js'

/** What the thread that starts an isolate tells it. */
export interface IsolateData {
  /** Of the scheduler. */
  readonly key: number
  /** To a seat. */
  readonly claim: number
  readonly port: MessagePort
}

/** Jobs whose bindings are kept, if several take turns here. */
const BINDINGS_MAX = 8

/** In place of what was thrown and cannot be told. */
const UNTOLD = thrownToBytes(new Error('something that cannot be told'))

const { key, claim, port } = workerData as IsolateData
const shared: SharedPort = new SharedPort(
  port,
  new Numbers((number) => shared.forget(number)),
  (_, keys) => {
    for (const key of keys as number[]) kept.delete(key)
  },
)
const frame = new Float64Array(FRAME.doubles)
const bindings = new Map<number, unknown>()
/** Those of frame graphs, by their keys. */
const kept = new Map<number, KeptBindings>()
const modules: [url: string, exports: Record<string, unknown> | undefined, error?: unknown][] = []
let machine: KernelMachine
let current = 0

const calls = {
  run,
  load,
  seated(memory: ArrayBuffer): void {
    machine = new KernelMachine(memory, frame, {
      forkSlow: (mark) => calls.forkSlow(mark),
      keepOverflow: () => calls.keepOverflow(),
      joinSlow: (mark) => calls.joinSlow(mark),
      unwind: (mark, overflows) => calls.unwind(mark, overflows),
      step: (count) => calls.step(count),
      fail: () => calls.fail(),
      overflow: () => calls.overflow(),
      isCancelled: () => calls.isCancelled(),
      fault: (number) => thrownFromBytes(native.taskFault(number)),
      tell: (value) => {
        const token = frame[FRAME.progress] as number
        if (token !== 0 && frame[FRAME.mode] === KernelMode.Call) shared.tell(token, value)
      },
    })
    for (const module of modules) machine.functions.addModule(...module)
    parentPort?.postMessage('seated')
  },
  over: () => process.exit(0),
  probe: () => {},
} as unknown as IsolateCalls

// A kernel's module may see what a program sees that runs its main module.
process.argv[1] = ''
if (!native.openIsolate(key, claim, frame, calls)) process.exit(0)

/** Whoever throws from `run` is taken for dead, and a kernel may have patched what this needs. */
function bytesOf(error: unknown): Uint8Array {
  try {
    return thrownToBytes(error)
  } catch {
    return UNTOLD
  }
}

/** Runs a job, or a task of one. What was thrown is told, never thrown from here. */
function run(entry: number): number {
  try {
    const context = enter()
    return entry === Entry.Job ? runJob(context) : runTask(context)
  } catch (error) {
    native.answerBytes(bytesOf(error))
    return Answer.Thrown
  }
}

/** Makes the frame's job the current one. */
function enter(): BaseContext {
  const job = frame[FRAME.job] as number
  const context = machine.contextOf(frame[FRAME.kernel] as number)
  if (job === current) return context
  current = job
  context.shouldStop = false
  context.bind(undefined)
  machine.reset()
  const loaded = machine.functions.load(frame[FRAME.kernel] as number)
  machine.loop = loaded.f.heddlePace === undefined ? undefined : loaded.f
  if (frame[FRAME.key] !== 0) {
    context.bind(keptBindings())
  } else if (frame[FRAME.bytes] !== 0 && frame[FRAME.mode] === KernelMode.Numbers) {
    if (!bindings.has(job)) bindings.set(job, cloneFrom(native.jobBytes(), shared))
    context.bind(bindings.get(job))
  }
  if (bindings.size > BINDINGS_MAX) bindings.delete(bindings.keys().next().value as number)
  return context
}

/** What a frame graph's node is bound to, with the numbers of this frame. */
function keptBindings(): object | undefined {
  if (frame[FRAME.bytes] === 0) return undefined
  const key = frame[FRAME.key] as number
  const version = frame[FRAME.version] as number
  let known = kept.get(key)
  if (known?.version !== version) {
    known = new KeptBindings(version, cloneFrom(native.jobBytes(), shared) as Bindings)
    kept.set(key, known)
  }
  known.read(frame, FRAME.values)
  return known.bindings
}

function runTask(context: BaseContext): number {
  const f = machine.functions.of(frame[FRAME.function] as number)
  const result = checkResult(machine.run(context, f, frame[FRAME.count] as number))
  if (result === undefined) return Answer.Nothing
  frame[0] = result
  return Answer.Number
}

function runJob(context: BaseContext): number {
  const f = machine.functions.of(frame[FRAME.kernel] as number)
  try {
    if (frame[FRAME.mode] === KernelMode.Call) return runCall(context)
    if (frame[FRAME.mode] === KernelMode.Task) return runKernelTask(context)
    refuseGenerator(machine.functions.load(frame[FRAME.kernel] as number))
    const result = checkResult(machine.run(context, f, frame[FRAME.numbers + 5] as number))
    if (result === undefined) return Answer.Nothing
    frame[0] = result
    return Answer.Number
  } finally {
    bindings.delete(current)
    context.bind(undefined)
    current = 0
  }
}

function runCall(context: BaseContext): number {
  const { f, isGenerator } = machine.functions.load(frame[FRAME.kernel] as number)
  const handle = frame[FRAME.handle] as number
  const borrowed = new Borrowed(shared)
  const args =
    frame[FRAME.bytes] === 0
      ? frame.slice(0, frame[FRAME.numbers + 5])
      : (cloneFrom(native.jobBytes(), borrowed) as unknown[])
  if (isGenerator) {
    const given = [...args].map((value): TaskArgument => ({ is: 'value', value }))
    return runLater(context, f, given, borrowed)
  }
  return answerWith(machine.call(context, f, args as unknown[]), handle, borrowed)
}

/** Any value, for the caller's handle. */
function answerWith(result: unknown, handle: number, borrowed: Borrowed): number {
  if (typeof result === 'number') {
    frame[0] = result
    return Answer.Number
  }
  if (result === undefined) return Answer.Nothing
  const bytes = cloneTo(result, borrowed)
  if (borrowed.own.size > 0) shared.sendResult(handle, borrowed.own)
  native.answerBytes(bytes)
  return Answer.Bytes
}

/** A task, which may wait: on this thread, as one of the same scheduler. */
function runKernelTask(context: BaseContext): number {
  const f = machine.functions.of(frame[FRAME.kernel] as number)
  const borrowed = new Borrowed(shared)
  const args = cloneFrom(native.jobBytes(), borrowed) as TaskArgument[]
  return runLater(context, f, args, borrowed)
}

function runLater(
  context: BaseContext,
  f: AnyFunction,
  args: readonly TaskArgument[],
  borrowed: Borrowed,
): number {
  const job = frame[FRAME.job] as number
  const handle = frame[FRAME.handle] as number
  const { schedule } = require('./isolate-tasks.js') as typeof import('./isolate-tasks.js')
  const task = schedule(key, f, context.uses, args)
  const told = (tell: () => number) => {
    let answer: number
    try {
      answer = tell()
    } catch (error) {
      native.answerBytes(bytesOf(error))
      answer = Answer.Thrown
    }
    native.settleJob(job, answer)
  }
  task.then(
    (value) => told(() => answerWith(value, handle, borrowed)),
    (error) =>
      told(() => {
        throw error
      }),
  )
  return Answer.Later
}

/** Loads a module, and says so when it is there, or cannot be had. */
function load(number: number): void {
  const form = formOf(number) as { url: string }
  const told = (exports?: Record<string, unknown>, error?: unknown) => {
    modules.push([form.url, exports, error])
    machine?.functions.addModule(form.url, exports, error)
    calls.loaded(number)
  }
  importModule(form.url).then(
    (exports) => told(exports),
    (error) => told(undefined, error),
  )
}

function importModule(url: string): Promise<Record<string, unknown>> {
  const specifier = url.startsWith('/') ? pathToFileURL(url).href : url
  return import(specifier)
}
