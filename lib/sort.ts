/**
 * Sorting: by native code where numbers are in their own order, else by a kernel that compares.
 */
import {
  type AlgorithmOptions,
  checkAsked,
  type Input,
  type IntoOptions,
  intoOf,
  type NumberArray,
} from './algorithm-arguments.js'
import { resultFor, run, whenThere } from './algorithms.js'
import type { ArraySlot, TypedArray } from './array-slot.js'
import { sort as sortNatively } from './arrays.js'
import { Async } from './async.js'
import { checkObject } from './block.js'
import { Epoch } from './epoch.js'
import { AbortError } from './errors.js'
import { checkCallOptions } from './kernel-arguments.js'
import { ArrayOperation } from './operation.js'
import { sharedZeros } from './shared.js'
import { after } from './step.js'
import type { TaskScheduler } from './task-scheduler.js'

/** See `KernelAlgorithms.sort`. */
export function sort(
  scheduler: TaskScheduler,
  source: unknown,
  kernel: unknown,
  options: IntoOptions<NumberArray> | undefined,
): Async<NumberArray> {
  if (kernel === undefined) return sortNumbers(scheduler, source, options)
  const asked = checkAsked(kernel, options as AlgorithmOptions | undefined)
  return whenThere(scheduler, 'sort', source, (input) => {
    const { array, Class } = input
    const out = intoOf(options, input, Class) ?? resultFor(input)
    const spare = sharedZeros(Class, array.length)
    const numbers = [0, array.length, 0]
    const root = { template: 'sort', types: [array], numbers, data: { array, out, spare } }
    return run(scheduler, asked, root, () => out)
  })
}

function sortNumbers(
  scheduler: TaskScheduler,
  source: unknown,
  options: IntoOptions<NumberArray> | undefined,
): Async<NumberArray> {
  const { signal } = checkCallOptions(checkObject(options))
  return whenThere(scheduler, 'sort', source, (input) => {
    const out = intoOf(options, input, input.Class) ?? resultFor(input)
    const sorted = nativelySorted(scheduler, input)
    return after(scheduler, 'sort', sorted, (array) => {
      if (signal?.aborted) throw new AbortError(signal.reason)
      out.set(array as NumberArray)
      sorted[Symbol.dispose]()
      return out
    })
  })
}

/** In memory of its own. */
function nativelySorted(scheduler: TaskScheduler, { array }: Input): Async<TypedArray> {
  const operand = Epoch.of(array instanceof Uint8ClampedArray ? bytesOf(array) : array)
  const f = (runtime: number, [slot]: readonly ArraySlot[]) =>
    sortNatively(runtime, slot as ArraySlot)
  return Async.inside(new ArrayOperation(scheduler, 'sort', [operand], f).start().result)
}

/** The same numbers, of a class that native code knows. */
function bytesOf({ buffer, byteOffset, length }: Uint8ClampedArray): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length)
}
