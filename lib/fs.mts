/** `import` from 'heddle/fs': the same functions that `require` gives. */
import fs from './fs.js'

// All names of Node's, whichever it has: those that `fs.js` passes on are not seen from here.
export * from 'node:fs/promises'
export {
  access,
  appendFile,
  copyFile,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  readFile,
  rename,
  rmdir,
  stat,
  symlink,
  unlink,
  writeFile,
} from './fs.js'
export default fs.default
