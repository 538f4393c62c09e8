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

/** What `heddle trace` may be told. Either may be `-`. */
export interface TraceOptions {
  readonly file: ByteString
  /** Undefined: beside the file. */
  readonly output: ByteString | undefined
}

export type Topic = 'heddle' | 'sum' | 'trace'

export type Command =
  | { name: 'help'; topic: Topic }
  | { name: 'version' }
  | { name: 'sum'; options: SumOptions }
  | { name: 'trace'; options: TraceOptions }

type Backend = (typeof BACKENDS)[number]

const BACKENDS = ['auto', 'io_uring', 'threads'] as const
const THREADS_MAX = 1024

const COMMANDS = ['sum', 'trace'] as const

const OPTIONS = {
  backend: { type: 'string', default: 'auto' },
  threads: { type: 'string' },
  json: { type: 'boolean', default: false },
  summary: { type: 'boolean', default: false },
  output: { type: 'string', short: 'o' },
  help: { type: 'boolean', short: 'h', default: false },
  version: { type: 'boolean', default: false },
} as const

/** Which options a command has, besides those that all have. */
const OPTIONS_OF: Record<(typeof COMMANDS)[number], readonly string[]> = {
  sum: ['backend', 'threads', 'json', 'summary'],
  trace: ['output'],
}

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
  const [command, ...rest] = words
  const name = COMMANDS.find((each) => each === command?.value)
  if (command !== undefined && name === undefined) {
    throw new UsageError(`unknown command '${command.value}': see heddle --help`)
  }
  if (name !== undefined) refuseOthers(name, tokens)
  if (values.help) return { name: 'help', topic: name ?? 'heddle' }
  if (values.version) return { name: 'version' }
  if (name === undefined) throw new UsageError('what shall I do? See heddle --help')
  const bytes = argumentBytes(args)
  const paths = rest.map(({ index }) => bytes[index] as ByteString)
  if (name === 'trace') return { name, options: traceOptions(paths, outputIn(tokens, bytes)) }
  const options = {
    paths: paths.length === 0 ? ['.'] : paths,
    backend: checkBackend(values.backend),
    threads: checkThreads(values.threads),
    json: values.json,
    summary: values.summary,
  }
  return { name, options }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true, tokens: true })
  } catch (error) {
    // Node's message goes on with advice that does not fit here.
    const [first = ''] = (error as Error).message.split(/\. |\n/, 1)
    const command = COMMANDS.find((each) => args.includes(each)) ?? 'sum'
    const says = `${first.charAt(0).toLowerCase()}${first.slice(1)}`
    throw new UsageError(`${says}: see heddle ${command} --help`)
  }
}

type Token = ReturnType<typeof parse>['tokens'][number]

/** An option of another command is as unknown as one of none. */
function refuseOthers(command: (typeof COMMANDS)[number], tokens: readonly Token[]): void {
  const known = [...OPTIONS_OF[command], 'help', 'version']
  for (const token of tokens) {
    if (token.kind !== 'option' || known.includes(token.name)) continue
    throw new UsageError(`unknown option '${token.rawName}': see heddle ${command} --help`)
  }
}

/** The last `--output`, byte for byte. */
function outputIn(tokens: readonly Token[], bytes: readonly ByteString[]): ByteString | undefined {
  const token = tokens.filter((each) => each.kind === 'option' && each.name === 'output').at(-1)
  if (token?.kind !== 'option') return undefined
  const { index, inlineValue, rawName } = token
  if (!inlineValue) return bytes[index + 1]
  return bytes[index]?.slice(rawName.length + (rawName.startsWith('--') ? 1 : 0))
}

function traceOptions(paths: readonly ByteString[], output: ByteString | undefined): TraceOptions {
  const [file] = paths
  if (file === undefined || file === '')
    throw new UsageError('which trace? See heddle trace --help')
  if (paths.length > 1) throw new UsageError('one trace at a time: see heddle trace --help')
  if (output === '') throw new UsageError("--output must be a path, got ''")
  return { file, output }
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
