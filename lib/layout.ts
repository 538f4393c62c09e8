/**
 * The words that TypeScript and C++ share: `native/flow/value.h`, `native/flow/stream.h` and
 * `native/runtime/record.h` say the same, and `layout.test.ts` compares the two.
 */

/** What a command does, and what a fault was doing: binary to `Or`, unary from `Neg` on. */
export const CommandCode = {
  Constant: 0,
  FreeBlock: 1,
  Add: 2,
  Sub: 3,
  Mul: 4,
  Div: 5,
  Rem: 6,
  Pow: 7,
  Minimum: 8,
  Maximum: 9,
  Eq: 10,
  Ne: 11,
  Lt: 12,
  Le: 13,
  Gt: 14,
  Ge: 15,
  And: 16,
  Or: 17,
  Neg: 18,
  Abs: 19,
  Sqrt: 20,
  Exp: 21,
  Log: 22,
  Sin: 23,
  Cos: 24,
  Tan: 25,
  Tanh: 26,
  Floor: 27,
  Ceil: 28,
  Round: 29,
  Not: 30,
  Conj: 31,
  Real: 32,
  Imag: 33,
  Arg: 34,
} as const
export type CommandCode = (typeof CommandCode)[keyof typeof CommandCode]

/** What a value is. */
export const Type = { Number: 0, BigInt: 1, Bytes: 2, Boolean: 3, Complex: 4, Array: 5 } as const
export type Type = (typeof Type)[keyof typeof Type]

/** Which operands of a command are handles, and which one is the value in it. */
export const Form = { Handles: 0, ValueRight: 1, ValueLeft: 2 } as const
export type Form = (typeof Form)[keyof typeof Form]

/** Why a value never came. */
export const Fault = {
  None: 0,
  Overflow: 1,
  DivideByZero: 2,
  Cancelled: 3,
  System: 4,
  NegativeExponent: 5,
  EmptyArray: 6,
  WriterGone: 7,
  Kernel: 8,
} as const

/** Which system call failed. */
export const CALLS = [
  '',
  'open',
  'read',
  'stat',
  'write',
  'fsync',
  'close',
  'lstat',
  'unlink',
  'rmdir',
  'rename',
  'mkdir',
  'link',
  'symlink',
  'fdatasync',
  'ftruncate',
  'fstat',
  'copyfile',
  'scandir',
  'access',
  'poll',
  'mmap',
  'madvise',
] as const

/** What is asked about files or their names. */
export const FileCall = {
  Stat: 0,
  Lstat: 1,
  Unlink: 2,
  RemoveFolder: 3,
  Rename: 4,
  MakeFolder: 5,
  Link: 6,
  SymbolicLink: 7,
  WriteFile: 8,
  CopyFile: 9,
  ReadFolder: 10,
  Access: 11,
} as const
export type FileCall = (typeof FileCall)[keyof typeof FileCall]

/** What is asked about an open file. */
export const DescriptorCall = {
  Sync: 0,
  SyncData: 1,
  Facts: 2,
  Truncate: 3,
  Close: 4,
} as const
export type DescriptorCall = (typeof DescriptorCall)[keyof typeof DescriptorCall]

/** Where a whole file goes, and what becomes of a large one. */
export const ReadMode = {
  /** To memory of its own; if there is a given one, no more than fits there. */
  Plain: 0,
  /** The same, but of a large one only the size comes. */
  Small: 1,
  /** To given memory; it fails if that is not enough. */
  Into: 2,
  /** To given memory, as far as that goes. */
  IntoAndCut: 3,
} as const
export type ReadMode = (typeof ReadMode)[keyof typeof ReadMode]

/** Among the flags of WriteFile: not done before the disk has it. */
export const SYNCS = 1 << 30

/** What a version of a shared value has come to. */
export const Outcome = {
  Open: 0,
  Scalar: 1,
  Array: 2,
  Clone: 3,
  Fault: 4,
  Thrown: 5,
  Abandoned: 6,
} as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]

/** What is waited for of one. */
export const Moment = { Settled: 0, Free: 1 } as const
export type Moment = (typeof Moment)[keyof typeof Moment]

/** What a record is about. */
export const RecordKind = {
  Value: 0,
  Drained: 1,
  Digest: 2,
  Closed: 3,
  Version: 4,
  Progress: 5,
} as const

/** Handles in a block. */
export const BLOCK_CELLS = 256

/** Bytes of a command, and where its fields are. */
export const COMMAND = { bytes: 32, destination: 4, sources: 8, value: 16 } as const

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
  left: 48,
  right: 56,
} as const

/** What native code and an isolate tell each other about a task: offsets in doubles. */
export const FRAME = {
  numbers: 0,
  job: 6,
  kernel: 7,
  mode: 8,
  bytes: 9,
  function: 10,
  count: 11,
  progress: 12,
  key: 13,
  version: 14,
  values: 15,
  handle: 31,
  doubles: 32,
} as const

/** What an isolate is to run, and what it answers. */
export const Entry = { Job: 0, Task: 1 } as const
export const Answer = { Number: 0, Bytes: 1, Thrown: 2, Nothing: 3, Later: 4 } as const

/**
 * How a job's function is called: with numbers, with clones of arguments, or as a task that may
 * wait, with buffers among them.
 */
export const KernelMode = { Numbers: 0, Call: 1, Task: 2 } as const

/** A request to isolates: offsets in doubles. */
export const REQUEST = {
  runtime: 0,
  handle: 1,
  kernel: 2,
  mode: 3,
  lane: 4,
  type: 5,
  module: 6,
  progress: 7,
  started: 8,
  isDroppedEarly: 9,
  label: 10,
  lost: 11,
  numbers: 12,
  count: 17,
  doubles: 18,
} as const

/** What a node of a frame graph is natively, and what else is to be said of it. */
export const NodeKind = { Value: 0, Hosted: 1, Joining: 2 } as const
export const NodeFlag = { Script: 1, Late: 2, Detached: 4 } as const

/** What became of a frame's start: `FrameStart` in native/napi/frame_table.cc. */
export const FrameStart = { Shut: 0, Goes: 1, IsOver: 2 } as const

/** What native code tells of a frame. */
export const FrameEvent = { Turn: 0, Over: 1, Ended: 2 } as const
export type FrameEvent = (typeof FrameEvent)[keyof typeof FrameEvent]

/** What a node's script runs: offsets in doubles; and how many numbers may differ each time. */
export const SCRIPT = { kernel: 0, module: 1, lane: 2, label: 3, numbers: 4, count: 9 } as const
export const AGAIN_VALUES = 16
