/** The progress bar as text, and numbers for people. */
import { describe, expect, test } from 'vitest'

import { count, seconds, size, times } from '../../dist/cli/format.js'
import { render, type View } from '../../dist/cli/progress.js'

const HALF: View = {
  label: 'heddle',
  found: 2468,
  isWalked: true,
  done: 1234,
  failed: 0,
  bytes: 5_600_000,
  seconds: 2,
}

describe('render', () => {
  test('shows how far it is', () => {
    expect(render(HALF, 100, 0)).toBe(
      `heddle  [${'#'.repeat(20).padEnd(40)}]   50 %  1,234 of 2,468 files  5.6 MB  2.8 MB/s`,
    )
  })

  test('shows that it goes on while the total is not known', () => {
    const drawn = Array.from({ length: 200 }, (_, step) =>
      render({ ...HALF, isWalked: false }, 70, step),
    )
    expect(drawn[0]).toMatch(/^heddle {2}\[### +\] {2}1,234 files {2}5\.6 MB {2}2\.8 MB\/s$/)
    expect(new Set(drawn).size).toBeGreaterThan(5)
    for (const line of drawn) expect(line).toMatch(/\[ *### *\]/)
    expect(new Set(drawn.map((line) => line.length)).size).toBe(1)
  })

  test.each(Array.from({ length: 120 }, (_, columns) => columns + 1))(
    'fits into %s columns',
    (columns) => {
      for (const isWalked of [true, false]) {
        const line = render({ ...HALF, isWalked }, columns, 7)
        expect(line.length).toBeLessThan(columns)
        expect(line.length).toBeGreaterThanOrEqual(Math.min(columns - 1, 'heddle'.length))
      }
    },
  )

  test.each([
    [0, 0],
    [0, 5],
    [5, 5],
  ])('is complete with %s of %s', (done, found) => {
    expect(render({ ...HALF, done, found }, 100, 0)).toMatch(/^heddle {2}\[[# ]{40}\] {2}[ \d]+ %/)
  })
})

describe('numbers', () => {
  test.each([
    [0, '0'],
    [999, '999'],
    [1000, '1,000'],
    [1234567n, '1,234,567'],
  ])('count(%s)', (value, text) => expect(count(value)).toBe(text))

  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [99_949, '99.9 kB'],
    [99_950, '100 kB'],
    [999_499, '999 kB'],
    [999_500, '1.0 MB'],
    [213_000_000, '213 MB'],
    [2 ** 53, '9.0 PB'],
    [1e21, '1000000 PB'],
  ])('size(%s)', (value, text) => expect(size(value)).toBe(text))

  test('seconds and times', () => {
    expect([seconds(1.23456), times(6.84)]).toEqual(['1.235', '6.8 times'])
  })
})
