/** Complex numbers as JavaScript holds them. */
import { describe, expect, test } from 'vitest'

import { complex } from '../../dist/complex.js'

describe('Complex', () => {
  test('is immutable, and equal by its parts', () => {
    const z = complex(2, -3)
    expect(() => Object.assign(z, { re: 1 })).toThrow(TypeError)
    expect(z.equals(complex(2, -3))).toBe(true)
    expect(z.equals(complex(2, 3))).toBe(false)
    expect(z.equals({ re: 2, im: -3 })).toBe(false)
    expect(complex(Number.NaN, 0).equals(complex(Number.NaN, 0))).toBe(false)
  })

  test.each([
    [complex(2, -3), '2 - 3i'],
    [complex(2, 3), '2 + 3i'],
    [complex(-0.5, -0), '-0.5 - 0i'],
  ])('%o prints as %s', (z, text) => expect(`${z}`).toBe(text))

  test.each(['1', null, 1n, undefined])('refuses %o', (part) => {
    const refusal = expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' })
    expect(() => complex(part as never, 0)).toThrow(refusal)
    expect(() => complex(0, part as never)).toThrow(refusal)
  })
})
