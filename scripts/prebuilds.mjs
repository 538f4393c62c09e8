// `npm run prebuilds`: builds the binaries that the package carries: this architecture's, and
// AArch64's where Debian's cross compiler is.
import { execFileSync } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

import { checkPrebuilds } from './check-glibc.mjs'
import { setup } from './setup.mjs'
import { must, root, script, succeeds } from './tools.mjs'

const CROSS_ARM64 = 'aarch64-linux-gnu-'

/** The folder above include/node, so that node-gyp need not download Node's headers. */
function headers() {
  const folders = [dirname(dirname(process.execPath)), '/usr']
  return folders.find((folder) => existsSync(join(folder, 'include/node/node_api.h')))
}

function build(arch, prefix) {
  const env = {
    CC: `${prefix}gcc`,
    CXX: `${prefix}g++`,
    AR: `${prefix}ar`,
    JOBS: String(availableParallelism()),
    npm_config_loglevel: 'warn',
  }
  const nodedir = headers()
  if (nodedir) env.npm_config_nodedir = nodedir
  else console.log(`No Node headers near ${process.execPath}: node-gyp will download them`)
  const options = [
    '--napi',
    '--tag-libc',
    '--arch',
    arch,
    '--strip',
    '--strip-bin',
    `${prefix}strip`,
  ]
  must(process.execPath, ['node_modules/prebuildify/bin.js', ...options], { env })
}

function warnWithoutUring(prefix, arch) {
  const args = ['-print-file-name=liburing.a']
  if (isAbsolute(execFileSync(`${prefix}gcc`, args, { encoding: 'utf8' }).trim())) return
  console.warn(
    [
      `The ${arch} binary is built without io_uring: its liburing.a is not here. Debian has it:`,
      `  dpkg --add-architecture ${arch} && apt-get update && apt-get install liburing-dev:${arch}`,
    ].join('\n'),
  )
}

await script(import.meta.url, () => {
  setup({ tests: true }) // They need node-gyp, too.
  rmSync(join(root, 'prebuilds'), { recursive: true, force: true })
  if (process.arch !== 'arm64' && succeeds(`${CROSS_ARM64}g++`, ['--version'])) {
    warnWithoutUring(CROSS_ARM64, 'arm64')
    build('arm64', CROSS_ARM64)
  }
  build(process.arch, '') // Last, so that what node-gyp leaves in build/ is ours.
  checkPrebuilds()
})
