/**
 * What runs frames, and who is told how they end.
 */
import type { Background } from './frame-background.js'
import type { CompiledNode, Info } from './frame-compile.js'

/** What runs the frames of one graph. */
export interface Frames {
  /** Which nodes run in the frame that starts next, by position. */
  readonly active: Uint8Array
  /**
   * Starts a frame, whose storages have begun.
   *
   * @throws what the functions of its dispatches throw
   */
  start(slot: number): void
  /** Nothing more begins in the frame, and functions are not waited for; it ends soon. */
  stop(slot: number): void
  /** The frame has ended well: its scalars are the newest. */
  keep(slot: number): void
  /** Begin and end of each node in milliseconds, or 0, and then of the frame that has ended. */
  times(slot: number, to: Float64Array): void
  /** Nobody hears of it any more. */
  drop(): void
}

/** Who is told how frames end. */
export interface FramesHost {
  readonly infos: readonly Info[]
  readonly backgrounds: ReadonlyMap<number, Background>
  /** Once for each start. `node`: the first that has failed, if one has. */
  ended(slot: number, node: CompiledNode | undefined, error: unknown): void
  /** A background node is over. */
  over(): void
  /** A function of this node is called: what ends it in a trace. */
  trace(of: CompiledNode, index: number): (() => void) | undefined
  /** The frame was given up while it was about to start. */
  isOver(slot: number): boolean
  /** Comes when the descriptor can be read, unless the signal says that nobody waits any more. */
  readable(descriptor: number, signal: AbortSignal): PromiseLike<unknown>
}
