/**
 * Reads Chrome's trace format: an object with `traceEvents`, or the array alone, which may lack its
 * end, as whoever writes one may be ended, too.
 */

/** A file is no trace. The message is one line. */
export class TraceError extends Error {
  readonly code = 'ERR_HEDDLE_TRACE'
}

/** What a file says, of which nothing is certain. */
export interface RawTrace {
  readonly events: readonly unknown[]
  readonly other: Readonly<Record<string, unknown>>
}

/** @throws TraceError */
export function parseTrace(text: string): RawTrace {
  const value = parse(text.replace(/^\ufeff/, ''))
  if (Array.isArray(value)) return { events: value, other: {} }
  if (!isObject(value) || !Array.isArray(value.traceEvents)) {
    throw new TraceError('no trace: neither an array of events nor an object with traceEvents')
  }
  return { events: value.traceEvents, other: isObject(value.otherData) ? value.otherData : {} }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parse(text: string): unknown {
  if (text.trim() === '') throw new TraceError('an empty file')
  try {
    return JSON.parse(text)
  } catch (error) {
    const repaired = repair(text)
    if (repaired !== undefined) return repaired
    // Node's message may quote the file, which may be anything.
    const { message } = error as Error
    const place = /at position \d+/.exec(message)?.[0]
    const why = /end of JSON/.test(message) ? 'it ends too early' : (place ?? 'from its beginning')
    throw new TraceError(`not JSON: ${why}`)
  }
}

/** An array without its end; undefined if that is not what is wrong. */
function repair(text: string): unknown[] | undefined {
  if (!/^\s*\[/.test(text)) return undefined
  try {
    return JSON.parse(`${text.replace(/[\s,]+$/, '')}]`)
  } catch {
    return undefined
  }
}
