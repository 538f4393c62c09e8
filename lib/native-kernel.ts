/**
 * Kernels in C and its kin: libraries of them, and calls.
 */
import { type Abortable, begin } from './abort.js'
import type { Async } from './async.js'
import { checkObject } from './block.js'
import { Epoch } from './epoch.js'
import { invalidType, invalidValue, KernelError, systemMessage } from './errors.js'
import { native } from './native.js'
import { checkSignal } from './operate.js'
import { checkArray, checkOneOf } from './options.js'
import { encodePath, type Path } from './paths.js'
import * as stream from './stream.js'

/** How a kernel is called. */
export interface CallOptions extends Abortable {
  /** Who goes first. Default: `'normal'`. `'background'` leaves a worker to others. */
  lane?: 'frame' | 'normal' | 'background' | undefined
  /** `'large'` for kernels that need much of it. */
  stack?: 'normal' | 'large' | undefined
}

const LANES = ['frame', 'normal', 'background'] as const
const STACKS = ['normal', 'large'] as const

/** What a native kernel takes. Arrays are on shared memory, and are not copied. */
export type KernelArgument = number | ArrayBufferView

/** A kernel of a library, made by `loadKernels`. */
export class NativeKernel {
  /** As the library has it. */
  readonly name: string
  readonly #number: number

  /** @internal */
  constructor(name: string, number: number) {
    this.name = name
    this.#number = number
  }

  /** @internal Undefined: it is none. */
  static numberOf(kernel: unknown): number | undefined {
    const isOurs = typeof kernel === 'object' && kernel !== null && #number in kernel
    return isOurs ? kernel.#number : undefined
  }
}

/** @internal */
export function loadLibrary(path: Path): Record<string, NativeKernel> {
  const loaded = native.loadKernels(encodePath('path', path))
  if (typeof loaded === 'string') throw new KernelError(loaded)
  const [first, ...names] = loaded
  const kernels = names.map((name, i) => [name, new NativeKernel(name, first + i)] as const)
  return Object.fromEntries(kernels)
}

/** @internal */
export function callNative(
  open: () => number,
  kernel: NativeKernel,
  args: readonly KernelArgument[],
  options?: CallOptions,
): Async<number> {
  const number = NativeKernel.numberOf(kernel)
  if (number === undefined) throw invalidType('kernel', 'one of kernel() or loadKernels()', kernel)
  const { numbers, arrays } = sort(args)
  const signal = checkSignal(options)
  const { lane = 'normal', stack = 'normal' } = checkObject(options) ?? {}
  const where = checkOneOf('options.lane', LANES, lane)
  const on = checkOneOf('options.stack', STACKS, stack)
  const { name } = kernel
  const slot = stream.fileSlot(undefined, (handle) => resultOf(name, native.takeBytes(handle)))
  return begin(slot, signal, () => {
    native.callKernel(open(), slot.handle, number, numbers, where, on, ...arrays)
    // The arrays' memory is held until then, whether or not anybody asks.
    if (arrays.length > 0) Epoch.ofSlot(slot).whenSettled({ arrived: () => arrays.splice(0) })
  })
}

function sort(args: readonly KernelArgument[]) {
  const numbers: number[] = []
  const arrays: Uint8Array[] = []
  for (const [i, arg] of checkArray('args', args).entries()) {
    if (typeof arg === 'number') numbers.push(arg)
    else arrays.push(sharedBytes(`args[${i}]`, arg))
  }
  return { numbers: Float64Array.from(numbers), arrays }
}

function sharedBytes(name: string, arg: unknown): Uint8Array {
  if (!ArrayBuffer.isView(arg)) throw invalidType(name, 'a number or a typed array', arg)
  const { buffer, byteOffset, byteLength } = arg
  if (buffer instanceof SharedArrayBuffer) return new Uint8Array(buffer, byteOffset, byteLength)
  throw invalidValue(name, 'on a SharedArrayBuffer, as other threads use it', arg)
}

function resultOf(name: string, both: ArrayBuffer): number {
  const [result, errno] = new Float64Array(both) as unknown as [number, number]
  if (errno === 0) return result
  throw new KernelError(`the kernel '${name}' failed: ${systemMessage(-errno)}`, name, -errno)
}
