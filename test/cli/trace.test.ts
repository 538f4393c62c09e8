/** `heddle trace`: what it takes, what it writes, and what it says of what is no trace. */
import { chmodSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { DebugScheduler } from '../../dist/index.js'
import { dataFrom } from '../../lib/viewer/data.mjs'
import { heddle, linesOf, makeFolder, writeFiles } from './support.js'

const folder = makeFolder()
const cwd = folder.path

/** One worker that runs something, and another that has stolen a part of it. */
const EVENTS = [
  { ph: 'M', name: 'thread_name', pid: 1, tid: 1, args: { name: 'first' } },
  { ph: 'M', name: 'thread_name', pid: 1, tid: 2, args: { name: 'second' } },
  { ph: 'M', name: 'thread_sort_index', pid: 1, tid: 2, args: { sort_index: -1 } },
  { ph: 'X', name: 'outer', cat: 'fiber', pid: 1, tid: 1, ts: 1000, dur: 100, args: { fiber: 3 } },
  { ph: 'B', name: 'inner', cat: 'span', pid: 1, tid: 1, ts: 1010 },
  { ph: 'E', pid: 1, tid: 1, ts: 1030 },
  { ph: 'X', name: 'parked', cat: 'parked', pid: 1, tid: 2, ts: 1000, dur: 40 },
  { ph: 'X', name: 'outer', cat: 'fiber', pid: 1, tid: 2, ts: 1040, dur: 50 },
  { ph: 's', name: 'steal', cat: 'steal', id: 7, pid: 1, tid: 1, ts: 1039 },
  { ph: 'f', bp: 'e', name: 'steal', cat: 'steal', id: 7, pid: 1, tid: 2, ts: 1040 },
  { ph: 'i', name: 'share', pid: 1, tid: 1, ts: 1038, s: 't' },
]

const HOSTILE = `</script><script>document.title='broken'</script><img src=x onerror="alert(1)">'"&`

beforeAll(() => {
  writeFiles(cwd, {
    'run.json': JSON.stringify({ traceEvents: EVENTS, displayTimeUnit: 'ns' }),
    'array.json': JSON.stringify(EVENTS),
    'cut.json': `${JSON.stringify(EVENTS).slice(0, -1)},\n`,
    'text.json': 'weave\n\x1b[31m',
    'half.json': '{"traceEvents": [',
    'empty.json': '',
    'number.json': '7',
    'object.json': '{"events": []}',
    'nothing.json': '{"traceEvents": []}',
    'names.json': JSON.stringify(EVENTS.slice(0, 3)),
    'hostile.json': JSON.stringify([
      ...EVENTS,
      { ph: 'M', name: 'thread_name', pid: 1, tid: 3, args: { name: HOSTILE } },
      { ph: 'X', name: HOSTILE, cat: HOSTILE, pid: 1, tid: 3, ts: 0, dur: 1, args: { HOSTILE } },
      { ph: 's', name: HOSTILE, id: 1, pid: 1, tid: 3, ts: 0 },
      { ph: 'f', name: HOSTILE, id: 1, pid: 1, tid: 1, ts: 1001 },
    ]),
    'odd.json': JSON.stringify([
      ...EVENTS,
      null,
      5,
      'x',
      {},
      { ph: 'X', ts: 'soon', pid: 1, tid: 1 },
      { ph: 'X', name: 'no end', ts: 1e308, dur: 1e308, pid: 1, tid: 1 },
      { ph: 'E', pid: 9, tid: 9, ts: 5 },
      { ph: 'f', name: 'from nowhere', id: 9, pid: 1, tid: 1, ts: 5 },
      { ph: 'C', name: 'counter', pid: 1, tid: 1, ts: 5, args: { n: 1 } },
    ]),
    'open.json': JSON.stringify([
      { ph: 'B', name: 'left open', pid: 1, tid: 1, ts: 0 },
      { ph: 'X', name: 'last', pid: 1, tid: 1, ts: 5, dur: 5 },
    ]),
    'two.json': JSON.stringify([
      { ph: 'X', name: 'a', pid: 1, tid: 5, ts: 0, dur: 1 },
      { ph: 'M', name: 'process_name', pid: 2, args: { name: 'other' } },
      { ph: 'X', name: 'b', pid: 2, tid: 5, ts: 0, dur: 1 },
    ]),
  })
})
afterAll(folder.remove)

/** The page that was made of a trace. */
function pageFor(name: string): string {
  expect(heddle(['trace', name, '-o', 'page.html'], { cwd })).toMatchObject({
    stderr: '',
    status: 0,
  })
  return readFileSync(join(cwd, 'page.html'), 'utf8')
}

/** What is in a page, as its own script reads it. */
function dataIn(page: string) {
  const base64 = /<script type="text\/plain" id="data">([\w+/=]*)<\/script>/.exec(page)?.[1] ?? ''
  const bytes = gunzipSync(Buffer.from(base64, 'base64'))
  const data = dataFrom(new Uint8Array(bytes).buffer)
  const name = (kind: number): string => data.kinds[kind].name
  const rows = data.rows.map((row: { name: string; lanes: { from: number; to: number }[] }) => {
    const lanes = row.lanes.map(({ from, to }) => {
      const { start, duration, kind } = data.slices
      return Array.from({ length: to - from }, (_, i) => {
        return [name(kind[from + i]), start[from + i], duration[from + i]]
      })
    })
    return { name: row.name, lanes }
  })
  const { from, to, fromRow, toRow, kind } = data.arrows
  const arrows = Array.from(from as Float64Array, (time, i) => {
    return [name(kind[i]), fromRow[i], time, toRow[i], to[i]]
  })
  return { data, rows, arrows }
}

describe('writes one page', () => {
  test('beside the trace, and says so', () => {
    const said = 'run.html: 2 rows, 4 slices, 1 arrow\n'
    expect(heddle(['trace', 'run.json'], { cwd })).toMatchObject({ status: 0, stdout: said })
    expect(existsSync(join(cwd, 'run.html'))).toBe(true)
  })

  test.each([
    ['-o', 'out 1.html'],
    ['--output', 'out 2.html'],
    ['--output=out 3.html'],
    ['-oout 4.html'],
  ])('where %s %s says', (...option) => {
    const { status, stdout } = heddle(['trace', ...option, 'run.json'], { cwd })
    const name = /out \d\.html/.exec(option.join(' '))?.[0] ?? ''
    expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringContaining(name) })
    expect(readFileSync(join(cwd, name), 'utf8')).toMatch(/^<!doctype html>/)
  })

  test('from standard input to standard output', () => {
    const input = JSON.stringify(EVENTS)
    const { status, stdout } = heddle(['trace', '-'], { cwd, input })
    expect(status).toBe(0)
    expect(dataIn(stdout).rows).toHaveLength(2)
  })

  test('that asks for nothing else', () => {
    const page = pageFor('run.json')
    const [head = ''] = page.split('<script>')
    expect(head).toContain("default-src 'none'")
    expect(page).not.toMatch(/<(link|img|iframe)\b|\bsrc=|https?:/)
    expect(page).not.toMatch(/^(import|export) /m)
  })

  test('of a trace as an object, as an array, and as one without its end', () => {
    const plain = dataIn(pageFor('run.json'))
    expect(dataIn(pageFor('array.json')).rows).toEqual(plain.rows)
    expect(dataIn(pageFor('cut.json')).rows).toEqual(plain.rows)
  })

  test('needs no addon', () => {
    const env = { HEDDLE_PREBUILD: '/nowhere' }
    expect(heddle(['trace', 'run.json'], { cwd, env }).status).toBe(0)
  })
})

describe('shows', () => {
  test('rows in their order, what lies in what, and arrows', () => {
    const { rows, arrows, data } = dataIn(pageFor('run.json'))
    expect(rows).toEqual([
      {
        name: 'second',
        lanes: [
          [
            ['parked', 0, 40],
            ['outer', 40, 50],
          ],
        ],
      },
      { name: 'first', lanes: [[['outer', 0, 100]], [['inner', 10, 20]]] },
    ])
    expect(arrows).toEqual([['steal', 1, 39, 0, 40]])
    expect(data.duration).toBe(100)
    expect([...data.marks.time]).toEqual([38])
    expect(data.args[data.slices.args[2]]).toBe('{"fiber":3}')
  })

  test('what each row and each name come to', () => {
    const page = pageFor('run.json')
    const cells = [...page.matchAll(/<tr>(?:<td[^>]*>.*?<\/td>)+<\/tr>/g)].map(([row]) => {
      return [...row.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = '']) => {
        return cell.replace(/<[^>]*>/g, '')
      })
    })
    expect(cells).toEqual([
      ['second', '50.0%', '1', '1', '0', '1'],
      ['first', '100.0%', '2', '0', '0', '0'],
      ['outer', '2', '150.0 µs', '50.00 µs', '100.0 µs'],
      ['inner', '1', '20.00 µs', '20.00 µs', '20.00 µs'],
    ])
  })

  test('what was left open up to the end', () => {
    expect(dataIn(pageFor('open.json')).rows[0].lanes[0]).toEqual([['left open', 0, 10]])
  })

  test('whose thread it is, where there is more than one process', () => {
    const names = dataIn(pageFor('two.json')).rows.map(({ name }: { name: string }) => name)
    expect(names).toEqual(['process 1: thread 5', 'other: thread 5'])
  })

  test('no events of other kinds, and says how many there were', () => {
    const { stdout } = heddle(['trace', 'odd.json'], { cwd })
    expect(stdout).toBe('odd.html: 2 rows, 4 slices, 1 arrow; 9 events of other kinds left out\n')
  })

  test('the trace of a DebugScheduler in steps', () => {
    using scheduler = new DebugScheduler()
    for (const name of ['a', 'b']) scheduler.scheduleWith({ name }, () => {})
    scheduler.runAll()
    writeFiles(cwd, { 'debug.json': JSON.stringify(scheduler.trace()) })
    const page = pageFor('debug.json')
    expect(page).toContain('2 steps')
    const { data, rows } = dataIn(page)
    expect(data.unit).toBe('steps')
    expect(rows[0].lanes).toEqual([
      [
        ['a', 0, 1],
        ['b', 1, 1],
      ],
    ])
  })
})

test('names are text, whatever is in them', () => {
  const page = pageFor('hostile.json')
  expect(page).not.toContain('<img')
  expect(page.match(/<script/g)).toHaveLength(2)
  expect(page.match(/<\/script/g)).toHaveLength(2)
  expect(page).toContain('&lt;/script&gt;&lt;script&gt;')
  // An attribute ends where it should.
  expect(page).not.toContain("document.title='broken'")
  expect(dataIn(page).data.kinds.map(({ name }: { name: string }) => name)).toContain(HOSTILE)
})

describe('says in one line what is wrong', () => {
  test.each([
    ['missing.json', 'no such file or directory (ENOENT)'],
    ['.', 'illegal operation on a directory (EISDIR)'],
    ['empty.json', 'an empty file'],
    ['half.json', 'not JSON: it ends too early'],
    ['number.json', 'no trace: neither an array of events nor an object with traceEvents'],
    ['object.json', 'no trace: neither an array of events nor an object with traceEvents'],
    ['nothing.json', 'an empty trace: nothing ran in it'],
    ['names.json', 'an empty trace: nothing ran in it'],
  ])('%s: %s', (name, why) => {
    const { status, stdout, stderr } = heddle(['trace', name], { cwd })
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
    expect(stderr).toBe(`heddle: ${name}: ${why}\n`)
  })

  test('without a word of what is no JSON', () => {
    const { status, stderr } = heddle(['trace', 'text.json'], { cwd })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^heddle: text\.json: not JSON: (at position 0|from its beginning)\n$/)
  })

  test('where it cannot write', () => {
    const { status, stderr } = heddle(['trace', 'run.json', '-o', 'no/such/place'], { cwd })
    const why = 'no such file or directory (ENOENT)'
    expect({ status, stderr }).toEqual({ status: 1, stderr: `heddle: no/such/place: ${why}\n` })
  })

  test.skipIf(process.getuid?.() === 0)('what it may not read', () => {
    writeFiles(cwd, { 'mine.json': '[]' })
    chmodSync(join(cwd, 'mine.json'), 0)
    const { stderr } = heddle(['trace', 'mine.json'], { cwd })
    expect(stderr).toBe('heddle: mine.json: permission denied (EACCES)\n')
  })
})

describe('the command line', () => {
  test.each([
    ['trace', '--help'],
    ['trace', '-h', 'run.json'],
    ['--help', 'trace'],
  ])('heddle %s %s', (...args) => {
    const { status, stdout, stderr } = heddle(args, { cwd })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toMatch(/^Usage: heddle trace/)
    for (const option of ['--output', '--help', '--version']) expect(stdout).toContain(option)
    for (const line of linesOf(stdout)) expect(line.length).toBeLessThanOrEqual(100)
  })

  test.each<[string[], RegExp]>([
    [['trace'], /which trace\? See heddle trace --help/],
    [['trace', ''], /which trace\?/],
    [['trace', 'a', 'b'], /one trace at a time/],
    [['trace', 'a', '-o'], /'-o.*missing.*see heddle trace --help/],
    [['trace', 'a', '-o', ''], /--output must be a path, got ''/],
    [['trace', 'a', '--json'], /unknown option '--json': see heddle trace --help/],
    [['trace', 'a', '--frobnicate'], /unknown option '--frobnicate': see heddle trace --help/],
    [['sum', '-o', 'x'], /unknown option '-o': see heddle sum --help/],
  ])('%j', (args, message) => {
    const { status, stdout, stderr } = heddle(args, { cwd })
    expect(stderr).toMatch(/^heddle: .*\n$/)
    expect(stderr).toMatch(message)
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  })

  test('-- ends options', () => {
    writeFiles(cwd, { '-x.json': JSON.stringify(EVENTS) })
    expect(heddle(['trace', '--', '-x.json'], { cwd }).status).toBe(0)
    expect(existsSync(join(cwd, '-x.html'))).toBe(true)
  })

  test('takes names that are not UTF-8', () => {
    writeFiles(cwd, { 'caf\xe9.json': JSON.stringify(EVENTS) })
    const { status, stdout } = heddle(['trace', '-'], { cwd, input: JSON.stringify(EVENTS) })
    expect({ status, isPage: stdout.startsWith('<!doctype') }).toEqual({ status: 0, isPage: true })
  })
})
