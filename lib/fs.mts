/** `import` from 'heddle/fs': the same functions that `require` gives. */
import fs from './fs.js'

export * from './fs.js'
export default fs.default
