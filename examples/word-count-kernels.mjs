// Counts words in a part of a text: the module that word-count.mjs has its kernel from.

/** By its byte, each in lower case. */
const LETTERS = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte).toLowerCase())

/**
 * How often each word occurs that begins in the bytes from `begin` to `end - 1` of `text`: the
 * whole word, also where it ends beyond them. Words are of letters from a to z.
 *
 * @returns {Map<string, number>} of lower case
 */
export function countWords(_, text, begin, end) {
  const counts = new Map()
  let at = begin
  // What goes on here has begun in the part before.
  if (at > 0 && isLetter(text[at - 1])) while (at < end && isLetter(text[at])) ++at
  while (true) {
    while (at < end && !isLetter(text[at])) ++at
    if (at >= end) return counts
    let word = ''
    for (; at < text.length && isLetter(text[at]); ++at) word += LETTERS[text[at]]
    counts.set(word, (counts.get(word) ?? 0) + 1)
  }
}

function isLetter(byte) {
  const lower = byte | 32
  return lower >= 97 && lower <= 122
}
