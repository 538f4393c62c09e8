/**
 * The functions of the addon. They check nothing: whatever calls them has checked.
 *
 * `runtime` is a number from {@link Native.start}; `handle` a cell of a block from
 * {@link Native.addBlock}, `block * 256 + index`; `token` a number of the caller's that comes back
 * in a record.
 */
export interface Native {
  /**
   * Shares the two buffers with native code, once: it writes records into the one and reads
   * commands out of the other. `deliver(count)` is called when that many records are there.
   */
  open(records: Uint8Array, commands: Uint8Array, deliver: (count: number) => void): void
  /** Sizes and offsets as C++ has them. */
  layout(): Record<string, number>
  /** The table that `lib/task-layout.ts` is generated from. */
  taskLayout(): { group: string; name: string; value: number; says: string }[]

  /** Starts a scheduler with its I/O: a runtime, or `-errno`. `io`: 0 auto, 1 ring, 2 threads. */
  start(
    threads: number,
    stackSize: number,
    taskCapacity: number,
    maxFibers: number,
    io: number,
    pin: boolean,
    name: string,
  ): number
  /** Cancels its I/O, runs what can run, ends its threads. */
  close(runtime: number): void
  backend(runtime: number): 'io_uring' | 'threads'
  reason(runtime: number): string
  /** Rows of `WORKER_STATS` numbers, then those of the I/O. */
  stats(runtime: number): Float64Array

  /** A block of handles, or `-errno`. */
  addBlock(): number
  /** Records the first `count` commands. `runtime` may be 0 where there is no operation in them. */
  consume(runtime: number, count: number): void
  /**
   * Computes an operation with a result of that type on the constants that the commands from
   * `first` on are, and describes what came of it in the first record.
   */
  evaluate(op: number, type: number, first: number): void
  /** A Value record once the handle is settled. Not 0: it is, as by {@link read}. */
  watch(handle: number, token: number): number
  /** Helps to compute it, and waits at most that long. Not 0: it is settled. */
  wait(handle: number, milliseconds: number): number
  /** Not 0: it is settled, and described in the first record. */
  read(handle: number): number
  /** An array that is there, in a fresh handle: a copy of the bytes. False: no memory. */
  makeArray(handle: number, bytes: Uint8Array): boolean
  /** The same in place. `bytes` is kept until nobody computes with it any more. */
  lendArray(handle: number, bytes: Uint8Array): void
  /**
   * Computes on arrays into a fresh handle: a request of `count` words, as `array_task.h` reads
   * them. `bytes` is what the collector is told of the result.
   */
  runArray(runtime: number, handle: number, words: Float64Array, count: number, bytes: number): void
  /** The elements of a settled array that was not lent. Always the same buffer. */
  viewArray(handle: number): ArrayBuffer
  /**
   * The handle's array is not wanted any more; the collector is told of `bytes` less. False: it has
   * not come yet.
   */
  dropArray(handle: number, bytes: number): boolean
  /** Moves the bytes out of a settled handle that holds some. */
  takeBytes(handle: number): ArrayBuffer

  /** Reads a file into a fresh handle. `path` ends with a NUL. */
  readFile(runtime: number, handle: number, path: Uint8Array): void
  /** One Digest record for each of the `count` paths, which all end with a NUL. */
  digest(runtime: number, token: number, paths: Uint8Array, count: number): void
  /** A Drained record once nothing is outstanding. */
  drained(runtime: number, token: number): void
  /** Waits at most that long until nothing is outstanding. True: nothing is. */
  waitDrained(runtime: number, milliseconds: number): boolean
  /** Whether the process stays alive for records to come. */
  hold(alive: boolean): void

  /** XXH3, 128 bits, of the bytes: high and low half. */
  hash(bytes: Uint8Array): BigUint64Array
}
