/**
 * What the command line asks for.
 */
import { parseArgs } from 'node:util'

import { argumentBytes, type ByteString } from './names.js'

/** What `heddle sum` may be told. */
export interface SumOptions {
  readonly paths: readonly ByteString[]
  readonly backend: Backend
  /** Undefined: one for each processor. */
  readonly threads: number | undefined
  readonly json: boolean
  readonly summary: boolean
}

export type Topic = 'heddle' | 'sum'

export type Command =
  | { name: 'help'; topic: Topic }
  | { name: 'version' }
  | { name: 'sum'; options: SumOptions }

type Backend = (typeof BACKENDS)[number]

const BACKENDS = ['auto', 'io_uring', 'threads'] as const
const THREADS_MAX = 1024

const OPTIONS = {
  backend: { type: 'string', default: 'auto' },
  threads: { type: 'string' },
  json: { type: 'boolean', default: false },
  summary: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const

/** The command line makes no sense. The message is one line. */
export class UsageError extends Error {
  readonly code = 'ERR_HEDDLE_USAGE'
}

/**
 * Reads the arguments that come after the program's name.
 *
 * @throws UsageError
 */
export function parseCommand(args: string[]): Command {
  const { values, tokens } = parse(args)
  const words = tokens.filter((token) => token.kind === 'positional')
  const [command, ...paths] = words
  if (command !== undefined && command.value !== 'sum') {
    throw new UsageError(`unknown command '${command.value}': see heddle --help`)
  }
  if (values.help) return { name: 'help', topic: command === undefined ? 'heddle' : 'sum' }
  if (values.version) return { name: 'version' }
  if (command === undefined) throw new UsageError('what shall I do? See heddle --help')
  const bytes = argumentBytes(args)
  const options = {
    paths: paths.length === 0 ? ['.'] : paths.map(({ index }) => bytes[index] as ByteString),
    backend: checkBackend(values.backend),
    threads: checkThreads(values.threads),
    json: values.json,
    summary: values.summary,
  }
  return { name: 'sum', options }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, tokens: true })
  } catch (error) {
    // Node's message goes on with advice that does not fit here.
    const [first = ''] = (error as Error).message.split(/\. |\n/, 1)
    throw new UsageError(`${first.charAt(0).toLowerCase()}${first.slice(1)}: see heddle sum --help`)
  }
}

function checkBackend(value: string): Backend {
  const found = BACKENDS.find((backend) => backend === value)
  if (found !== undefined) return found
  throw new UsageError(`--backend must be one of ${BACKENDS.join(', ')}, got '${value}'`)
}

function checkThreads(value: string | undefined): number | undefined {
  if (value === undefined) return undefined
  const threads = /^\d+$/.test(value) ? Number(value) : 0
  if (threads >= 1 && threads <= THREADS_MAX) return threads
  throw new UsageError(`--threads must be an integer from 1 to ${THREADS_MAX}, got '${value}'`)
}
