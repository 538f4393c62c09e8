/**
 * Node's own streams over a `FileHandle`. Each holds the descriptor until it is closed, and is
 * closed with the handle.
 */
import { createReadStream, createWriteStream, type ReadStream, type WriteStream } from 'node:fs'
import { createInterface, type Interface } from 'node:readline'
import {
  type ReadableByteStreamController,
  ReadableStream,
  type ReadableStreamBYOBRequest,
} from 'node:stream/web'

import { checkObject } from './block.js'
import { invalidType, withCode } from './errors.js'
import type { FileHandle } from './file-handle.js'

/** What both kinds may be told, and more that is Node's business. */
type Options = Record<string, unknown> | undefined

/** As large as Node's. */
const CHUNK_BYTES = 16 * 1024

export function readStream(handle: FileHandle, options: Options): ReadStream {
  return attach(handle, createReadStream('', asOptions(handle, options)))
}

export function writeStream(handle: FileHandle, options: Options): WriteStream {
  return attach(handle, createWriteStream('', asOptions(handle, options)))
}

export function lines(handle: FileHandle, options: Options): Interface {
  const input = readStream(handle, options)
  return createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
}

/** A stream of bytes, as Node's from version 24 on. */
export function webStream(
  handle: FileHandle,
  options: { autoClose?: boolean | undefined } | undefined,
): ReadableStream<Uint8Array> {
  const { autoClose = false } = checkObject(options) ?? {}
  if (typeof autoClose !== 'boolean') throw invalidType('options.autoClose', 'a boolean', autoClose)
  return new ReadableStream(new ByteSource(handle, autoClose))
}

/** Gives a file's bytes until their end, until it is cancelled, or until the handle is closed. */
class ByteSource {
  readonly type = 'bytes'
  readonly autoAllocateChunkSize = CHUNK_BYTES
  readonly #handle: FileHandle
  readonly #autoClose: boolean
  #isOver = false

  constructor(handle: FileHandle, autoClose: boolean) {
    this.#handle = handle
    this.#autoClose = autoClose
    handle.hold()
  }

  start(controller: ReadableByteStreamController): void {
    this.#handle.once('close', () => {
      if (this.#isOver) return
      controller.close()
      controller.byobRequest?.respond(0)
      void this.cancel()
    })
  }

  async pull(controller: ReadableByteStreamController): Promise<void> {
    const request = controller.byobRequest as ReadableStreamBYOBRequest
    try {
      const { bytesRead } = await this.#handle.read(request.view)
      if (this.#isOver) return
      if (bytesRead === 0) controller.close()
      request.respond(bytesRead)
      if (bytesRead === 0) await this.cancel()
    } catch (error) {
      await this.cancel()
      throw error
    }
  }

  async cancel(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.#handle.release()
    if (this.#autoClose) await this.#handle.close()
  }
}

function asOptions(handle: FileHandle, options: Options): object {
  if (options?.fs) {
    const error = new Error('The FileHandle with fs method is not implemented')
    throw withCode(error, 'ERR_METHOD_NOT_IMPLEMENTED')
  }
  return { ...options, fd: handle.fd, fs: operations(handle) }
}

function attach<S extends ReadStream | WriteStream>(handle: FileHandle, stream: S): S {
  handle.hold()
  // One that has finished waits, when it is closed, for what will not come again.
  handle.on('close', () => {
    if ('writableFinished' in stream && stream.writableFinished) stream.destroy()
    else stream.close()
  })
  return stream
}

type Callback = (error: Error | null, ...results: unknown[]) => void

/** What a stream does with its descriptor, as functions of `node:fs`. */
function operations(handle: FileHandle) {
  const fail = (callback: Callback, what: unknown) => (error: Error) => callback(error, 0, what)
  return {
    open() {
      throw withCode(
        new Error('The open() method is not implemented'),
        'ERR_METHOD_NOT_IMPLEMENTED',
      )
    },
    close(_: number, callback: Callback) {
      handle.release()
      handle.close().then(() => callback(null), callback)
    },
    fsync(_: number, callback: Callback) {
      handle.sync().then(() => callback(null), callback)
    },
    read(_: number, to: Buffer, at: number, length: number, position: number, done: Callback) {
      const reading = handle.read(to, at, length, position)
      reading.then(({ bytesRead }) => done(null, bytesRead, to), fail(done, to))
    },
    write(_: number, from: Buffer, at: number, length: number, position: number, done: Callback) {
      const writing = handle.write(from, at, length, position)
      writing.then(({ bytesWritten }) => done(null, bytesWritten, from), fail(done, from))
    },
    writev(_: number, buffers: Buffer[], position: number, done: Callback) {
      const writing = handle.writev(buffers, position)
      writing.then(({ bytesWritten }) => done(null, bytesWritten, buffers), fail(done, buffers))
    },
  }
}
