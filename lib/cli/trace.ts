/**
 * `heddle trace`: a page of a trace.
 */
import { readFileSync, writeFileSync } from 'node:fs'

import type { TraceOptions } from './args.js'
import { describe } from './failure.js'
import { many } from './format.js'
import { type ByteString, show, toPath } from './names.js'
import { say } from './output.js'
import { type Model, modelOf } from './trace-model.js'
import { pageOf } from './trace-page.js'
import { parseTrace, TraceError } from './trace-read.js'

const STDIN = 0
/** For FILE, standard input; for OUT, standard output. */
const STANDARD = '-'

/** Does what the options say. Returns the exit status. */
export function trace({ file, output }: TraceOptions): number {
  const name = file === STANDARD ? 'standard input' : show(file)
  const model = read(file, name)
  const out = output ?? outputFor(file)
  const page = pageOf(model)
  if (out === STANDARD) {
    say(page)
    return 0
  }
  attempt(show(out), () => writeFileSync(toPath(out), page))
  const { rows, slices, arrows, ignored } = model
  const facts = [many(rows.length, 'row'), many(slices.count, 'slice'), many(arrows.count, 'arrow')]
  const rest = ignored > 0 ? `; ${many(ignored, 'event')} of other kinds left out` : ''
  say(`${show(out)}: ${facts.join(', ')}${rest}\n`)
  return 0
}

function read(file: ByteString, name: string): Model {
  const text = attempt(name, () => readFileSync(file === STANDARD ? STDIN : toPath(file), 'utf8'))
  try {
    const model = modelOf(parseTrace(text), titleOf(file))
    if (model.slices.count === 0) throw new TraceError('an empty trace: nothing ran in it')
    return model
  } catch (error) {
    if (error instanceof TraceError) throw new TraceError(`${name}: ${error.message}`)
    throw error
  }
}

/** Beside the trace, with another ending; of standard input, standard output. */
function outputFor(file: ByteString): ByteString {
  return file === STANDARD ? STANDARD : `${file.replace(/(?<=[^/])\.json$/, '')}.html`
}

function titleOf(file: ByteString): string {
  return file === STANDARD ? 'trace' : show(file.replace(/^.*\//, ''))
}

/** What the system says of a file becomes a line about it. */
function attempt<R>(name: string, call: () => R): R {
  try {
    return call()
  } catch (error) {
    const { code, reason } = describe(error as Error)
    throw Object.assign(new Error(`${name}: ${reason} (${code})`), { code })
  }
}
