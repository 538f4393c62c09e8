/** How vitest finds and runs the tests of lib, napi, the package and the code itself. */
import { appendFileSync, mkdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Many wait for processes and timers, and each is to hold beside others.
    maxWorkers: availableParallelism(),
    setupFiles: ['test/support/without.ts'],
    // A test that hangs is to fail; one on a slow machine is not.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Kept for those who read only the end of a log: scripts/test.mjs says it there.
    onUnhandledError(error) {
      mkdirSync('out', { recursive: true })
      appendFileSync('out/unhandled.txt', `${error.type}: ${error.stack ?? error.message}\n`)
    },
  },
})
