/**
 * The schedulers of this thread that have something outstanding here.
 */
import type { TaskScheduler } from './task-scheduler.js'

export const active = new Set<TaskScheduler>()

/** Somebody awaits: those that step only for a reason have one now. */
export function kickAll(): void {
  for (const scheduler of active) scheduler.awaited()
}
