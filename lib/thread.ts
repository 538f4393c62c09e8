/**
 * Threads that load modules as this one does: with the same flags, where a thread can have them.
 */
import { Worker, type WorkerOptions } from 'node:worker_threads'

import { codeOf } from './errors.js'

/** What says what the program is, and not how modules are loaded. */
const PROGRAM = /^(--(input-type|eval|print|check|interactive|test|watch|inspect)|-[epci]+$)/
/** Those of them whose value is the next argument. */
const WITH_VALUE = /^(--(input-type|eval|print)|-[epc]+)$/

/** Starts a thread. Throws as `Worker` does, but not for flags of this process. */
export function startThread(path: string, options: WorkerOptions): Worker {
  if (!process.execArgv.some((flag) => PROGRAM.test(flag))) return new Worker(path, options)
  for (let execArgv = withoutProgram(process.execArgv); ; ) {
    try {
      return new Worker(path, { ...options, execArgv })
    } catch (error) {
      // Flags of the whole process, which a thread has anyhow: it names them.
      const kept = execArgv.filter((flag) => !(error as Error).message.includes(nameOf(flag)))
      const isOfFlags = codeOf(error) === 'ERR_WORKER_INVALID_EXEC_ARGV'
      if (!isOfFlags || kept.length === execArgv.length) throw error
      execArgv = kept
    }
  }
}

function withoutProgram(flags: readonly string[]): string[] {
  const kept: string[] = []
  let isValue = false
  for (const flag of flags) {
    const isDropped = isValue || PROGRAM.test(flag)
    isValue = !isValue && WITH_VALUE.test(flag)
    if (!isDropped) kept.push(flag)
  }
  return kept
}

function nameOf(flag: string): string {
  return flag.split('=', 1)[0] as string
}
