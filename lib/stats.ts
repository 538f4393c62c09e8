/**
 * What a scheduler counts.
 */

/** What one worker has done so far. */
export interface WorkerStats {
  /** Jobs, stolen tasks and joined children that were run. */
  tasks: number
  /** What was taken from other workers. */
  steals: number
  /** Rounds over all other workers that found nothing. */
  failedSteals: number
  /** How often it found nothing to do and went to sleep, or nearly did. */
  parks: number
  /** How often a fiber has waited. */
  suspensions: number
  /** Fibers in use now. */
  fibers: number
  /** How often it has shared tasks for a worker that was too busy to do so itself. */
  helps: number
  /** Tasks that it has run while it waited for a thief. */
  leapfrogs: number
  /** The most fibers that were in use at a time. */
  fibersMax: number
}

/**
 * What a scheduler has done so far: the sum over its workers, and each of them. An operation whose
 * operands were there is computed when it is recorded, and counts as a task in the sum alone.
 */
export interface SchedulerStats extends WorkerStats {
  workers: WorkerStats[]
  io: {
    /** Operations given to the engine. */
    submitted: number
    completed: number
    /** Operations that the page cache answered on the worker, without the engine. */
    inline: number
    inFlight: number
  }
  /** The most that any fiber has used so far, to say whether `stackSize` and `taskCapacity` fit. */
  highWater: {
    /** Bytes of a primary stack, to the page. */
    stackBytes: number
    /** Tasks of a task stack, to the page: 64 of them. */
    tasks: number
  }
}

/** Numbers that native code gives for each worker. */
const WORKER_STATS = 9

/** From rows of numbers by worker, and then those of the I/O. */
export function statsFrom(numbers: Float64Array, threads: number): SchedulerStats {
  const workers: WorkerStats[] = []
  for (let i = 0; i < threads; ++i) {
    workers.push(workerStats(numbers.subarray(i * WORKER_STATS)))
  }
  const total = new Float64Array(WORKER_STATS)
  for (let i = 0; i < threads * WORKER_STATS; ++i) {
    total[i % WORKER_STATS] = (total[i % WORKER_STATS] ?? 0) + (numbers[i] ?? 0)
  }
  const rest = numbers.subarray(threads * WORKER_STATS)
  const [submitted = 0, completed = 0, inline = 0, inFlight = 0, stackBytes = 0, tasks = 0] = rest
  total[0] = (total[0] ?? 0) + (rest[6] ?? 0)
  const io = { submitted, completed, inline, inFlight }
  return { ...workerStats(total), workers, io, highWater: { stackBytes, tasks } }
}

/** Those of nobody. */
export function noStats(): SchedulerStats {
  return statsFrom(new Float64Array(0), 0)
}

function workerStats(numbers: Float64Array): WorkerStats {
  const [tasks = 0, steals = 0, failedSteals = 0, parks = 0, suspensions = 0, fibers = 0] = numbers
  const [helps = 0, leapfrogs = 0, fibersMax = 0] = numbers.subarray(6)
  const waits = { parks, suspensions, fibers, helps, leapfrogs, fibersMax }
  return { tasks, steals, failedSteals, ...waits }
}
