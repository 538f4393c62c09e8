/**
 * What is said when all is done.
 */
import type { SchedulerStats } from '../stats.js'
import { count, seconds, size, times } from './format.js'
import type { Times } from './run.js'

/** What the run did. */
export interface Summary extends Times {
  readonly files: bigint
  readonly bytes: bigint
  readonly errors: number
  readonly threads: number
  readonly backend: string
  readonly reason: string
  readonly io: SchedulerStats['io']
  readonly baseline?: Baseline
}

/** What `fs.promises` did. */
export interface Baseline extends Times {
  readonly checksums: Verdict
}

/** How its checksums compare with ours. */
export type Verdict = 'the same' | 'different' | 'not compared'

/** The summary as a table. */
export function summaryText(summary: Summary): string {
  const { files, bytes, errors, threads, backend, reason, io, baseline } = summary
  const perSecond = (value: number) => ratio(value, summary.seconds)
  const unread = errors > 0 ? `, and ${count(errors)} that could not be read` : ''
  const rate = count(Math.round(perSecond(Number(files))))
  const rows = [
    ['files', `${count(files)}${unread}`],
    ['bytes', `${count(bytes)} (${size(Number(bytes))})`],
    ['seconds', timesText(summary)],
    ['rate', `${rate} files/s, ${size(perSecond(Number(bytes)))}/s`],
    ['threads', count(threads)],
    ['backend', `${backend} (${reason})`],
    ['I/O', `${count(io.submitted)} operations by the backend, ${count(io.inline)} by the cache`],
    ...(baseline === undefined ? [] : baselineRows(summary, baseline)),
  ]
  return rows.map(([name = '', value]) => `${name.padEnd(NAME_WIDTH)}${value}\n`).join('')
}

/** The summary as an object for JSON. */
export function summaryJson({ files, bytes, ...rest }: Summary): object {
  return { summary: { files: Number(files), bytes: Number(bytes), ...rest } }
}

const NAME_WIDTH = 13

const EXPLAINED: Record<Verdict, string> = {
  'the same': 'the same',
  different: 'DIFFERENT: a file has changed meanwhile, or one of the two is wrong',
  'not compared': 'not compared: fs.promises.readFile takes no files over 2 GiB',
}

function baselineRows(summary: Summary, baseline: Baseline): [string, string][] {
  const wall = times(ratio(baseline.seconds, summary.seconds))
  const cpu = times(ratio(baseline.cpuSeconds, summary.cpuSeconds))
  return [
    ['fs.promises', `${timesText(baseline)}, for the same job right after it`],
    ['ratio', `${wall} the time, ${cpu} the CPU time`],
    ['checksums', EXPLAINED[baseline.checksums]],
  ]
}

function timesText(measured: Times): string {
  return `${seconds(measured.seconds)} (CPU time ${seconds(measured.cpuSeconds)})`
}

/** For quotients by times, which may be 0. */
function ratio(value: number, by: number): number {
  return value / Math.max(by, 1e-9)
}
