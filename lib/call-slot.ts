/**
 * The slot of a call about files and their like: what native code has done becomes a value when it
 * is read.
 */
import { Type } from './layout.js'
import { native } from './native.js'
import { throwFailure } from './records.js'
import { type Block, Slot } from './slot.js'

/** Makes a value of what is natively in the handle. Once. */
export type Read = (handle: number) => unknown

export class CallSlot extends Slot {
  /** Why it was given up, if it was. */
  reason: (() => Error | undefined) | undefined
  /** For errors. */
  readonly #path: string | undefined
  readonly #destination: string | undefined
  /** Undefined: it has been read. */
  #read: Read | undefined
  #hasFailed = false
  /** The value or the failure, once it has been read. */
  #result: unknown

  constructor(
    block: Block,
    handle: number,
    path: string | undefined,
    read: Read = takeBytes,
    destination?: string,
  ) {
    super(block, handle, Type.Bytes)
    this.#path = path
    this.#destination = destination
    this.#read = read
  }

  /** The value, by the record that says that it is there. Throws what came instead. */
  take(record: number): unknown {
    const read = this.#read
    if (read !== undefined) {
      this.#read = undefined
      this.#result = this.#take(read, record)
    }
    if (this.#hasFailed) throw this.#result
    return this.#result
  }

  #take(read: Read, record: number): unknown {
    try {
      const reason = this.reason?.()
      if (reason !== undefined) throw reason
      throwFailure(record, this.#path, this.#destination)
      return read(this.handle)
    } catch (thrown) {
      this.#hasFailed = true
      return thrown
    }
  }
}

function takeBytes(handle: number): Uint8Array {
  return new Uint8Array(native.takeBytes(handle))
}
