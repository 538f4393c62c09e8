/**
 * What `heddle` exports.
 */
export type { Abortable } from './abort.js'
export type { AlgorithmOptions, IntoOptions, NumberArray } from './algorithm-arguments.js'
export type {
  ArrayInput,
  ForEachOptions,
  MapKernelOptions,
  ReduceOptions,
  ScanOptions,
} from './algorithms.js'
export type { ArrayOptions, TypedArray } from './array-slot.js'
export type { Slice } from './arrays.js'
export { Async } from './async.js'
export { Binding, read, write } from './bindings.js'
export type { WaitOptions } from './block.js'
export type { CallTimes, Times } from './call-times.js'
export { Completion } from './completion.js'
export { Complex, complex } from './complex.js'
export type { Coroutine, ScheduleOptions, TaskFunction } from './coroutine.js'
export { all, call, promise, schedule, sleep } from './coroutines.js'
export { type DebugOptions, DebugScheduler } from './debug-scheduler.js'
export type { FileDigest } from './digest.js'
export {
  AbortError,
  BufferReadUninitialized,
  BufferReleasedError,
  BufferWriteUninitialized,
  DeadlockError,
  DisposedError,
  FrameError,
  FrameGraphError,
  HeddleError,
  IoError,
  KernelError,
  NotAttachedError,
  QueueFullError,
  SchedulerClosedError,
  SystemError,
  TaskCancelled,
  TimeoutError,
} from './errors.js'
export { EventFd } from './event-fd.js'
export { type Exploration, type ExploreOptions, explore, type Failure } from './explore.js'
export { File, type Place, type Transfer } from './file.js'
export type { FrameFence, FrameQueue, GpuDevice } from './frame-fence.js'
export { FrameGraph, type FrameGraphOptions, type FrameRunOptions } from './frame-graph.js'
export type { FrameLoopOptions } from './frame-loop.js'
export { type FrameInfo, FrameNode, type FrameNodeOptions } from './frame-node.js'
export type { FrameStats, FrameSummary } from './frame-stats.js'
export { FrameInput, FrameResource, FrameScalar } from './frame-storage.js'
export {
  type Argument,
  add,
  and,
  div,
  eq,
  ge,
  gt,
  le,
  lt,
  maximum,
  minimum,
  mul,
  ne,
  or,
  pow,
  rem,
  sub,
} from './functions.js'
export type { CompletionHandle, SchedulerHandle, ValueHandle } from './handle.js'
export type { SchedulerIo, WriteOptions } from './io.js'
export {
  type AnyFunction,
  type ForkedFunction,
  Kernel,
  type KernelContext,
  type KernelOptions,
  kernel,
} from './kernel.js'
export type { ElementKernel, PairKernel } from './kernel-algorithms.js'
export type { KernelCallOptions } from './kernel-arguments.js'
export type { DispatchOptions, ForkJoinOptions } from './kernel-calls.js'
export type { TaskContext, TaskResult } from './kernel-tasks.js'
export { type MapOptions, MappedFile } from './mapped-file.js'
export { type CallOptions, NativeKernel } from './native-kernel.js'
export type { GetOptions } from './operate.js'
export type { Operand } from './operators.js'
export type { SchedulerOptions } from './options.js'
export type { Path } from './paths.js'
export type { Pipeline, PipelineOptions, PipelineSource } from './pipeline.js'
export { ReadBuffer } from './read-buffer.js'
export type { ReadFile } from './read-files.js'
export type { Progress, ReadOptions } from './reading.js'
export { Scheduler } from './scheduler.js'
export {
  getGlobalScheduler,
  resetGlobalScheduler,
  runWith,
  ScopedScheduler,
  setGlobalScheduler,
} from './scope.js'
export { type ArrayClass, type SharedArray, shared } from './shared.js'
export type { SchedulerStats, WorkerStats } from './stats.js'
export { Suspension } from './suspension.js'
export { Task } from './task.js'
export type { CallEvent, TaskCallOptions } from './task-calls.js'
export { TaskScheduler } from './task-scheduler.js'
export type { Trace, TraceEvent, TraceStart, TraceStop } from './trace.js'
export { WriteBuffer } from './write-buffer.js'
