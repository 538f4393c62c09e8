/** How `tidy.test.ts` looks at the code: files, their lines, functions and imports. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

import { root } from './program.js'

export interface File {
  path: string
  text: string
  lines: readonly string[]
}

export function fileOf(path: string, text: string): File {
  return { path, text, lines: text.trimEnd().split('\n') }
}

/** Something that must not be, and examples of it. */
export interface Rule {
  says: string
  /** The paths that it is about. */
  of: RegExp
  /** The lines that offend, counting from 0. */
  find(file: File): number[]
  /** Files that offend, and their like that do not: path and text. */
  planted: readonly [path: string, text: string][]
  fine: readonly [path: string, text: string][]
}

type Offends = (line: string, at: number, file: File) => boolean

/** A rule that looks at one line at a time. */
export const lines =
  (offends: Offends) =>
  (file: File): number[] =>
    file.lines.flatMap((line, at) => (offends(line, at, file) ? [at] : []))

/** The folder of native that a file is in. */
export function layerOf(path: string): string {
  return path.split('/')[1] ?? ''
}

/**
 * The first lines of functions that are too long.
 *
 * Goes by the formatter's indentation: a block ends at the first line that closes a brace no
 * deeper than the statement that opened it.
 */
export function longFunctions({ lines }: File, linesMax: number): number[] {
  const isNoFunction = /^(export )?(class|namespace|struct)\b|^describe\b/
  return lines.flatMap((line, at) => {
    if (!line.endsWith('{') || /^(\/\/|\* )/.test(line.trimStart())) return []
    const first = statementOf(lines, at)
    const head = lines
      .slice(first, at + 1)
      .join(' ')
      .trim()
    if (!head.includes('(') || isNoFunction.test(head)) return []
    const indent = indentOf(lines[first] ?? '')
    const closes = (other: string) => other.trimStart().startsWith('}') && indentOf(other) <= indent
    const last = lines.findIndex((other, i) => i > at && closes(other))
    return last - first + 1 > linesMax ? [first] : []
  })
}

/** The first line of the statement that goes on in line `at`: where its parentheses balance. */
function statementOf(lines: readonly string[], at: number): number {
  const count = (line: string, what: RegExp) => line.match(what)?.length ?? 0
  let open = 0
  for (let first = at; first >= 0; --first) {
    const line = lines[first] ?? ''
    open += count(line, /\)/g) - count(line, /\(/g)
    if (open <= 0) return first
  }
  return at
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

interface Import {
  to: string
  isType: boolean
}

/** A file without its folder and its ending. */
export const nameOf = (path: string) => basename(path).replace(/\.(d\.)?[mc]?[jt]s$/, '')

/** What a file of lib imports from its own folder. */
export function importsOf({ text }: File): Import[] {
  const statement = /^(?:import|export)\s+(type\s+)?(?:[\w*{][^'"]*?\sfrom\s+)?'(\.[^']+)'/gm
  return [...text.matchAll(statement)].map(([, type, from = '']) => ({
    to: nameOf(from),
    isType: type !== undefined,
  }))
}

/** A circle of imports that are there at run time, or nothing. */
export function findCycle(files: readonly File[]): string[] {
  const edges = new Map(
    files.map((file) => [
      nameOf(file.path),
      importsOf(file).flatMap(({ to, isType }) => (isType ? [] : [to])),
    ]),
  )
  const done = new Set<string>()
  const visit = (name: string, path: string[]): string[] => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name]
    if (done.has(name)) return []
    for (const to of edges.get(name) ?? []) {
      const cycle = visit(to, [...path, name])
      if (cycle.length > 0) return cycle
    }
    done.add(name)
    return []
  }
  return [...edges.keys()].map((name) => visit(name, [])).find((cycle) => cycle.length > 0) ?? []
}

/** Every file that git tracks, or would. */
export function trackedFiles(): File[] {
  const list = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  })
  const paths = list.split('\0').filter((path) => path !== '' && existsSync(join(root, path)))
  return paths.map((path) => fileOf(path, readFileSync(join(root, path), 'utf8')))
}
