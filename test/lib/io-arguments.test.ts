/** Arguments that end the scheduler, or what they are for, while they are looked at. */
import { expect, test } from 'vitest'

import { Scheduler } from '../../dist/index.js'

/** A name of a file that calls `end` when its bytes are asked for. */
function nameThat(end: () => void): URL {
  const name = new URL('file:///etc/hostname')
  const get = () => {
    end()
    return '/etc/hostname'
  }
  return Object.defineProperty(name, 'pathname', { get })
}

/** Options that call `end` when `name` is asked for. */
function optionsThat(name: string, end: () => void): object {
  return Object.defineProperty({}, name, { get: end, enumerable: true })
}

/** A signal that calls `end` when it is looked at. */
function signalThat(end: () => void): { signal: AbortSignal } {
  const { signal } = new AbortController()
  Object.defineProperty(signal, 'aborted', {
    get() {
      end()
      return false
    },
  })
  return { signal }
}

type Call = (scheduler: Scheduler, end: () => void) => unknown

test.each<[string, Call]>([
  ['readFile, signal', ({ io }, end) => io.readFile('LICENSE', optionsThat('signal', end))],
  ['readFile, into', ({ io }, end) => io.readFile('LICENSE', optionsThat('into', end))],
  ['readFile, aborted', ({ io }, end) => io.readFile('LICENSE', signalThat(end))],
  ['readFile, path', ({ io }, end) => io.readFile(nameThat(end))],
  ['open, path', ({ io }, end) => io.open(nameThat(end))],
  ['map, path', ({ io }, end) => io.map(nameThat(end))],
  ['stat, path', ({ io }, end) => io.stat(nameThat(end))],
  ['map, signal', ({ io }, end) => io.map('LICENSE', optionsThat('signal', end))],
  ['readdir, options', ({ io }, end) => io.readdir('.', optionsThat('withFileTypes', end))],
  ['writeFile, flag', ({ io }, end) => io.writeFile('/dev/null', 'x', optionsThat('flag', end))],
  ['timeout, signal', ({ io }, end) => io.timeout(1, optionsThat('signal', end))],
  ['timeout, aborted', ({ io }, end) => io.timeout(1, signalThat(end))],
  ['poll, aborted', ({ io }, end) => io.poll(0, 'in', signalThat(end))],
  ['wait, signal', ({ io }, end) => io.eventfd().wait(optionsThat('signal', end))],
])('%s: the scheduler is disposed', (_, call) => {
  const scheduler = new Scheduler(1)
  const end = () => scheduler[Symbol.dispose]()
  expect(() => call(scheduler, end)).toThrow(expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' }))
})

test('a buffer disposes the scheduler while it is looked at', async () => {
  const scheduler = new Scheduler(1)
  const file = await scheduler.io.open('/proc/self/status')
  const buffer = new DataView(new ArrayBuffer(10))
  const get = () => {
    scheduler[Symbol.dispose]()
    return new ArrayBuffer(10)
  }
  Object.defineProperty(buffer, 'buffer', { get })
  const closed = expect.objectContaining({ code: 'ERR_HEDDLE_CLOSED' })
  expect(() => file.read(buffer)).toThrow(closed)
  await file.close()
})

test('an eventfd is disposed by the options of a wait for it', () => {
  using scheduler = new Scheduler(1)
  const event = scheduler.io.eventfd()
  const options = optionsThat('signal', () => event[Symbol.dispose]())
  const disposed = expect.objectContaining({ code: 'ERR_HEDDLE_DISPOSED' })
  expect(() => event.wait(options)).toThrow(disposed)
})
