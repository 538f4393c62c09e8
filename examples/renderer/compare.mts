/**
 * Compares two films that show.mts has drawn: `node compare.mjs GRAPH_FOLDER BLOCKING_FOLDER`
 * prints a table, and leaves a chart in the first folder.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'

import { chartOf } from './chart.mjs'
import { CHART, PREVIEW, RECORD } from './files.mjs'
import { countLate, picturesOf, type Record, tookOf } from './film.mjs'

/** What two films have in common, or they are not compared. */
const SETTINGS = ['width', 'height', 'quality', 'fps', 'seconds'] as const

/** Why there is nothing to compare. */
class Failure extends Error {}

/** Lines of the table: what each is called, and what it has of a film. */
const LINES: readonly (readonly [string, (record: Record) => string])[] = [
  ['first picture, since the program began', ({ first }) => milliseconds(first)],
  ['pictures shown', ({ shown, film }) => `${shown.length} of ${picturesOf(film)}`],
  ['shown after the next was due', (record) => `${countLate(record)}`],
  ['from due to shown, median', (record) => quantile(record, 0.5)],
  ['99 %', (record) => quantile(record, 0.99)],
  ['worst', (record) => quantile(record, 1)],
  ['all meshes there after', ({ complete }) => (complete === null ? '-' : milliseconds(complete))],
  ['cores busy', ({ cores }) => cores.toFixed(2)],
]

/** A table of films, with what they have in common above. */
function tableOf(records: readonly Record[]): string {
  const { width, height, quality, fps, seconds } = records[0].film
  const cores = availableParallelism()
  const rows = [
    ['', ...records.map(({ version }) => version)],
    ...LINES.map(([name, of]) => [name, ...records.map(of)]),
  ]
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)))
  return [
    `${seconds} s of film, ${fps} pictures a second, ${width} by ${height}, quality ${quality}`,
    `Node ${process.version}, ${cores} ${cores === 1 ? 'processor' : 'processors'}`,
    '',
    ...rows.map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])))
        .join('   ')
        .trimEnd(),
    ),
  ].join('\n')
}

/** What a share of the pictures has not taken longer than. */
function quantile({ shown }: Record, share: number): string {
  if (shown.length === 0) return '-'
  const times = shown.map(tookOf).sort((a, b) => a - b)
  return milliseconds(times[Math.max(0, Math.ceil(share * times.length) - 1)])
}

function milliseconds(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`
}

function recordIn(folder: string): Record {
  try {
    return JSON.parse(readFileSync(join(folder, RECORD), 'utf8'))
  } catch (error) {
    throw new Failure((error as Error).message)
  }
}

/** @throws Failure if they are different films, or not there */
function compare(folders: readonly string[]): void {
  const records = folders.map(recordIn)
  const [first, second] = records
  const different = SETTINGS.filter((name) => first.film[name] !== second.film[name])
  if (different.length > 0) {
    const each = different.map((name) => `${name} ${first.film[name]} and ${second.film[name]}`)
    throw new Failure(`these are different films: ${each.join(', ')}`)
  }
  const chart = join(folders[0], CHART)
  writeFileSync(chart, chartOf(records))
  console.log(`${tableOf(records)}\n\nboth in a chart: ${chart}`)
  console.log(`the pictures: ${folders.join(' and ')}, some of them as ${PREVIEW} in the first`)
}

function main(folders: readonly string[]): number {
  if (folders.length !== 2) {
    console.error('usage: node compare.mjs GRAPH_FOLDER BLOCKING_FOLDER')
    return 2
  }
  try {
    compare(folders)
    return 0
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(`compare: ${error.message}`)
    return 1
  }
}

process.exitCode = main(process.argv.slice(2))
