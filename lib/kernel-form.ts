/**
 * What is told about a function that isolates run: a text in JSON, and the number that native code
 * gives it. The same everywhere in the process.
 */
import { native } from './native.js'

export type Form =
  /** A function's text, with what it was given to use: texts of functions, or clones in base64. */
  | {
      readonly is: 'text'
      readonly name: string
      readonly expression: string
      readonly isGenerator: boolean
      readonly uses: Readonly<Record<string, Use>>
    }
  /** One of the functions that a kernel was given. */
  | { readonly is: 'use'; readonly of: number; readonly name: string }
  /** An export of a module. */
  | { readonly is: 'module'; readonly url: string; readonly name: string }
  /** A function made of another one by a template, anew for each list of types behind its name. */
  | { readonly is: 'made'; readonly template: string; readonly of: number }
  /** Gives its argument: what was run already. */
  | { readonly is: 'ready' }

export type Use =
  | { readonly expression: string }
  | { readonly kernel: number }
  | { readonly clone: string }

const numbers = new Map<string, number>()
const forms = new Map<number, Form>()

/** The number of a form. */
export function numberOf(form: Form): number {
  const text = JSON.stringify(form)
  const known = numbers.get(text)
  if (known !== undefined) return known
  const number = native.intern(text)
  numbers.set(text, number)
  forms.set(number, form)
  return number
}

/** The form of a number that was given, on whatever thread. */
export function formOf(number: number): Form {
  const known = forms.get(number)
  if (known !== undefined) return known
  const form = JSON.parse(native.interned(number)) as Form
  forms.set(number, form)
  return form
}

/** As it is called in messages. */
export function nameOf(number: number): string {
  const form = formOf(number)
  if (form.is === 'ready') return ''
  if (form.is === 'made') return nameOf(form.of)
  return form.name === '' ? 'anonymous' : form.name
}
