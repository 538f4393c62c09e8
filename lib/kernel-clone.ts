/**
 * Clones of bindings, arguments and results on their way between threads: flat ones, or what
 * `v8.serialize` makes, and names of the memory that is shared.
 */
import { types } from 'node:util'
import { DefaultDeserializer, DefaultSerializer } from 'node:v8'

import { flatFrom, flatTo, isFlat } from './flat-clone.js'
import { lengthOf, makeView, type SharedBuffers, viewNumberOf } from './shared-views.js'

const DOUBLE = 8
const OTHER = 0
const SHARED_VIEW = 1
const SHARED_BUFFER = 2

/** In place of shared buffers themselves, which V8 would write and Node cannot read. */
const stands = new WeakSet<object>()

class Writer extends DefaultSerializer {
  readonly buffers: number[] = []
  readonly #shared: SharedBuffers

  constructor(shared: SharedBuffers) {
    super()
    this.#shared = shared
  }

  /** Whether it has met a shared buffer that is in no view. */
  hasBare = false

  /** @internal V8 calls it for a buffer itself. */
  _getSharedArrayBufferId(buffer: SharedArrayBuffer): number {
    this.hasBare = true
    return this.#indexOf(buffer)
  }

  #indexOf(buffer: SharedArrayBuffer): number {
    const number = this.#shared.numberOf(buffer)
    const known = this.buffers.indexOf(number)
    return known >= 0 ? known : this.buffers.push(number) - 1
  }

  /** @internal V8 calls it for views. */
  // biome-ignore lint/suspicious/noExplicitAny: @types/node does not have it
  _writeHostObject(view: any): void {
    const index = viewNumberOf(view)
    if (stands.has(view)) {
      this.writeUint32(SHARED_BUFFER)
      this.writeUint32(this.#indexOf(view.buffer))
      return
    }
    if (index < 0 || !types.isSharedArrayBuffer(view.buffer)) {
      this.writeUint32(OTHER)
      // @ts-expect-error as above
      super._writeHostObject(view)
      return
    }
    this.writeUint32(SHARED_VIEW)
    this.writeUint32(index)
    this.writeUint32(this.#indexOf(view.buffer))
    this.writeDouble(view.byteOffset)
    this.writeDouble(lengthOf(view))
  }
}

class Reader extends DefaultDeserializer {
  readonly #buffers: readonly SharedArrayBuffer[]

  constructor(bytes: Uint8Array, buffers: readonly SharedArrayBuffer[]) {
    super(bytes)
    this.#buffers = buffers
    for (const [i, buffer] of buffers.entries()) {
      this.transferArrayBuffer(i, buffer as unknown as ArrayBuffer)
    }
  }

  /** @internal V8 calls it for views. */
  _readHostObject(): unknown {
    const kind = this.readUint32()
    if (kind === OTHER) {
      // @ts-expect-error @types/node does not have it
      return super._readHostObject()
    }
    if (kind === SHARED_BUFFER) return this.#buffers[this.readUint32()]
    const number = this.readUint32()
    const buffer = this.#buffers[this.readUint32()] as SharedArrayBuffer
    const offset = this.readDouble()
    return makeView(number, buffer, offset, this.readDouble())
  }
}

/** Throws what V8 says of what cannot be cloned. */
export function cloneTo(value: unknown, shared: SharedBuffers): Uint8Array {
  return flatTo(value, shared) ?? v8To(value, shared)
}

/** The same for what is known not to be flat. */
export function v8To(value: unknown, shared: SharedBuffers): Uint8Array {
  let writer = write(value, shared)
  if (writer.hasBare) writer = write(withStands(value, new Map()), shared)
  const payload = writer.releaseBuffer()
  const { buffers } = writer
  const bytes = new Uint8Array((1 + buffers.length) * DOUBLE + payload.byteLength)
  new Float64Array(bytes.buffer, 0, 1 + buffers.length).set([buffers.length, ...buffers])
  bytes.set(payload, (1 + buffers.length) * DOUBLE)
  return bytes
}

function write(value: unknown, shared: SharedBuffers): Writer {
  const writer = new Writer(shared)
  writer.writeHeader()
  writer.writeValue(value)
  return writer
}

/** The same with views in place of shared buffers, in whatever holds them. */
function withStands(value: unknown, known: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  const before = known.get(value)
  if (before !== undefined) return before
  const copy = <T>(made: T, fill: (made: T) => void): T => {
    known.set(value, made)
    fill(made)
    return made
  }
  if (types.isSharedArrayBuffer(value)) {
    return copy(new Uint8Array(value as SharedArrayBuffer), (view) => stands.add(view))
  }
  const each = (inner: unknown) => withStands(inner, known)
  if (value instanceof Map) {
    return copy(new Map(), (map) => {
      for (const [key, inner] of value) map.set(each(key), each(inner))
    })
  }
  if (value instanceof Set) {
    return copy(new Set(), (set) => {
      for (const inner of value) set.add(each(inner))
    })
  }
  if (Array.isArray(value)) return copy<unknown[]>([], (all) => all.push(...value.map(each)))
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return copy<Record<string, unknown>>({}, (object) => {
    for (const [key, inner] of Object.entries(value)) object[key] = each(inner)
  })
}

export function cloneFrom(bytes: ArrayBuffer, shared: SharedBuffers): unknown {
  if (isFlat(bytes)) return flatFrom(bytes, shared)
  const count = new Float64Array(bytes, 0, 1)[0] as number
  const numbers = new Float64Array(bytes, DOUBLE, count)
  const buffers = [...numbers].map((number) => shared.bufferOf(number))
  const reader = new Reader(new Uint8Array(bytes, (1 + count) * DOUBLE), buffers)
  reader.readHeader()
  return reader.readValue()
}
