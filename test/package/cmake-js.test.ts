/** `cmake-js` builds the addon, too, from the Node-API headers that npm installed. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'

test('builds an addon that loads, and downloads nothing', { timeout: 1_200_000 }, () => {
  const home = mkdtempSync(join(tmpdir(), 'heddle-cmake-js-')) // Where it keeps its downloads.
  const env = {
    ...process.env,
    HOME: home,
    CMAKE_BUILD_PARALLEL_LEVEL: String(availableParallelism()),
  }
  execFileSync('npm', ['run', 'build:cmake-js'], { env })
  expect(readdirSync(home)).not.toContain('.cmake-js')
  rmSync(home, { recursive: true })

  const addon = resolve('out/cmake-js/Release/heddle.node')
  expect(existsSync(addon)).toBe(true)
  execFileSync(process.execPath, ['-e', 'require(process.argv[1])', addon])
})
