/**
 * Arrays that may not have come yet among the bindings of kernels: a dispatch that waits for them,
 * and takes its turn among their readers and writers.
 */
import type { TypedArray } from './array-slot.js'
import { Async } from './async.js'
import { invalidType, invalidValue } from './errors.js'
import type { ReadBuffer } from './read-buffer.js'
import type { TaskScheduler } from './task-scheduler.js'
import type { WriteBuffer } from './write-buffer.js'

type Buffer = ReadBuffer<unknown> | WriteBuffer<unknown>

/** What {@link read} and {@link write} give. It stands for an array, for one dispatch. */
export class Binding<T = unknown> {
  /** Never there: for the type of the array that the kernel sees. */
  declare readonly of?: T
  readonly #value: Async<T>
  readonly #writes: boolean

  /** @internal */
  constructor(value: Async<T>, writes: boolean) {
    this.#value = value
    this.#writes = writes
  }

  /** @internal The right to it, which is asked for here and now. */
  buffer(): Buffer {
    return this.#writes ? this.#value.write() : this.#value.read()
  }
}

/**
 * Among the bindings of a dispatch: an array that it reads, as of now. It waits for it, and whoever
 * writes it next waits for the dispatch. An array that is not on shared memory is copied there.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no `Async`
 */
export function read<T>(value: Async<T>): Binding<T> {
  return new Binding(checkAsync(value), false)
}

/**
 * Among the bindings of a dispatch: an array that it writes, in its turn; readers that come later
 * wait for it. What is written over is the version before: on shared memory in place, else a copy
 * there.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is no `Async`
 */
export function write<T>(value: Async<T>): Binding<T> {
  return new Binding(checkAsync(value), true)
}

function checkAsync<T>(value: Async<T>): Async<T> {
  if (value instanceof Async) return value
  throw invalidType('value', 'an Async', value)
}

/** True if some of them are bindings of this kind. Each is looked at once. */
export function isWaitedFor(bindings: object | undefined): boolean {
  if (typeof bindings !== 'object' || bindings === null) return false
  return Object.values(bindings).some((value) => value instanceof Binding)
}

/**
 * Runs `go` with the bindings' arrays once they are there, and it is the turn of each. A failure is
 * that of the result, and of all that was to be written.
 */
export function whenBound<R>(
  scheduler: TaskScheduler,
  name: string,
  bindings: object,
  go: (bindings: object) => Async<R>,
): Async<R> {
  const entries = Object.entries(bindings)
  const result = new Async<R>()
  const buffers = new Map<string, Buffer>()
  for (const [key, value] of entries) {
    if (value instanceof Binding) buffers.set(key, value.buffer())
  }
  const body = function* (done: WriteBuffer<R>) {
    const arrays: Record<string, unknown> = Object.fromEntries(entries)
    for (const [key, buffer] of buffers) arrays[key] = yield* arrayOf(key, buffer)
    done.set(yield* go(arrays).read())
  }
  scheduler.scheduleWith({ name }, body as never, result.write(), ...buffers.values())
  return result
}

function* arrayOf(key: string, buffer: Buffer) {
  if (!('update' in buffer)) return sharedOf(key, yield* buffer)
  return yield* buffer.update((before) => sharedOf(key, before))
}

/** The array itself if it is on shared memory, else a copy that is. */
function sharedOf(key: string, array: unknown): TypedArray {
  if (!ArrayBuffer.isView(array) || array instanceof DataView) {
    throw invalidValue(`bindings.${key}`, 'an array', array)
  }
  if (array.buffer instanceof SharedArrayBuffer) return array as TypedArray
  const from = array as TypedArray
  const copy = new (from.constructor as Float64ArrayConstructor)(
    new SharedArrayBuffer(from.byteLength) as unknown as ArrayBuffer,
  )
  copy.set(from as Float64Array)
  return copy
}
