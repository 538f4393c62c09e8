#!/usr/bin/env node
/**
 * The `heddle` command.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { type Command, parseCommand, UsageError } from './args.js'
import { helpOf } from './help.js'
import { complain, OutputClosed, say } from './output.js'

const FAILED = 1
const MISUSED = 2

/** Does what the arguments ask for. Returns the exit status. */
async function main(): Promise<number> {
  const command = parseCommand(process.argv.slice(2))
  switch (command.name) {
    case 'help':
      say(helpOf(command.topic))
      return 0
    case 'version':
      say(`${version()}\n`)
      return 0
    case 'sum':
      return sum(command)
    case 'trace':
      return trace(command)
  }
}

function sum(command: Command & { name: 'sum' }): Promise<number> {
  // Not loaded before it is needed: it loads the addon, which --help must not depend on.
  return (require('./sum.js') as typeof import('./sum.js')).sum(command.options)
}

/** Needs no addon, either. */
function trace(command: Command & { name: 'trace' }): number {
  return (require('./trace.js') as typeof import('./trace.js')).trace(command.options)
}

function version(): string {
  const text = readFileSync(join(__dirname, '..', '..', 'package.json'), 'utf8')
  return (JSON.parse(text) as { version: string }).version
}

/** Says what went wrong, if there is somebody to hear it. Returns the exit status. */
function explain(error: unknown): number {
  if (error instanceof OutputClosed) return error.status
  const isExpected = error instanceof Error && 'code' in error
  complain(isExpected ? error.message : String((error as Error).stack ?? error))
  return error instanceof UsageError ? MISUSED : FAILED
}

main().then(
  (status) => {
    process.exitCode = status
  },
  (error: unknown) => {
    // At once: files may still be being read, and nobody wants to know.
    process.exit(explain(error))
  },
)
