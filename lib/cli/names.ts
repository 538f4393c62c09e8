/**
 * File names: bytes that need not be UTF-8, kept as strings of one character a byte.
 */
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'

/** Bytes as a string: character codes are 0 to 255. Comparing two of them compares their bytes. */
export type ByteString = string

const NOT_ASCII = /[^\0-\x7f]/
/** What would move a terminal's cursor, change its state, or reorder what it shows. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu
const REPLACEMENT = '\ufffd'

/** The name as `fs` and `scheduler.io` take it, without loss. */
export function toPath(name: ByteString): string | Buffer {
  return NOT_ASCII.test(name) ? Buffer.from(name, 'latin1') : name
}

/** The bytes of a text. */
export function fromText(text: string): ByteString {
  return NOT_ASCII.test(text) ? Buffer.from(text).toString('latin1') : text
}

/** The name for a message: one line, whatever is in it. */
export function show(name: ByteString): string {
  if (name === '') return "''"
  const bytes = Buffer.from(name, 'latin1')
  const text = isUtf8(bytes)
    ? bytes.toString()
    : name.replace(/[\x80-\xff]/g, (byte) => `\\x${hex(byte)}`)
  return text.replace(UNPRINTABLE, escaped)
}

/** The name for JSON, which has no bytes: if it is not UTF-8, `pathBase64` is the exact one. */
export function toJson(name: ByteString): { path: string; pathBase64?: string } {
  if (!NOT_ASCII.test(name)) return { path: name }
  const bytes = Buffer.from(name, 'latin1')
  const path = bytes.toString()
  return isUtf8(bytes) ? { path } : { path, pathBase64: bytes.toString('base64') }
}

/** The bytes of the last arguments of this process. Node gives them as text, with losses. */
export function argumentBytes(args: readonly string[]): ByteString[] {
  if (!args.some((arg) => arg.includes(REPLACEMENT))) return args.map(fromText)
  // Each argument ends with a NUL, so the last piece is empty.
  const all = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1)
  return all.slice(all.length - args.length)
}

function escaped(character: string): string {
  const short = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[character]
  if (short !== undefined) return short
  return character < '\x80' ? `\\x${hex(character)}` : `\\u{${hex(character)}}`
}

function hex(character: string): string {
  return (character.codePointAt(0) as number).toString(16).padStart(2, '0')
}
