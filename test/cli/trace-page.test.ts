/** The page of a trace in a real browser, where there is one; and what its script computes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'

import { formatTime, readHash, ticksOf, View, writeHash } from '../../lib/viewer/scale.mjs'
import { chromium, Page } from '../support/browser.js'
import { heddle, makeFolder, writeFiles } from './support.js'

const folder = makeFolder()
const HOSTILE = `</script><script>document.title='broken'</script><b id=found>`
const MANY = 200_000

/** Two workers, the second of which has robbed the first; all of a millisecond. */
const SMALL = [
  { ph: 'M', name: 'thread_name', pid: 1, tid: 1, args: { name: HOSTILE } },
  { ph: 'X', name: 'sort', cat: 'fiber', pid: 1, tid: 1, ts: 0, dur: 1000 },
  { ph: 'X', name: HOSTILE, cat: 'span', pid: 1, tid: 1, ts: 200, dur: 600, args: { HOSTILE } },
  { ph: 'X', name: 'parked', cat: 'parked', pid: 1, tid: 2, ts: 0, dur: 500 },
  { ph: 'X', name: 'sort', cat: 'fiber', pid: 1, tid: 2, ts: 500, dur: 500 },
  { ph: 's', name: 'steal', cat: 'steal', id: 1, pid: 1, tid: 1, ts: 490 },
  { ph: 'f', name: 'steal', cat: 'steal', id: 1, pid: 1, tid: 2, ts: 500, bp: 'e' },
]

function large(): object[] {
  return Array.from({ length: MANY }, (_, i) => {
    const [row, at] = [i % 8, Math.floor(i / 8)]
    return { ph: 'X', name: `kernel ${at % 9}`, pid: 1, tid: row, ts: at * 10, dur: 4 + (i % 5) }
  })
}

beforeAll(() => {
  writeFiles(folder.path, {
    'small.json': JSON.stringify(SMALL),
    'large.json': JSON.stringify(large()),
  })
  for (const name of ['small.json', 'large.json']) {
    expect(heddle(['trace', name], { cwd: folder.path }).status).toBe(0)
  }
})
afterAll(folder.remove)

describe('in a browser', () => {
  let page: Page | undefined

  afterEach(async () => {
    await page?.close()
    page = undefined
  })

  async function open(name: string, hash = ''): Promise<Page> {
    page = await Page.open(`${pathToFileURL(join(folder.path, name))}${hash}`)
    return page
  }

  const range = "document.getElementById('range').textContent"
  const tip = "document.getElementById('tip').innerText"

  test('zooms by keys and by the wheel, around the pointer', async (context) => {
    if (chromium === undefined) return context.skip('there is no chromium: apt install chromium')
    const shown = await open('small.html')
    await shown.until(`${range} === '0 to 1.000 ms'`)
    const whole = await shown.screenshot()
    await shown.press('w')
    await shown.until(`${range} === '166.7 µs to 833.3 µs'`)
    await shown.press('0')
    await shown.until(`${range} === '0 to 1.000 ms'`)
    // The right end stays where it is.
    await shown.move(1399, 130)
    await shown.wheel(1399, 130, -500)
    await shown.until(`/^5[45]\\d\\.\\d µs to 99\\d\\.\\d µs$|^5[45].* to 1.*$/.test(${range})`)
    expect(await shown.evaluate('location.hash')).toMatch(/^#zoom=5[45]\d/)
    expect((await shown.screenshot()).equals(whole)).toBe(false)
    expect(shown.complaints).toEqual([])
  })

  test('says what is under the pointer, and nothing in a name is markup', async (context) => {
    if (chromium === undefined) return context.skip('there is no chromium: apt install chromium')
    const shown = await open('small.html')
    expect(await shown.evaluate('document.title')).toBe('small.json')
    expect(await shown.evaluate("document.querySelectorAll('#found, b').length")).toBe(1)
    expect(await shown.evaluate('document.scripts.length')).toBe(2)
    // Half of the time, in the second lane of the first row.
    await shown.move(776, 160)
    await shown.until(`${tip} !== ''`)
    expect(await shown.evaluate(tip)).toContain(`${HOSTILE}\n600 µs, from 200 µs`)
    expect(await shown.evaluate(tip)).toContain('stolen by thread 2')
    expect(shown.requests).toHaveLength(1)
    expect(shown.complaints).toEqual([])
  })

  test('searches, and goes to what was found', async (context) => {
    if (chromium === undefined) return context.skip('there is no chromium: apt install chromium')
    const shown = await open('small.html')
    await shown.press('/')
    for (const key of 'sort') await shown.press(key)
    await shown.until("document.getElementById('found').textContent === '2 found'")
    await shown.press('Enter')
    await shown.press('Enter')
    await shown.until(`${range} === '0.1000 ms to 1.0000 ms'`)
    expect(await shown.evaluate(tip)).toMatch(/^sort\n500 µs, from 500 µs/)
    expect(await shown.evaluate('location.hash')).toContain('q=sort')
  })

  test('shows what the address asks for, of many slices, at once', async (context) => {
    if (chromium === undefined) return context.skip('there is no chromium: apt install chromium')
    const shown = await open('large.html', '#zoom=1000,1100')
    await shown.until(`${range} === '1.0000 ms to 1.1000 ms'`)
    const frames = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))'
    await shown.press('0')
    const began = performance.now()
    for (let i = 0; i < 5; ++i) {
      await shown.press(i % 2 === 0 ? 'w' : 's')
      await shown.evaluate(frames)
    }
    expect(performance.now() - began).toBeLessThan(30_000)
    expect(shown.complaints).toEqual([])
  })
})

describe('time', () => {
  test.each<[number, number | undefined, string]>([
    [0, undefined, '0'],
    [0.25, undefined, '250 ns'],
    [1, undefined, '1 µs'],
    [12.345, undefined, '12.35 µs'],
    [1234.5, undefined, '1.234 ms'],
    [217_688.148, undefined, '217.7 ms'],
    [217_688.148, 0.01, '217.68815 ms'],
    [2_500_000, 500_000, '2.5 s'],
  ])('%s µs in steps of %s is %s', (time, step, text) => {
    expect(formatTime(time, 'µs', step)).toBe(text)
  })

  test('steps of a DebugScheduler are counted', () => {
    expect(formatTime(3, 'steps')).toBe('3 steps')
    expect(formatTime(3, 'steps', 1)).toBe('3')
  })

  test('ticks are round, and far enough apart', () => {
    const view = new View(1000)
    view.show(101, 199)
    expect(ticksOf(view, 18)).toEqual({ ticks: [120, 140, 160, 180], step: 20 })
  })

  test('what is in view is never beyond the trace, and zooming keeps the pointer', () => {
    const view = new View(1000)
    view.zoom(0.5, 250)
    expect([view.begin, view.end]).toEqual([125, 625])
    view.pan(-1e6)
    expect([view.begin, view.end]).toEqual([0, 500])
    view.zoom(1e9, 0)
    expect([view.begin, view.end]).toEqual([0, 1000])
    for (let i = 0; i < 200; ++i) view.zoom(0.5, 300)
    expect(view.span).toBeGreaterThan(0)
    expect(view.begin).toBeCloseTo(300, 1)
  })

  test('an address says what is in view and what is searched', () => {
    const view = new View(1000)
    expect(writeHash(view, '')).toBe('')
    view.show(10, 20)
    expect(readHash(writeHash(view, 'a & b'))).toEqual({ zoom: [10, 20], query: 'a & b' })
    expect(readHash('#zoom=9,3&q')).toEqual({ zoom: undefined, query: '' })
  })

  test('a page has all of its script, and no module is left out', () => {
    const page = readFileSync(join(folder.path, 'small.html'), 'utf8')
    for (const name of ['unpack', 'View', 'drawArrows', 'Search', 'showTip', 'Layout']) {
      expect(page).toMatch(new RegExp(`^(async )?(function|class) ${name}\\b`, 'm'))
    }
  })
})
