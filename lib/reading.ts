/**
 * Whole files, into whatever memory, with reports of how far they are.
 */
import { type Abortable, aborted, beginCall } from './abort.js'
import { Async } from './async.js'
import { checkObject } from './block.js'
import { type CallSlot, Continued, type Read } from './call-slot.js'
import { Epoch } from './epoch.js'
import { invalidType, invalidValue } from './errors.js'
import { bytesFrom, checkStill, observed } from './file.js'
import { ReadMode } from './layout.js'
import { native } from './native.js'
import { checkSignal } from './operate.js'
import { type Path, showPath } from './paths.js'
import * as post from './post.js'
import { expectedAt, numberAt } from './records.js'
import * as stream from './stream.js'

/** How `io.readFile` reads. */
export interface ReadOptions extends Abortable {
  /**
   * Where the contents go; what comes is a `Uint8Array` of as much of it as they fill. Shared
   * memory is read into directly; into other memory they are copied on this thread, since it could
   * be transferred meanwhile.
   */
  into?: ArrayBufferView | undefined
  /** The contents are in a `SharedArrayBuffer`. */
  shared?: boolean | undefined
  /** Called now and then, at most a hundred times a second, and when all of it is there. */
  onProgress?: ((progress: Progress) => void) | undefined
}

/** How far something is. */
export interface Progress {
  /** Bytes that are there. */
  readonly loaded: number
  /** Bytes that are expected. */
  readonly total: number
}

/**
 * Begins to read a file. `open` gives the number of the scheduler, or throws.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 */
export function readWhole(
  open: () => number,
  path: Path,
  encoded: Uint8Array,
  options?: ReadOptions,
): Async<Uint8Array> {
  const { target, shared, signal, onProgress } = check(options)
  const reports = onProgress === undefined ? undefined : new Reports(onProgress)
  const request = { open, path: showPath(path), encoded, signal, reports }
  if (signal?.aborted === true) return aborted(signal)
  if (target !== undefined) {
    const isShared = target.buffer instanceof SharedArrayBuffer
    const take = takeInto(target, reports)
    const slot = begin(request, take, isShared ? ReadMode.Into : ReadMode.Plain, target)
    // It is copied when it comes, and its memory held until then, whether or not anybody asks.
    return observed<Uint8Array>(slot)
  }
  const slot = begin(request, (handle) => takeOwn(request, handle, shared), ReadMode.Small)
  return Async.inside<Uint8Array>(Epoch.ofSlot(slot))
}

/** What is to be read, and who is told. */
interface Request {
  readonly open: () => number
  readonly path: string
  readonly encoded: Uint8Array
  readonly signal: AbortSignal | undefined
  readonly reports: Reports | undefined
}

function begin(request: Request, take: Read, mode: ReadMode, into?: Uint8Array): CallSlot {
  const { open, path, encoded, signal, reports } = request
  const runtime = open()
  const slot = stream.fileSlot(path, take)
  const token = reports === undefined ? 0 : post.announce(reports)
  beginCall(slot, signal, () => {
    native.readFile(runtime, slot.handle, encoded, token, mode, into)
  })
  if (token !== 0) Epoch.ofSlot(slot).subscribe({ arrived: () => post.forget(token) })
  return slot
}

/** A small file, or memory for a large one. */
function takeOwn(request: Request, handle: number, isShared: boolean): Uint8Array {
  const taken = native.takeSmall(handle)
  if (typeof taken === 'number') throw new Continued(beginLarge(request, taken, isShared))
  const bytes = new Uint8Array(taken)
  request.reports?.finish(bytes.byteLength)
  if (!isShared) return bytes
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  shared.set(bytes)
  return shared
}

/** Into memory that nobody has yet, so that nobody can take it away, and that needs no copy. */
function beginLarge(request: Request, size: number, isShared: boolean): CallSlot {
  const target = new Uint8Array(isShared ? new SharedArrayBuffer(size) : new ArrayBuffer(size))
  const slot = begin(request, takeInto(target, request.reports), ReadMode.IntoAndCut, target)
  Epoch.ofSlot(slot).expect() // Holds the memory.
  return slot
}

function takeInto(target: Uint8Array, reports: Reports | undefined): Read {
  const { byteLength } = target
  return (handle) => {
    checkStill([target], [byteLength])
    const count = native.copyBytes(handle, target)
    reports?.finish(count)
    return new Uint8Array(target.buffer, target.byteOffset, count)
  }
}

function check(options: ReadOptions | undefined) {
  const signal = checkSignal(options)
  const { into, shared = false, onProgress } = checkObject(options) ?? {}
  if (into !== undefined && !ArrayBuffer.isView(into)) {
    throw invalidType('options.into', 'a typed array', into)
  }
  if (typeof shared !== 'boolean') throw invalidType('options.shared', 'a boolean', shared)
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw invalidType('options.onProgress', 'a function', onProgress)
  }
  const target = into === undefined ? undefined : bytesFrom(into)
  if (target !== undefined && shared && !(target.buffer instanceof SharedArrayBuffer)) {
    throw invalidValue('options.into', 'shared memory, if options.shared is true', into)
  }
  return { target, shared, signal, onProgress }
}

/** Passes records on. */
class Reports implements post.Receiver {
  readonly #onProgress: (progress: Progress) => void
  #loaded = -1

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = onProgress
  }

  receive(_: number, end: number): boolean {
    this.#tell(numberAt(end - 1), expectedAt(end - 1))
    return false
  }

  finish(size: number): void {
    this.#tell(size, size)
  }

  /** What the program throws is nobody's who delivers. */
  #tell(loaded: number, total: number): void {
    if (loaded === this.#loaded) return
    this.#loaded = loaded
    try {
      this.#onProgress({ loaded, total })
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
