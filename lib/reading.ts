/**
 * Whole files, into whatever memory, with reports of how far they are.
 */
import { AsyncResource } from 'node:async_hooks'

import { type Abortable, begin } from './abort.js'
import type { Async } from './async.js'
import { checkObject } from './block.js'
import { Epoch } from './epoch.js'
import { invalidType, invalidValue } from './errors.js'
import { bytesFrom, checkStill } from './file.js'
import { ReadMode } from './layout.js'
import { native } from './native.js'
import { checkSignal } from './operate.js'
import { encodePath, type Path, showPath } from './paths.js'
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
  /** The contents are in a `SharedArrayBuffer`: copied to one, on this thread. */
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
 * Begins to read a file for a scheduler.
 *
 * @throws TypeError with code `ERR_INVALID_ARG_TYPE` or `ERR_INVALID_ARG_VALUE`
 */
export function readWhole(
  open: Open,
  path: Path,
  encoded: Uint8Array,
  options?: ReadOptions,
): Async<Uint8Array> {
  const { target, shared, signal, onProgress } = check(options)
  const reports = onProgress === undefined ? undefined : new Reports(onProgress)
  const request = { open, path: showPath(path), encoded, signal, reports }
  if (target === undefined) {
    return read(request, shared ? takeShared : takeOwn, ReadMode.Plain)
  }
  const isShared = target.buffer instanceof SharedArrayBuffer
  return read(request, takeInto(target), isShared ? ReadMode.Into : ReadMode.Plain, target)
}

/** A small file; of a large one nothing: that is for {@link readLarge}. */
export function readSmall(
  open: Open,
  path: Path,
  signal: AbortSignal | undefined,
): Async<Uint8Array | undefined> {
  const request = requestFor(open, path, signal)
  return read<Uint8Array | undefined>(request, takeSmall, ReadMode.Small)
}

/**
 * Reads into memory that nobody else has, so that nobody can take it away, and that needs no copy:
 * as much as fits.
 */
export function readLarge(
  open: Open,
  path: Path,
  signal: AbortSignal | undefined,
  target: Uint8Array,
): Async<Uint8Array> {
  const request = requestFor(open, path, signal)
  return read(request, takeInto(target), ReadMode.IntoAndCut, target)
}

function requestFor(open: Open, path: Path, signal: AbortSignal | undefined): Request {
  const encoded = encodePath('path', path)
  return { open, path: showPath(path), encoded, signal, reports: undefined }
}

/** The scheduler's number, or a throw. Asked last: who is asked for options may dispose it. */
type Open = () => number

/** What is to be read, and who is told. */
interface Request {
  readonly open: Open
  readonly path: string
  readonly encoded: Uint8Array
  readonly signal: AbortSignal | undefined
  readonly reports: Reports | undefined
}

function read<T = Uint8Array>(
  request: Request,
  take: (handle: number) => T,
  mode: ReadMode,
  into?: Uint8Array,
): Async<T> {
  const { open, path, encoded, signal, reports } = request
  const slot = stream.fileSlot(path, (handle) => {
    const taken = take(handle)
    if (taken instanceof Uint8Array) reports?.tell(taken.byteLength, taken.byteLength)
    return taken
  })
  return begin<T>(slot, signal, () => {
    const runtime = open()
    const token = reports === undefined ? 0 : post.announce(reports)
    native.readFile(runtime, slot.handle, encoded, token, mode, into)
    if (mode === ReadMode.Small) return
    // It is taken when it comes, whether or not anybody asks: no collector sees what is native. And
    // memory that was given is held until then.
    Epoch.ofSlot(slot).whenSettled({ arrived: () => token !== 0 && post.forget(token) })
  })
}

function takeOwn(handle: number): Uint8Array {
  return new Uint8Array(native.takeBytes(handle))
}

function takeSmall(handle: number): Uint8Array | undefined {
  const taken = native.takeSmall(handle)
  return typeof taken === 'number' ? undefined : new Uint8Array(taken)
}

function takeShared(handle: number): Uint8Array {
  const bytes = takeOwn(handle)
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.byteLength))
  shared.set(bytes)
  return shared
}

function takeInto(target: Uint8Array) {
  const { byteLength } = target
  return (handle: number): Uint8Array => {
    checkStill([target], [byteLength])
    const count = native.copyBytes(handle, target)
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

/** Passes records on, when nothing else is on the stack. */
class Reports implements post.Receiver {
  readonly #onProgress: (progress: Progress) => void
  #loaded = -1

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = AsyncResource.bind(onProgress)
  }

  receive(_: number, end: number): boolean {
    this.tell(numberAt(end - 1), expectedAt(end - 1))
    return false
  }

  tell(loaded: number, total: number): void {
    if (loaded === this.#loaded) return
    this.#loaded = loaded
    queueMicrotask(() => this.#onProgress({ loaded, total }))
  }
}
