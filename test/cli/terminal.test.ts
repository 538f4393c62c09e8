/** Where the output goes: terminals, pipes that are closed or slow, signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { cli, heddle, linesOf, makeFolder, run, shell, writeFiles, xxhsumCheck } from './support.js'

const folder = makeFolder()
const cwd = folder.path
/** Enough for more output than a pipe holds. */
const FILES = 3000
const CLEAR = '\r\x1b[K'

beforeAll(() => {
  const names = Array.from({ length: FILES }, (_, i) => `tree/${i % 50}/file ${i}`)
  writeFiles(cwd, Object.fromEntries(names.map((name) => [name, name.repeat(20)])))
})

afterAll(folder.remove)

/** Runs a command line with a pseudo terminal as standard input, output and error. */
function inTerminal(line: string, env: NodeJS.ProcessEnv = {}) {
  const heddle = `${process.execPath} ${cli}`
  return run('script', ['-qec', line.replace('$HEDDLE', heddle), '/dev/null'], {
    cwd,
    env: { TERM: 'xterm', ...env },
  })
}

describe('the progress bar', () => {
  test('is on standard error if that is a terminal, and gone at the end', () => {
    const { status, stdout } = inTerminal('$HEDDLE sum tree > out')
    expect(status).toBe(0)
    expect(stdout).toMatch(/^\rheddle {2}\[/)
    expect(stdout.endsWith(CLEAR)).toBe(true)
    expect(stdout).not.toContain('\n')
    const lines = readFileSync(join(cwd, 'out'), 'latin1')
    expect(linesOf(lines)).toHaveLength(FILES)
    expect(xxhsumCheck(lines, cwd).status).toBe(0)
  })

  test('is out of the way of every line on the same terminal', () => {
    const { stdout } = inTerminal('$HEDDLE sum tree missing')
    const shown = stdout.split('\r\n').map((line) => line.split(CLEAR).at(-1) ?? '')
    expect(shown.filter((line) => /^[0-9a-f]{32} {2}tree\//.test(line))).toHaveLength(FILES)
    expect(shown).toContain('heddle: missing: no such file or directory (ENOENT)')
    expect(shown.at(-1)).toBe('')
  })

  test.each([20, 30, 60, 200])('fits into %s columns', (columns) => {
    const { stdout } = inTerminal(`stty cols ${columns}; $HEDDLE sum tree > out`)
    const drawn = stdout.split('\r').map((text) => text.replace('\x1b[K', ''))
    expect(drawn.length).toBeGreaterThan(1)
    for (const text of drawn) expect(text.length).toBeLessThan(columns)
  })

  test.each([
    ['when piped', () => heddle(['sum', 'tree'], { cwd }).stderr],
    ['on a dumb terminal', () => inTerminal('$HEDDLE sum tree > out', { TERM: 'dumb' }).stdout],
    ['with standard error closed', () => shell('$HEDDLE sum tree 2>&-', { cwd }).stderr],
  ])('is not there %s', (_, output) => {
    expect(output()).toBe('')
  })
})

describe('standard output', () => {
  test('closed early ends it quietly, as a closed pipe ends any program', () => {
    // Often: what is being done when the pipe breaks is a matter of luck.
    for (let i = 0; i < 20; ++i) {
      const { status, stdout, stderr } = shell('set -o pipefail; $HEDDLE sum tree | head -1', {
        cwd,
      })
      expect(stderr).toBe('')
      expect(linesOf(stdout)).toHaveLength(1)
      expect(status).toBe(141)
    }
  })

  test('that is slow loses nothing', () => {
    const { stdout } = shell('$HEDDLE sum tree | (sleep 0.3; cat)', { cwd })
    expect(linesOf(stdout)).toHaveLength(FILES)
  })

  test('that somebody has made non-blocking loses nothing', () => {
    const unblock =
      'import os, sys; os.set_blocking(1, False); os.execvp(sys.argv[1], sys.argv[1:])'
    const line = `set -o pipefail; python3 -c '${unblock}' $HEDDLE sum tree | (sleep 0.3; cat)`
    const { status, stdout } = shell(line, { cwd })
    expect(status).toBe(0)
    expect(linesOf(stdout)).toHaveLength(FILES)
  })

  test('that is full is one line and exit status 1', () => {
    const { status, stderr } = shell('$HEDDLE sum tree > /dev/full', { cwd })
    expect(stderr).toBe(
      'heddle: cannot write to standard output: no space left on device (ENOSPC)\n',
    )
    expect(status).toBe(1)
  })

  test('that was never open is no reason to fail', () => {
    expect(shell('$HEDDLE sum tree >&-', { cwd })).toMatchObject({ status: 0, stderr: '' })
  })
})

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  test('ends it at once, with files in work', async () => {
    // It cannot finish by itself: nobody reads what it writes.
    const child = spawn(process.execPath, [cli, 'sum', '--json', 'tree'], { cwd })
    await once(child.stdout, 'readable')
    expect(await killed(child, signal)).toEqual([null, signal])
  })
})

async function killed(child: ChildProcess, signal: NodeJS.Signals) {
  const exited = once(child, 'exit')
  child.kill(signal)
  return exited
}
