/**
 * What the walk finds and is not to be read: names that cannot be written, and the output itself.
 */
import { fstatSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename } from 'node:path'

import { NEWLINE_IN_NAME } from './failure.js'
import { type ByteString, show } from './names.js'
import { complain } from './output.js'
import type { Group } from './walk.js'

const STDOUT = 1

/** Fails the names that have no place in a format of lines. */
export function* withoutNewlines(groups: Iterable<Group>): Generator<Group, void, undefined> {
  for (const group of groups) {
    if (group.failure !== undefined || !group.paths.some(hasNewline)) {
      yield group
      continue
    }
    for (const path of group.paths) {
      yield { paths: [path], failure: hasNewline(path) ? NEWLINE_IN_NAME : undefined }
    }
  }
}

/** Leaves out the file that standard output goes to: it changes while it is read. */
export function withoutOutput(groups: Iterable<Group>): Iterable<Group> {
  const output = fstatSync(STDOUT)
  return output.isFile() ? without(output, groups) : groups
}

function* without(output: Stats, groups: Iterable<Group>): Generator<Group, void, undefined> {
  const name = basename(readlinkSync(`/proc/self/fd/${STDOUT}`, 'latin1'))
  for (const { paths, failure } of groups) {
    // Most paths are told apart by their names, which costs next to nothing.
    const left = paths.filter((path) => !path.endsWith(name) || !isSame(path, output))
    if (left.length > 0) yield { paths: left, failure }
  }
}

function isSame(path: ByteString, output: Stats): boolean {
  try {
    const found = statSync(Buffer.from(path, 'latin1'))
    if (found.ino !== output.ino || found.dev !== output.dev) return false
  } catch {
    return false // Whoever reads it will say why.
  }
  complain(`${show(path)}: left out, it is the output`)
  return true
}

function hasNewline(path: ByteString): boolean {
  return path.includes('\n')
}
