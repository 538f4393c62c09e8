/**
 * How a value that only JavaScript knows gets to another thread: as a structured clone. Errors keep
 * their own properties, and Heddle's their class.
 */
import { deserialize, serialize } from 'node:v8'

import * as errors from './errors.js'

/** @throws TypeError with code `ERR_INVALID_ARG_VALUE` if there can be no clone of it */
export function toBytes(name: string, value: unknown): Uint8Array {
  try {
    return serialize(value)
  } catch (error) {
    throw errors.invalidValue(name, `a value that can be cloned (${messageOf(error)})`, value)
  }
}

export function fromBytes(bytes: ArrayBuffer): unknown {
  return deserialize(new Uint8Array(bytes))
}

/** What was thrown, whatever it is: in the worst case a message. */
export function thrownToBytes(thrown: unknown): Uint8Array {
  const isError = thrown instanceof Error
  const [name, properties] = isError ? [thrown.name, { ...thrown }] : []
  try {
    return serialize({ thrown, name, properties })
  } catch {
    const error = isError ? new Error(thrown.message) : new Error(messageOf(thrown))
    return serialize({ thrown: error, name, properties: { code: errors.codeOf(thrown) } })
  }
}

export function thrownFromBytes(bytes: ArrayBuffer): unknown {
  const { thrown, name, properties } = fromBytes(bytes) as {
    thrown: unknown
    name?: string
    properties?: object
  }
  if (!(thrown instanceof Error)) return thrown
  const Class = (errors as Record<string, unknown>)[name ?? '']
  if (typeof Class === 'function' && Class.prototype instanceof errors.HeddleError) {
    Object.setPrototypeOf(thrown, Class.prototype)
  }
  return Object.assign(thrown, properties)
}

function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
