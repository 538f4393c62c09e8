/**
 * What kernels are called with, checked.
 */
import { types } from 'node:util'

import type { Abortable } from './abort.js'
import { HeddleError, invalidType, invalidValue, outOfRange } from './errors.js'
import { flatTo } from './flat-clone.js'
import { Kernel } from './kernel.js'
import { cloneTo, v8To } from './kernel-clone.js'
import { ARGUMENTS_MAX } from './kernel-templates.js'
import { checkSignal } from './operate.js'
import { checkArray, checkOneOf } from './options.js'
import type { SharedBuffers } from './shared-views.js'

/** Who goes first, and how it can be given up. */
export interface KernelCallOptions extends Abortable {
  /** Who goes first. Default: `'normal'`. `'background'` leaves a worker to others. */
  lane?: 'frame' | 'normal' | 'background' | undefined
}

const LANES = ['frame', 'normal', 'background'] as const

/** The numbers of a kernel, and of the module that it needs. */
export function checkKernel(kernel: unknown): { kernel: number; module: number | undefined } {
  const number = Kernel.numberOf(kernel)
  if (number === undefined) throw invalidType('kernel', 'a kernel, as kernel() makes them', kernel)
  return { kernel: number, module: Kernel.moduleOf(kernel as Kernel) }
}

export function checkNumbers(name: string, args: readonly number[]): number[] {
  const numbers = checkArray(name, args, 'an array of numbers')
  if (numbers.length > ARGUMENTS_MAX) {
    throw outOfRange(`${name}.length`, `at most ${ARGUMENTS_MAX}`, numbers.length)
  }
  for (const [i, number] of numbers.entries()) {
    if (typeof number !== 'number') throw invalidType(`${name}[${i}]`, 'a number', number)
  }
  return numbers
}

/** One to three whole numbers, with a product that is exact. */
export function checkSize(size: number | readonly number[]): Size {
  if (typeof size === 'number') {
    checkLength('size', size)
    return { sizes: [size], total: size }
  }
  const sizes: number[] = checkArray('size', size, 'a number or an array')
  if (sizes.length < 1 || sizes.length > 3) {
    throw outOfRange('size.length', 'from 1 to 3', sizes.length)
  }
  for (const [i, n] of sizes.entries()) checkLength(`size[${i}]`, n)
  const total = sizes.reduce((product, n) => product * n, 1)
  if (!Number.isSafeInteger(total)) throw outOfRange('size', 'of at most 2^53 - 1 indices', total)
  return { sizes, total }
}

export interface Size {
  readonly sizes: readonly number[]
  readonly total: number
}

function checkLength(name: string, n: unknown): void {
  if (typeof n !== 'number') throw invalidType(name, 'a number', n)
  if (!Number.isSafeInteger(n) || n < 0) throw outOfRange(name, 'an integer, 0 or more', n)
}

/** What all of them have. */
export function checkCallOptions(options: unknown) {
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw invalidType('options', 'an object', options)
  }
  const { lane = 'normal' } = (options ?? {}) as KernelCallOptions
  return {
    lane: checkOneOf('options.lane', LANES, lane),
    signal: checkSignal(options as Abortable | undefined),
  }
}

/** @throws TypeError with code `ERR_INVALID_ARG_TYPE` if it is neither a function nor undefined */
export function checkFunction<F>(name: string, f: F): F {
  if (f === undefined || typeof f === 'function') return f
  throw invalidType(name, 'a function', f)
}

/** A clone of them; undefined: there are none. */
export function checkBindings(shared: SharedBuffers, bindings: unknown): Uint8Array | undefined {
  if (bindings === undefined) return undefined
  const flat = flatTo(bindings, shared) // Then all memory in it is shared.
  if (flat !== undefined) return flat
  checkPlainBindings(bindings)
  return clone('bindings', bindings, shared, v8To)
}

/** The same, without the clone. */
export function checkPlainBindings(bindings: unknown): void {
  if (bindings === undefined) return
  if (typeof bindings !== 'object' || bindings === null) {
    throw invalidType('bindings', 'an object', bindings)
  }
  checkShared('bindings', bindings, new Set())
}

/** @throws TypeError with code `ERR_INVALID_ARG_VALUE` where memory would be copied in silence */
function checkShared(name: string, value: unknown, seen: Set<unknown>): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return
  seen.add(value)
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value
  if (types.isArrayBuffer(buffer)) {
    throw invalidValue(
      name,
      'on a SharedArrayBuffer, as shared() makes them: each isolate would have a copy',
      value,
    )
  }
  if (ArrayBuffer.isView(value)) return
  if (value instanceof Map) {
    for (const [key, each] of value) checkShared(`${name}.get(${String(key)})`, each, seen)
    return
  }
  if (value instanceof Set) {
    for (const each of value) checkShared(`${name}'s element`, each, seen)
    return
  }
  for (const key of Object.keys(value)) {
    const path = Array.isArray(value) ? `${name}[${key}]` : `${name}.${key}`
    checkShared(path, (value as Record<string, unknown>)[key], seen)
  }
}

export function clone(
  name: string,
  value: unknown,
  shared: SharedBuffers,
  to = cloneTo,
): Uint8Array {
  try {
    return to(value, shared)
  } catch (error) {
    if (error instanceof HeddleError) throw error
    const why = error instanceof Error ? error.message : String(error)
    throw invalidValue(name, `what can be cloned (${why})`, value)
  }
}
