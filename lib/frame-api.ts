/**
 * The addon's functions about frame graphs, which `native/napi/frame_table.cc` defines. Numbers are
 * of graphs, slots and nodes.
 */
export interface NativeFrameCalls {
  /**
   * Makes a frame graph with so many frames in flight, which writes to `words` what it tells: its
   * number. For each node five words: NodeKind, NodeFlags, how many come before it, and where its
   * successors and its steps begin; one more node is the end of the last. `lists`: the roots, the
   * steps of five words each, and all successors. `registers`: 16 bytes each, as in commands, read
   * by `frameReset`. `active`: the nodes that run, read by `frameStart`.
   */
  frameMake(
    runtime: number,
    token: number,
    slots: number,
    nodes: Uint32Array,
    lists: Uint32Array,
    roots: number,
    steps: number,
    registers: Float64Array,
    words: Float64Array,
    active: Uint8Array,
  ): number
  /** Another clone of bindings for the next run. `slot`: -1 for background nodes, here and on. */
  frameBind(graph: number, slot: number, node: number, bytes: Uint8Array): void
  /** Other numbers among them, so many, out of `words`. */
  frameValues(graph: number, slot: number, node: number, count: number): void
  /** What its next run is: SCRIPT, out of `words`. */
  frameScript(graph: number, slot: number, node: number): void
  /** What isolates call its bindings. */
  frameKey(graph: number, slot: number, node: number): number
  /** A frame's registers begin as those of the graph are. */
  frameReset(graph: number, slot: number): void
  /** Those of a frame that has ended well, for `frameGetRegister` with -1. */
  frameKeep(graph: number, slot: number): void
  /** Out of `words`, and into it. */
  frameSetRegister(graph: number, slot: number, register: number): void
  frameGetRegister(graph: number, slot: number, register: number): void
  /** A FrameStart; IsOver only where it may: the graph tells no more of that frame then. */
  frameStart(graph: number, slot: number, mayEndHere: number): number
  /** The next FrameEvent, its slot and its node into `words`. 0: a record will say when. */
  frameTake(graph: number): number
  /** A node that this thread was told of is over. 0: it was already. */
  frameFinish(graph: number, slot: number, node: number, hasFailed: number): number
  /** The same for a script, which begins now. */
  frameGo(graph: number, slot: number, node: number): number
  /** The same when the descriptor can be read; or never, as it is given up. */
  frameFence(graph: number, slot: number, node: number, descriptor: number): number
  frameGiveUp(graph: number, slot: number, node: number): void
  /** What has not begun does not begin, and kernels are cancelled. */
  frameStop(graph: number, slot: number): void
  /** The node that has failed, or -1; and why in the first record, if natively. */
  frameFailed(graph: number, slot: number): number
  /** The same of a background script: not 0, and then the record says why. */
  frameDetachedFailed(graph: number, node: number): number
  /** Begin and end of each node, in milliseconds or 0, and then of the frame, into `words`. */
  frameTimes(graph: number, slot: number): void
  frameDrop(graph: number): void
}
