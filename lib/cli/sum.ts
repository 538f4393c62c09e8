/**
 * `heddle sum`: checksums of all files under some paths.
 */
import { Scheduler } from '../scheduler.js'
import { setGlobalScheduler } from '../scope.js'
import type { SumOptions } from './args.js'
import { type Engine, HeddleEngine } from './engine.js'
import type { ByteString } from './names.js'
import { say } from './output.js'
import { startProgress } from './progress.js'
import { Fingerprint, JsonReport, type Report, TextReport } from './report.js'
import { initialState, run, startClock, type Times } from './run.js'
import { withoutNewlines, withoutOutput } from './select.js'
import { type Baseline, type Summary, summaryJson, summaryText, type Verdict } from './summary.js'
import { setOptimizing } from './tier.js'
import { Totals } from './totals.js'
import { type Group, walk } from './walk.js'

/** `fs.promises.readFile` takes no larger files. */
const READ_FILE_MAX = 2 ** 31

/** What one pass over all files gave. */
interface Pass<R extends Report> {
  readonly report: R
  readonly times: Times
  readonly files: bigint
  readonly bytes: bigint
  readonly errors: number
}

/** Does what the options say. Returns the exit status. */
export async function sum(options: SumOptions): Promise<number> {
  const { threads, backend, paths, json, summary } = options
  setOptimizing(false)
  using scheduler = new Scheduler({ threads, io: backend })
  setGlobalScheduler(scheduler)
  const engine = new HeddleEngine(scheduler)
  if (summary) {
    const first = await pass('heddle', walk(paths), engine, new Fingerprint('errors'))
    const compared = { ...summarize(scheduler, first), baseline: await compare(paths, first) }
    say(json ? `${JSON.stringify(summaryJson(compared))}\n` : summaryText(compared))
    return first.errors > 0 || compared.baseline.checksums === 'different' ? 1 : 0
  }
  const files = withoutOutput(walk(paths))
  if (json) {
    const done = await pass('heddle', files, engine, new JsonReport())
    done.report.write(summaryJson(summarize(scheduler, done)))
    done.report.flush()
    return done.errors > 0 ? 1 : 0
  }
  const { errors } = await pass('heddle', withoutNewlines(files), engine, new TextReport())
  return errors > 0 ? 1 : 0
}

async function pass<R extends Report>(
  label: string,
  groups: Iterable<Group>,
  engine: Engine,
  report: R,
): Promise<Pass<R>> {
  const state = initialState()
  const totals = new Totals()
  const clock = startClock()
  let bytes = 0n
  const stopProgress = startProgress(() => {
    // The sum may be on its way: then the one before is near enough.
    bytes = totals.bytes.tryGet()?.value ?? bytes
    return { ...state, label, bytes: Number(bytes), seconds: clock() }
  })
  try {
    const times = await run(groups, engine, report, totals, state)
    const [files, bytes] = [await totals.files, await totals.bytes]
    return { report, times, files, bytes, errors: state.failed }
  } finally {
    stopProgress()
  }
}

function summarize(scheduler: Scheduler, done: Pass<Report>): Summary {
  const { files, bytes, errors, times } = done
  const { backend, reason } = scheduler.io
  const { threads } = scheduler
  return { files, bytes, errors, ...times, threads, backend, reason, io: scheduler.stats().io }
}

/** Does the same job once more with `fs.promises`. */
async function compare(paths: readonly ByteString[], first: Pass<Fingerprint>): Promise<Baseline> {
  // Loaded only here: it takes Node 5 ms to load fs.promises.
  const { PromisesEngine } = require('./baseline.js') as typeof import('./baseline.js')
  setOptimizing(true) // As it is for every program.
  const { largest } = first.report
  const engine = new PromisesEngine(largest)
  const { report, times } = await pass(
    'fs.promises',
    walk(paths),
    engine,
    new Fingerprint('nothing'),
  )
  let verdict: Verdict = report.value() === first.report.value() ? 'the same' : 'different'
  if (verdict === 'different' && largest >= READ_FILE_MAX) verdict = 'not compared'
  return { ...times, checksums: verdict }
}
