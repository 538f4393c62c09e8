/**
 * How a value that only JavaScript knows gets to another thread: as a structured clone. Errors keep
 * their own properties, and Heddle's their class.
 */
import { deserialize, serialize } from 'node:v8'

import * as errors from './errors.js'

/** What is of use on its own thread only, though a clone could be made of it. */
const bound = new WeakSet<object>()

/** The object cannot be cloned. */
export function bind(object: object): void {
  bound.add(object)
}

/** @throws TypeError with code `ERR_INVALID_ARG_VALUE` if there can be no clone of it */
export function toBytes(name: string, value: unknown): Uint8Array {
  if (typeof value === 'object' && value !== null && bound.has(value)) {
    throw errors.invalidValue(name, 'a value that can be cloned', value)
  }
  try {
    return serialize(value)
  } catch (error) {
    throw errors.invalidValue(name, `a value that can be cloned (${messageOf(error)})`, value)
  }
}

/** @throws TypeError with code `ERR_INVALID_ARG_VALUE` if it cannot be made again of the bytes */
export function fromBytes(bytes: ArrayBuffer): unknown {
  try {
    return deserialize(new Uint8Array(bytes))
  } catch (error) {
    throw errors.invalidValue('value', `one that can be cloned (${messageOf(error)})`, undefined)
  }
}

/** What travels of something that was thrown. */
interface Thrown {
  readonly thrown: unknown
  readonly name?: string
  readonly properties?: object
  /** It is a DOMException, of which V8 makes an empty object. */
  readonly isOfDom?: boolean
}

/** What was thrown, whatever it is: in the worst case a message. */
export function thrownToBytes(thrown: unknown): Uint8Array {
  try {
    return serialize(describe(thrown))
  } catch {
    const code = attempt(() => errors.codeOf(thrown))
    const name = attempt(() => String((thrown as Error).name))
    const properties = code === undefined ? {} : { code }
    return serialize({ thrown: new Error(messageOf(thrown)), name, properties } satisfies Thrown)
  }
}

function describe(thrown: unknown): Thrown {
  if (thrown instanceof DOMException) {
    return { thrown: thrown.message, name: thrown.name, isOfDom: true }
  }
  if (!(thrown instanceof Error)) return { thrown }
  const several = thrown instanceof AggregateError ? { errors: thrown.errors } : {}
  return { thrown, name: thrown.name, properties: { ...thrown, ...several } }
}

export function thrownFromBytes(bytes: ArrayBuffer): unknown {
  const { thrown, name, properties, isOfDom } = fromBytes(bytes) as Thrown
  if (isOfDom) return new DOMException(thrown as string, name)
  if (!(thrown instanceof Error)) return thrown
  const Class = (errors as Record<string, unknown>)[name ?? '']
  if (typeof Class === 'function' && Class.prototype instanceof errors.HeddleError) {
    Object.setPrototypeOf(thrown, Class.prototype)
  }
  // Not by assignment, which a frozen prototype refuses.
  return Object.defineProperties(thrown, Object.getOwnPropertyDescriptors(properties ?? {}))
}

function messageOf(thrown: unknown): string {
  return attempt(() => (thrown instanceof Error ? String(thrown.message) : String(thrown))) ?? '?'
}

/** What `f` gives, or undefined: the program's own getters may throw. */
function attempt<T>(f: () => T): T | undefined {
  try {
    return f()
  } catch {
    return undefined
  }
}
