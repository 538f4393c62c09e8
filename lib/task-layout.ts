/**
 * Where a task stack that JavaScript owns keeps its words: offsets in bytes.
 *
 * Generated from `native/runtime/layout.cc` by `npm run layout`, and compared with it by a
 * test.
 */

export const TASK = {
  /** one record; marks move by as much */
  bytes: 64,
  /** the function, 8 bytes */
  run: 0,
  /** 8 bytes; only slow paths touch it */
  state: 8,
  /** 8 bytes; only slow paths touch it */
  thief: 16,
  /** arguments, then the result */
  payload: 24,
  payloadBytes: 40,
} as const

export const DEQUE = {
  /** Int32: where the next record goes */
  head: 0,
  /** Int32: a fork whose next head is above goes to the slow path */
  forkLimit: 64,
  /** Int32: a join whose head is below goes to the slow path */
  joinLimit: 68,
  /** where the records begin */
  slots: 192,
  /** the join limit that stops every join */
  blocked: 2147483647,
} as const
