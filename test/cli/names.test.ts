/** Names as bytes, and what becomes of them in messages and in JSON. */
import { describe, expect, test } from 'vitest'

import { fromText, show, toJson, toPath } from '../../dist/cli/names.js'

/** Every byte that a name can hold, and then some. */
const EVERY = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join('')

test('a byte string becomes those bytes', () => {
  expect(toPath('plain')).toBe('plain')
  expect(toPath(EVERY)).toEqual(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))
})

test('a text becomes its UTF-8 bytes', () => {
  expect(fromText('plain')).toBe('plain')
  expect(fromText('é🧵')).toBe('\xc3\xa9\xf0\x9f\xa7\xb5')
})

describe('show', () => {
  test.each([
    ['plain/näme', 'plain/näme'],
    ['', "''"],
    ['a\nb\rc\td\0', 'a\\nb\\rc\\td\\x00'],
    ['\x1b[31m\x7f', '\\x1b[31m\\x7f'],
    ['\u0085\u2028\u2029', '\\u{85}\\u{2028}\\u{2029}'],
    ['txt.\u202egnp', 'txt.\\u{202e}gnp'],
    ['🧵', '🧵'],
    ['back\\slash', 'back\\slash'],
  ])('%j is shown as %s', (name, shown) => {
    expect(show(fromText(name))).toBe(shown)
  })

  test('bytes that are not UTF-8 are shown as numbers', () => {
    expect(show('caf\xe9 \xff\n')).toBe('caf\\xe9 \\xff\\n')
  })

  test('every byte stays on one line of plain characters', () => {
    expect(show(EVERY)).toMatch(/^[\x20-\x7e]+$/)
  })
})

describe('toJson', () => {
  test.each(['plain', 'né\n🧵', '"quoted" \\'])('%j is itself', (name) => {
    expect(toJson(fromText(name))).toEqual({ path: name })
  })

  test('bytes that are not UTF-8 come in base64, too', () => {
    expect(toJson('a\xff')).toEqual({ path: 'a\ufffd', pathBase64: 'Yf8=' })
  })
})
