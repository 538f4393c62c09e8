/**
 * The functions of the addon. They check nothing: whatever calls them has checked.
 *
 * `runtime` is a number from {@link Native.start}; `handle` a cell of a block from
 * {@link Native.addBlock}, `block * 256 + index`; `token` a number of the caller's that comes back
 * in a record.
 */
import type { NativeFrameCalls } from './frame-api.js'

export interface Native extends NativeFrameCalls {
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
  /** Names its threads to other JavaScript threads of the process. */
  key(runtime: number): number
  /**
   * A runtime on the threads with that key, or `-errno`; ECANCELED: they have ended. A Closed
   * record comes when they end later.
   */
  attach(key: number, token: number): number
  describe(runtime: number): { name: string; threads: number }
  /** False: whoever started its threads has closed it. */
  isOpen(runtime: number): boolean
  /** Cancels its I/O, runs what can run, ends its threads if it has started them. */
  close(runtime: number): void
  backend(runtime: number): 'io_uring' | 'threads'
  reason(runtime: number): string
  /** A task has been run by JavaScript, for the statistics. */
  countTask(runtime: number): void
  /** Rows of `WORKER_STATS` numbers, then those of the I/O. */
  stats(runtime: number): Float64Array

  /** Begins to record the last `events` events of each worker: 0, or `-errno`. */
  startTrace(runtime: number, events: number): number
  stopTrace(runtime: number): void
  /** What was recorded: see `trace-rows.ts`. Empty: nothing ever was. */
  trace(runtime: number): Float64Array
  /** The number of a name in traces, the same in all threads. 0: none, or there are too many. */
  label(name: string): number
  /** Those names, by their numbers. */
  labels(): string[]

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
  /** Its array may be dropped as soon as `slot` has been collected, before the turn ends. */
  guardArray(handle: number, slot: object): void
  /** Moves the bytes out of a settled handle that holds some. */
  takeBytes(handle: number): ArrayBuffer
  /** What a kernel gave, likewise: a number, nothing, or a clone. */
  takeResult(handle: number): ArrayBuffer | number | undefined
  /** The same for a file that was read as `ReadMode.Small`: the size of one that was not. */
  takeSmall(handle: number): ArrayBuffer | number

  /** A value for threads to share, with a version that is blank: its key. 0: closed. */
  shareValue(runtime: number): number
  /** The same by its key, as often as it is dropped again. 0: there is none. */
  attachValue(key: number): number
  dropValue(key: number): void
  /**
   * Computes its next version from the newest one and the constant that is command `operand`. 0: it
   * cannot be done at once, and nothing has happened.
   */
  assignValue(key: number, runtime: number, op: number, operand: number): number
  /** Its newest version; `reads`: it is to be released once more. */
  versionNow(key: number, reads: 0 | 1): number
  /**
   * A version that this thread is to settle; the first record's number is the one before, or 0.
   * 0: closed.
   */
  versionNext(key: number): number
  /** An Outcome; a scalar or a fault is in the first record. */
  versionLook(version: number): number
  /** Not 0: a Moment has come. */
  versionIs(version: number, moment: number): number
  /** A Version record when it comes. 0: it has come already. */
  versionWatch(version: number, moment: number, token: number): number
  /** Waits for it at most that long. Not 0: it has come. */
  versionWait(version: number, moment: number, milliseconds: number): number
  versionHold(version: number): void
  versionRelease(version: number): void
  /** The number means nothing any more; what was to be settled or released is. */
  versionForget(version: number): void
  versionAbandon(version: number): void
  /** Settles it with what a settled handle holds, and with the kind and the shape of an array. */
  versionSettle(version: number, handle: number, meta: Float64Array | undefined): void
  /** Settles it with a clone, or with what was thrown. */
  versionSettleBytes(version: number, bytes: Uint8Array, isThrown: boolean): void
  versionBytes(version: number): ArrayBuffer
  versionMeta(version: number): Float64Array
  /** Its array, in a fresh handle. */
  versionArray(version: number, handle: number): void

  /**
   * Reads a file into a fresh handle, as a {@link ReadMode} says; `into` stays where it is until it
   * has come. `path` ends with a NUL. Progress records come with `token`, unless that is 0.
   */
  readFile(
    runtime: number,
    handle: number,
    path: Uint8Array,
    token: number,
    mode: number,
    into: Uint8Array | undefined,
  ): void
  /**
   * One {@link FileCall} into a fresh handle: the words of a FileRecord, or nothing. `paths` are
   * one or two, each with a NUL; `bytes` are copied.
   */
  fileCall(
    runtime: number,
    handle: number,
    code: number,
    flags: number,
    mode: number,
    paths: Uint8Array,
    bytes: Uint8Array | undefined,
  ): void
  /** Opens a file into a fresh handle: see {@link Native.takeFile}. */
  openFile(runtime: number, handle: number, path: Uint8Array, flags: number, mode: number): void
  /** The file that was opened: its number, for the calls below, and its descriptor. Once. */
  takeFile(handle: number): Float64Array
  /**
   * One {@link DescriptorCall} into a fresh handle; `position` is where to truncate it. False: the
   * file is closed, and there is no call.
   */
  descriptorCall(
    runtime: number,
    handle: number,
    code: number,
    file: number,
    position: number,
  ): boolean
  /**
   * Reads `length` bytes, into a handle for {@link Native.copyBytes}. `position` -1: the
   * descriptor's own. 0: it is closed.
   */
  readAt(runtime: number, handle: number, file: number, position: number, length: number): number
  /** Writes all of `bytes`, which are copied, into a fresh handle that has nothing. The same. */
  writeAt(
    runtime: number,
    handle: number,
    file: number,
    position: number,
    bytes: Uint8Array,
  ): number
  /**
   * Reads what is cached into `length` bytes of `to` from `offset` on, at once: how many bytes
   * those are. Below 0: -1 less how many, and the others take {@link Native.readAt}.
   */
  readNow(
    runtime: number,
    file: number,
    position: number,
    offset: number,
    length: number,
    to: ArrayBufferView,
  ): number
  /** Moves what was read into `to`, and returns how many bytes that are. Once. */
  copyBytes(handle: number, to: Uint8Array): number
  /** The file is closed, unless it was. */
  dropFile(file: number): void
  /**
   * Maps a file of at most `most` bytes into a fresh handle: see {@link Native.takeMap}. `advice`:
   * 0 normal, 1 sequential, 2 random.
   */
  mapFile(
    runtime: number,
    handle: number,
    path: Uint8Array,
    advice: number,
    populate: boolean,
    most: number,
  ): void
  /** Its buffer, and its number for the calls below, or `-errno`. Once. */
  takeMap(handle: number): [buffer: ArrayBuffer, map: number] | number
  /** Brings a part into memory, in a fresh handle. 0: the map is gone, and there is no call. */
  prefetchFile(runtime: number, handle: number, map: number, offset: number, length: number): number
  /** Not 0: some of its bytes could not be had. */
  isCut(map: number): number
  /** Its buffer is empty, unless it was. */
  dropMap(map: number): void
  /** Why the library cannot be loaded, or the number of its first kernel, and all their names. */
  loadKernels(path: Uint8Array): string | [first: number, ...names: string[]]
  /**
   * Calls a kernel, with memory that is there until its value comes: its result and its errno, in a
   * fresh handle. `lane`: 0 frame, 1 normal, 2 background; `stack`: 0 normal, 1 large.
   */
  callKernel(
    runtime: number,
    handle: number,
    kernel: number,
    numbers: Float64Array,
    lane: number,
    stack: number,
    ...arrays: Uint8Array[]
  ): void
  /** Waits so many milliseconds, in a fresh handle. */
  timer(runtime: number, handle: number, milliseconds: number): void
  /** Waits for one of `events`, as in poll(2), in a fresh handle. */
  poll(runtime: number, handle: number, descriptor: number, events: number): void
  /** A new eventfd: its number for the calls below, or `-errno`. */
  makeEvent(initial: number): number
  eventDescriptor(event: number): number
  /** 0, or `-errno`. */
  signalEvent(event: number, count: number): number
  /** Waits until it is not 0, and takes it, in a fresh handle: a double. */
  waitEvent(runtime: number, handle: number, event: number): void
  /** It is closed when nobody waits for it any more. */
  dropEvent(event: number): void
  /** The key of a completion whose signal settles a fresh handle; `-errno`: that has failed. */
  makeCompletion(runtime: number, handle: number): number
  /** 0: it is over. */
  signalCompletion(key: number): number
  /** 0n: it is over. */
  completionPointer(key: number): bigint

  /** The call that is made next with this handle may be ended by `cancel`, until `disarm`. */
  arm(handle: number): void
  cancel(handle: number): void
  /** Not 0: somebody has begun with it. */
  disarm(handle: number): number

  /** The number of a text, the same in the whole process. */
  intern(text: string): number
  /** The text of a number. */
  interned(number: number): string
  /** Where requests to isolates are written: `REQUEST` doubles. */
  openScripts(words: Float64Array): void
  /** A claim to a seat that has no isolate: the caller brings one. 0: there is none. */
  claimSeat(runtime: number): number
  /** How many seats have an isolate, or will have, whoever brings it. */
  claimedSeats(runtime: number): number
  /** It has gone, or will not come. */
  unclaimSeat(runtime: number, claim: number): void
  /** Has all isolates load a module: what a request names that needs it. */
  loadModule(runtime: number, text: number): number
  /** Begins what the request says, in a fresh handle. */
  callScript(): void
  /** The same with a clone of bindings or arguments. */
  callScriptWith(bytes: Uint8Array): void
  /**
   * How long requests have waited, and then how long they have run: count, sum, the most, and the
   * quantiles .5, .9, .99 and .999, in nanoseconds.
   */
  callTimes(runtime: number): Float64Array
  resetCallTimes(runtime: number): void
  /** No isolate will come: what waits for one fails. */
  failWaiting(runtime: number): void
  /** How many requests to isolates have not begun. */
  scriptsWaiting(runtime: number): number
  /** How many requests to isolates have not ended. */
  scriptsLeft(runtime: number): number
  /** After two that are 1, the requests are over that had begun before. See Scripts::next_round. */
  nextScriptRound(runtime: number): number
  /** As {@link Native.close}. 0: kernels run still, and the time is over; call it again. */
  closeWithin(runtime: number, milliseconds: number): number
  /** The texts of the kernels that run now. */
  runningKernels(runtime: number): number[]
  /** What a kernel has thrown, where a record just said so. Undefined: its isolate has died. */
  faultBytes(address: number): ArrayBuffer | undefined
  /**
   * Makes this thread an isolate, and adds the slow paths to `calls`. False: the scheduler was
   * closed.
   */
  openIsolate(key: number, claim: number, frame: Float64Array, calls: IsolateCalls): boolean
  /** How a job went that was answered with Later: an Answer. */
  settleJob(job: number, answer: number): void
  /** Before an Answer: what was thrown, or a result. */
  answerBytes(bytes: Uint8Array): void
  /** What came with the job that runs. */
  jobBytes(): ArrayBuffer
  /** What was thrown by a part of it. */
  taskFault(number: number): ArrayBuffer

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

/** What native code calls in an isolate, and what it adds for kernels to call. */
export interface IsolateCalls {
  /** Runs what the frame says, an Entry: an Answer. */
  run(entry: number): number
  /** Loads the module with this text, and calls `loaded` with it. */
  load(text: number): void
  /** The isolate sits in its seat; its task stack. */
  seated(memory: ArrayBuffer): void
  /** The seat was left for good. */
  over(): void
  /** Does nothing, unless the isolate is being ended. */
  probe(): void

  forkSlow(mark: number): number
  keepOverflow(): void
  joinSlow(mark: number): number
  unwind(mark: number, overflows: number): number
  step(count: number): number
  fail(): void
  overflow(): void
  isCancelled(): number
  loaded(text: number): void
}
