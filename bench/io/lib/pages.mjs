// Puts generated text into documents, between marks.
import { readFileSync, writeFileSync } from 'node:fs'

import { Failure } from '../../../scripts/tools.mjs'

/** Replaces what is between the marks that a program has in a document. */
export function writeBetweenMarks(path, text, program = 'bench/io/run.mjs') {
  const begin = `<!-- ${program} --readme: from here -->`
  const end = `<!-- ${program}: to here -->`
  const before = readFileSync(path, 'utf8')
  const [from, to] = [before.indexOf(begin), before.indexOf(end)]
  if (from < 0 || to < from) throw new Failure(`${path} has no marks to put tables between`)
  const head = before.slice(0, from + begin.length)
  writeFileSync(path, `${head}\n\n${text}\n\n${before.slice(to)}`)
}
