// Answers binding.gyp's questions: `node native/gyp.cjs sources|include|liburing`.
'use strict'

const { execFileSync } = require('node:child_process')
const { isAbsolute } = require('node:path')

const answers = {
  /** What to compile, relative to the package. CMakeLists.txt reads the same list. */
  sources() {
    const layers = require('./sources.json')
    return Object.values(layers)
      .flat()
      .map((source) => `native/${source}`)
      .join(' ')
  },

  /** Where node-addon-api's headers are. */
  include() {
    return require('node-addon-api').include_dir
  },

  /** The static liburing of the architecture that CC compiles for, or `none`. */
  liburing() {
    const [compiler, ...options] = (process.env.CC || 'cc').split(/\s+/)
    const path = execFileSync(compiler, [...options, '-print-file-name=liburing.a'], {
      encoding: 'utf8',
    }).trim()
    return isAbsolute(path) ? path : 'none'
  },
}

process.stdout.write(answers[process.argv[2]]())
