/** Finds the programs in documents and in TSDoc comments, and what they say they print. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { root } from '../support/program.js'

export interface Block {
  /** Where it is: file and line. */
  where: string
  language: 'js' | 'ts'
  source: string
}

/** The blocks of code in a Markdown text. `line` is the number of its first line. */
function blocksIn(file: string, text: string, line = 1): Block[] {
  return [...text.matchAll(/^```(js|ts)\n(.*?)^```$/gms)].map((match) => {
    const before = text.slice(0, match.index).split('\n').length - 1
    const language = match[1] as 'js' | 'ts'
    return { where: `${file}:${line + before}`, language, source: match[2] ?? '' }
  })
}

/** Every block in a Markdown file. */
export function blocksOfDocument(file: string): Block[] {
  return blocksIn(file, readFileSync(join(root, file), 'utf8'))
}

/** Every `@example` in the sources of lib. */
export function blocksOfLib(): Block[] {
  const files = readdirSync(join(root, 'lib'), { recursive: true, encoding: 'utf8' })
  return files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => {
      const text = readFileSync(join(root, 'lib', file), 'utf8')
      return [...text.matchAll(/^ *\/\*\*\n(?: *\*.*\n)*? *\*\/$/gm)].flatMap((comment) => {
        const plain = comment[0].replace(/^ *\*? ?/gm, '')
        const line = text.slice(0, comment.index).split('\n').length
        return plain.includes('@example') ? blocksIn(`lib/${file}`, plain, line) : []
      })
    })
}

/** What a program says that it prints: the comments behind its calls of console.log, in order. */
export function expectedIn({ source }: Block): string[] {
  return [...source.matchAll(/^.*\bconsole\.log\(.*\) \/\/ (.*)$/gm)].map((match) => match[1] ?? '')
}
