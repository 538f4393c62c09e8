/**
 * The parts of the kernels' machinery that are compiled anew for each kernel, as source text: one
 * class for all of them would see every function there is, and be several times slower.
 *
 * `I` and `F` are an isolate's task stack as Int32s and Float64s; `functions` has every function
 * that may be forked by its number; `slow` what happens once in a while. Fork and join are those of
 * `native/sched/split_deque.h` by plain loads and stores: no engine carries such a load across a
 * call, and whatever has to be seen by others is done in native code.
 */
import { DEQUE, TASK } from './task-layout.js'

const WORD = 4
const HEAD = DEQUE.head / WORD
const FORK_LIMIT = DEQUE.forkLimit / WORD
const JOIN_LIMIT = DEQUE.joinLimit / WORD
/** From a record's first word to its first number, in doubles; records begin at whole ones. */
const PAYLOAD = TASK.payload / 8

/** The numbers that a function can be forked with. */
export const ARGUMENTS_MAX = TASK.payloadBytes / 8

/**
 * Calls a function with `count` numbers of F: with integers, where all of them are. What is read
 * from memory is a double, and all that a function computes of one is computed in doubles, as long
 * as it lives. Two calls, so that what is always an integer is known to be one.
 */
function callWith(count: number): string {
  const all = (each: (i: number) => string) => Array.from({ length: count }, (_, i) => each(i))
  const name = (i: number) => 'abcde'[i] as string
  return `{
        const ${all((i) => `${name(i)} = F[n + ${i}]`).join(', ')}
        result = ${all((i) => `isInt(${name(i)})`).join(' && ')}
          ? f(${['this', ...all((i) => `${name(i)} | 0`)].join(', ')})
          : f(${['this', ...all(name)].join(', ')})
        break
      }`
}

/** Not -0. */
const IS_INT = '(x) => (x | 0) === x && (x !== 0 || 1 / x > 0)'

/** `functions[...](this, numbers...)`, with as many as the record at word `at` has. */
const CALL = `
      const n = at / 2 + ${PAYLOAD}
      const f = functions[I[at]]
      switch (I[at + 1]) {
        case 0: result = f(this); break
        case 1: ${callWith(1)}
        case 2: ${callWith(2)}
        case 3: ${callWith(3)}
        case 4: ${callWith(4)}
        default: ${callWith(5)}
      }`

/** A function from what it uses to a class that extends `Base`. */
export const CONTEXT = `((isInt) => (I, F, functions, slow, Base) =>
class KernelContext extends Base {
  fork(f, a, b, c, d, e) {
    const count = arguments.length - 1
    const number = f.heddleKernel
    if (functions[number] !== f || count > ${ARGUMENTS_MAX}) return slow.forkOther(this, arguments)
    const mark = I[${HEAD}]
    const at = (mark + ${DEQUE.slots}) >> 2
    const n = (at >> 1) + ${PAYLOAD}
    I[at] = number
    I[at + 1] = count
    switch (count) {
      case 0: break
      case 1: F[n] = a; break
      case 2: F[n] = a; F[n + 1] = b; break
      case 3: F[n] = a; F[n + 1] = b; F[n + 2] = c; break
      case 4: F[n] = a; F[n + 1] = b; F[n + 2] = c; F[n + 3] = d; break
      default: F[n] = a; F[n + 1] = b; F[n + 2] = c; F[n + 3] = d; F[n + 4] = e
    }
    const next = mark + ${TASK.bytes}
    I[${HEAD}] = next
    if (next > I[${FORK_LIMIT}]) slow.fork(this, mark)
  }

  join() {
    const mark = I[${HEAD}] - ${TASK.bytes}
    I[${HEAD}] = mark
    if (I[${JOIN_LIMIT}] > mark) {
      I[${HEAD}] = mark + ${TASK.bytes} // There may be no stack left.
      if (!slow.takeBack(mark)) return slow.joined()
    }
    const at = (mark + ${DEQUE.slots}) >> 2
    let result
    try {${CALL}
    } catch (error) {
      slow.unwind(mark, error)
      throw error
    }
    if (I[${HEAD}] !== mark) slow.unbalanced(mark)
    if (typeof result !== 'number') result = slow.other(result)
    return result
  }

  takeBack() {
    const mark = I[${HEAD}] - ${TASK.bytes}
    I[${HEAD}] = mark
    if (I[${JOIN_LIMIT}] <= mark) return true
    I[${HEAD}] = mark + ${TASK.bytes} // As above.
    if (slow.takeBack(mark)) return true
    this.taken = slow.joined()
    return false
  }
})(${IS_INT})`

/**
 * Functions that are made of a kernel K: how a range of indices is run. Numbers in, as everything
 * that is forked has. Halves wait to be stolen while the lower one runs, and steps adapt: see
 * `native/include/heddle/halving.h`. `pace` has the rules of `pace.h`.
 */
export const RANGE = (name: string, parameters: string, step: string) => `(K, pace) => {
  function ${name}(t, begin, end${parameters}) {
    while (begin < end) {
      if (t.shouldStop) return
      const count = end - begin
      if (count <= pace.step) {
        pace.begin(count)
        const b = t.bindings
        ${step}
        const seen = pace.end(count)
        if (seen > 0) t.step(seen)
        return
      }
      const half = begin + Math.floor(count / 2)
      t.fork(${name}, half, end${parameters})
      ${name}(t, begin, half${parameters})
      if (!t.takeBack()) {
        pace.pause()
        return
      }
      begin = half
    }
  }
  return ${name}
}`

/**
 * What was forked are doubles, and whatever is computed of a double is one: below 2³¹ indices are
 * best integers again. `of` is given what makes a number one, or nothing.
 */
const whole = (of: (int: string) => string) => `if (end < 2 ** 31) {
          ${of(' | 0')}
        } else {
          ${of('')}
        }`

/** `body` for each i of a step. */
export const EACH = (body: string) =>
  whole((int) => `for (let i = begin${int}, to = end${int}; i < to; ++i) ${body}`)

/** By name, for `made` texts. */
export const TEMPLATES: Record<string, string> = {
  range1: RANGE('range', '', EACH('K(t, i, b)')),
  range2: RANGE(
    'range',
    ', width',
    whole(
      (int) => `let y = Math.floor(begin / width)${int}
          let x = (begin - y * width)${int}
          const w = width${int}
          for (let i = begin${int}, to = end${int}; i < to; ++i) {
            K(t, x, y, b)
            if (++x === w) { x = 0; ++y }
          }`,
    ),
  ),
  range3: RANGE(
    'range',
    ', width, height',
    whole(
      (int) => `let z = Math.floor(begin / (width * height))${int}
          const rest = begin - z * width * height
          let y = Math.floor(rest / width)${int}
          let x = (rest - y * width)${int}
          const w = width${int}
          const h = height${int}
          for (let i = begin${int}, to = end${int}; i < to; ++i) {
            K(t, x, y, z, b)
            if (++x === w) {
              x = 0
              if (++y === h) { y = 0; ++z }
            }
          }`,
    ),
  ),
}
