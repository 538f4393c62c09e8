/**
 * Before each file of tests: under `without threads` (see `without.cc`) the scheduler that is the
 * default one everywhere uses no ring.
 */
import { availableParallelism } from 'node:os'

if (process.env.HEDDLE_WITHOUT === 'threads') {
  const { Scheduler, setGlobalScheduler } = await import('../../dist/index.js')
  setGlobalScheduler(new Scheduler({ threads: availableParallelism(), io: 'threads' }))
}
