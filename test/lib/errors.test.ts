/** Errors as programs see them. */
import { inspect } from 'node:util'

import { expect, test } from 'vitest'

import { IoError } from '../../dist/index.js'
import { runProgram } from '../support/program.js'

const MISSING = -2
const TOO_MANY = -24

test('an error shows its class, its message and its properties', () => {
  const error = new IoError(MISSING, 'open', '/none')
  const shown = inspect(error, { breakLength: 80 })
  expect(shown).toMatch(/^IoError: ENOENT: no such file or directory, open '\/none'\n +at /)
  expect(shown).toMatch(/{\n {2}code: 'ENOENT',\n {2}errno: -2,\n {2}syscall: 'open',\n {2}path/)
  expect(Object.keys(error)).toEqual(['code', 'name', 'errno', 'syscall', 'path'])
})

test('an error names no call and no path where there is none', () => {
  const bare = new IoError(TOO_MANY, '')
  expect(bare.message).toBe('EMFILE: too many open files')
  expect(new IoError(TOO_MANY, '', '/a').message).toBe("EMFILE: too many open files, '/a'")
  expect(new IoError(MISSING, 'stat').message).toBe('ENOENT: no such file or directory, stat')
  expect(Object.hasOwn(bare, 'path')).toBe(false)
})

test('errors are made where Error.prototype is frozen, too', () => {
  const program = `
    Object.freeze(Error.prototype)
    const scheduler = new heddle.Scheduler(1)
    const error = await scheduler.io.readFile('/none').get().catch((error) => error)
    console.log(error.name, error.code, error.message)
    scheduler[Symbol.dispose]()
  `
  const stdout = "IoError ENOENT ENOENT: no such file or directory, open '/none'\n"
  expect(runProgram(program)).toMatchObject({ stdout, code: 0 })
})
