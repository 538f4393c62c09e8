// Puts generated text into documents, between marks.
import { readFileSync, writeFileSync } from 'node:fs'

import { Failure } from '../../../scripts/tools.mjs'

const BEGIN = '<!-- bench/io/run.mjs --readme: from here -->'
const END = '<!-- bench/io/run.mjs: to here -->'

/** Replaces what is between the marks of a document. */
export function writeBetweenMarks(path, text) {
  const before = readFileSync(path, 'utf8')
  const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)]
  if (from < 0 || to < from) throw new Failure(`${path} has no marks to put tables between`)
  const head = before.slice(0, from + BEGIN.length)
  writeFileSync(path, `${head}\n\n${text}\n\n${before.slice(to)}`)
}
