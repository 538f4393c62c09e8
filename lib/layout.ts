/**
 * The words that TypeScript and C++ share: `native/flow/stream.h` and `native/runtime/record.h` say
 * the same, and `layout.test.ts` compares the two.
 */

/** What a command does, and what a fault was doing. */
export const CommandCode = { Constant: 0, Add: 1, Sub: 2, Mul: 3, Div: 4, FreeBlock: 5 } as const
export type CommandCode = (typeof CommandCode)[keyof typeof CommandCode]

/** What a value is. */
export const Type = { Number: 0, BigInt: 1, Bytes: 2 } as const
export type Type = (typeof Type)[keyof typeof Type]

/** Why a value never came. */
export const Fault = { None: 0, Overflow: 1, DivideByZero: 2, Cancelled: 3, System: 4 } as const

/** Which system call failed. */
export const CALLS = ['', 'open', 'read', 'stat'] as const

/** What a record is about. */
export const RecordKind = { Value: 0, Drained: 1, Digest: 2 } as const

/** Handles in a block. */
export const BLOCK_CELLS = 256

/** Bytes of a command, and where its fields are. */
export const COMMAND = { bytes: 16, destination: 4, value: 8 } as const

/** Bytes of a record, and where its fields are. */
export const RECORD = {
  bytes: 64,
  token: 0,
  kind: 4,
  type: 8,
  fault: 12,
  faultId: 16,
  operation: 20,
  error: 24,
  call: 28,
  value: 32,
  left: 40,
  right: 48,
} as const
