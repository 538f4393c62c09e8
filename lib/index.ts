/**
 * What `heddle` exports.
 */
export {
  Async,
  add,
  div,
  type GetOptions,
  mul,
  type Operand,
  sub,
  type WaitOptions,
} from './async.js'
export { Complex, complex } from './complex.js'
export type { FileDigest } from './digest.js'
export {
  DisposedError,
  HeddleError,
  IoError,
  SchedulerClosedError,
  SystemError,
  TaskCancelled,
  TimeoutError,
} from './errors.js'
export type { SchedulerIo } from './io.js'
export type { SchedulerOptions } from './options.js'
export type { Path } from './paths.js'
export { Scheduler, type SchedulerStats, type WorkerStats } from './scheduler.js'
export {
  getGlobalScheduler,
  resetGlobalScheduler,
  runWith,
  ScopedScheduler,
  setGlobalScheduler,
} from './scope.js'
