/**
 * Every error that Heddle makes. Each has a stable `code`.
 */
import { getSystemErrorMap } from 'node:util'

/** What all of Heddle's own errors have in common. */
export class HeddleError extends Error {
  /** Stable, for programs to compare. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    // Defined, not assigned: some programs freeze Error.prototype, which has a name, too.
    const name = { value: new.target.name, writable: true, enumerable: true, configurable: true }
    Object.defineProperty(this, 'name', name)
  }
}

/** The work was cancelled before it was done, for instance because its scheduler was disposed. */
export class TaskCancelled extends HeddleError {
  constructor(message = 'the task was cancelled', options?: ErrorOptions) {
    super('ERR_HEDDLE_CANCELLED', message, options)
  }
}

/** A wait took longer than its `timeout`. The value can still be waited for again. */
export class TimeoutError extends HeddleError {
  constructor(message: string) {
    super('ERR_HEDDLE_TIMEOUT', message)
  }
}

/** A call was given up by an `AbortSignal`, whose `reason` is the `cause`. As Node's own. */
export class AbortError extends HeddleError {
  constructor(reason: unknown) {
    super('ABORT_ERR', 'The operation was aborted', { cause: reason })
  }
}

/** So many calls of kernels wait already that no more are taken: an option of the scheduler's. */
export class QueueFullError extends HeddleError {
  constructor(most: number) {
    super('ERR_HEDDLE_QUEUE_FULL', `${most} calls wait already, as many as \`maxQueue\` lets`)
  }
}

/** The scheduler was disposed. */
export class SchedulerClosedError extends HeddleError {
  constructor(name: string) {
    super('ERR_HEDDLE_CLOSED', `the scheduler '${name}' was disposed`)
  }
}

/** A value was read that will never be written: whoever had the right to has given it back. */
export class BufferReadUninitialized extends HeddleError {
  constructor(message = 'the value was never written') {
    super('ERR_HEDDLE_READ_UNINITIALIZED', message)
  }
}

/** A writer was to change a value that is not there. */
export class BufferWriteUninitialized extends HeddleError {
  constructor(message = 'there is no value to change') {
    super('ERR_HEDDLE_WRITE_UNINITIALIZED', message)
  }
}

/** A buffer was used after it was released. */
export class BufferReleasedError extends HeddleError {
  constructor(what: 'read' | 'write') {
    super('ERR_HEDDLE_RELEASED', `the ${what} buffer was released`)
  }
}

/**
 * What was waited for can never come: nothing that could bring it can run. The message says what
 * waits for what.
 */
export class DeadlockError extends HeddleError {
  constructor(message: string) {
    super('ERR_HEDDLE_DEADLOCK', message)
  }
}

/** A value was used after it was disposed. */
export class DisposedError extends HeddleError {
  constructor(what = 'value') {
    super('ERR_HEDDLE_DISPOSED', `the ${what} was disposed`)
  }
}

/** A value came from another thread, whose scheduler this thread has not attached. */
export class NotAttachedError extends HeddleError {
  constructor(name: string) {
    super(
      'ERR_HEDDLE_NOT_ATTACHED',
      `this thread has not attached the scheduler '${name}' of the value: see Scheduler.attach()`,
    )
  }
}

/** The system refused what a scheduler needs: threads, memory, io_uring. */
export class SystemError extends HeddleError {
  /** The system's number for it, negative as in Node. */
  readonly errno: number

  constructor(errno: number, what: string) {
    super('ERR_HEDDLE_SYSTEM', `${what}: ${systemMessage(errno)}`)
    this.errno = errno
  }
}

/** A kernel failed, or a library of kernels cannot be loaded. */
export class KernelError extends HeddleError {
  /** The kernel's name; undefined where a library cannot be loaded. */
  readonly kernel: string | undefined
  /** What it returned, negative as in Node, if that is why. */
  readonly errno: number | undefined

  constructor(message: string, kernel?: string, errno?: number) {
    super('ERR_HEDDLE_KERNEL', message)
    this.kernel = kernel
    this.errno = errno
  }

  /** @internal The error of a kernel that has thrown: its stack, and below it this one. */
  static of(kernel: string, thrown: unknown): KernelError {
    if (thrown instanceof KernelError && thrown.kernel === undefined) {
      const error = new KernelError(`the kernel '${kernel}': ${thrown.message}`, kernel)
      return withStack(error, thrown)
    }
    const message = messageOf(thrown)
    const error = new KernelError(`the kernel '${kernel}' threw: ${message}`, kernel)
    Object.defineProperty(error, 'cause', { value: thrown, writable: true, configurable: true })
    return withStack(error, thrown)
  }
}

/** A frame graph cannot be run as it was described: a cycle, two writers without an order. */
export class FrameGraphError extends HeddleError {
  constructor(message: string) {
    super('ERR_HEDDLE_FRAME_GRAPH', message)
  }
}

/** A node of a frame failed; its `cause` is why. The graph can be run again. */
export class FrameError extends HeddleError {
  /** The node's name. */
  readonly node: string | undefined
  /** In which frame it began, counted from 0. */
  readonly frame: number | undefined

  constructor(
    message: string,
    { node, frame, cause }: { node?: string; frame?: number; cause?: unknown } = {},
  ) {
    super('ERR_HEDDLE_FRAME', message, cause === undefined ? undefined : { cause })
    this.node = node
    this.frame = frame
  }

  /** @internal */
  static of(node: string, frame: number, cause: unknown): FrameError {
    const message = `node '${node}' of frame ${frame}: ${messageOf(cause)}`
    return new FrameError(message, { node, frame, cause })
  }
}

/** A file operation failed. `code` is Node's own, such as `ENOENT`. */
export class IoError extends HeddleError {
  /** The system's number for it, negative as in Node. */
  readonly errno: number
  /** The system call that failed, such as `open`; empty where it was none in particular. */
  readonly syscall: string
  /** The path that it was about, if it was about one. */
  declare readonly path?: string
  /** Where it was to be, of what has two paths. */
  declare readonly dest?: string

  constructor(errno: number, syscall: string, path?: string, destination?: string) {
    const [code, text] = systemError(errno)
    const from = path === undefined ? '' : ` '${path}'`
    const to = destination === undefined ? '' : ` -> '${destination}'`
    const call = `${syscall}${from}${to}`.trimStart()
    super(code, call === '' ? `${code}: ${text}` : `${code}: ${text}, ${call}`)
    this.errno = errno
    this.syscall = syscall
    if (path !== undefined) this.path = path
    if (destination !== undefined) this.dest = destination
  }
}

/**
 * A `TypeError` with Node's own code for arguments.
 *
 * @internal
 */
export function invalidType(name: string, expected: string, got: unknown): TypeError {
  const message = `${name} must be ${expected}, got ${describe(got)}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_TYPE')
}

/**
 * A `TypeError` with Node's own code for a value of the right type that will not do.
 *
 * @internal
 */
export function invalidValue(name: string, expected: string, got: unknown): TypeError {
  const message = `${name} must be ${expected}, got ${describe(got)}`
  return withCode(new TypeError(message), 'ERR_INVALID_ARG_VALUE')
}

/**
 * A `RangeError` with Node's own code for numbers.
 *
 * @internal
 */
export function outOfRange(name: string, expected: string, got: number | bigint): RangeError {
  const message = `${name} must be ${expected}, got ${got}`
  return withCode(new RangeError(message), 'ERR_OUT_OF_RANGE')
}

/**
 * The error with a `code` property, as Node's own errors have one.
 *
 * @internal
 */
export function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code })
}

/**
 * The `code` of an error, if it has one.
 *
 * @internal
 */
export function codeOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : undefined
}

/** The stack of where it was thrown, on another thread, before that of where it was asked for. */
function withStack(error: KernelError, thrown: unknown): KernelError {
  const there = thrown instanceof Error ? String(thrown.stack).split('\n').slice(1) : []
  const here = String(error.stack).split('\n').slice(1)
  const lines = [`${error.name}: ${error.message}`, ...there, '    at (another thread)', ...here]
  Object.defineProperty(error, 'stack', { value: lines.join('\n'), writable: true })
  return error
}

/** Of whatever was thrown. */
function messageOf(thrown: unknown): string {
  try {
    return String(thrown instanceof Error ? thrown.message : thrown)
  } catch {
    return 'something that has no text'
  }
}

function describe(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value}'`
    case 'object':
      return value === null ? 'null' : `an ${value.constructor?.name ?? 'object'}`
    case 'function':
      return `function ${value.name}`
    case 'bigint':
      return `${value}n`
    default:
      return String(value)
  }
}

function systemError(errno: number): [code: string, text: string] {
  return getSystemErrorMap().get(errno) ?? [`E${-errno}`, `system error ${-errno}`]
}

export function systemMessage(errno: number): string {
  return systemError(errno).join(': ')
}
