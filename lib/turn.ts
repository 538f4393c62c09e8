/**
 * The event loop's next turn.
 */

/** As `setImmediate` was when this was loaded: tests replace it to stop time, but not ours. */
export const afterTurn: (call: () => void) => unknown = setImmediate
