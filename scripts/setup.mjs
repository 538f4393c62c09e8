// Makes a fresh Debian machine ready: the packages that a build needs, and node_modules. Says
// nothing when there is nothing to do, and then needs no network. Uses nothing but Node, which is
// all there is at first.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

import { Failure, must, root, succeeds } from './tools.mjs'

/** Debian packages, and how to tell that what they bring is there, from wherever it came. */
const BUILD = {
  'g++': () => compiles('#include <concepts>\n'),
  make: () => succeeds('make', ['--version']),
  cmake: () => succeeds('cmake', ['--version']),
  'liburing-dev': () => compiles('#include <liburing.h>\n') && hasArchive('liburing.a'),
  'libxxhash-dev': () => compiles('#include <xxhash.h>\n'),
}
const TEST = {
  python3: () => succeeds('python3', ['--version']), // For node-gyp.
  xxhash: () => succeeds('xxhsum', ['--version']),
  graphviz: () => succeeds('dot', ['-V']),
}

/** Installs what is missing, or says which one command does. */
export function setup({ tests = false } = {}) {
  checkNode()
  setupPackages(tests ? { ...BUILD, ...TEST } : BUILD)
  setupModules()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 4)) return
  throw new Failure(`heddle needs Node 20.4 or newer: this is ${process.version}`)
}

function setupPackages(probes) {
  const missing = () => Object.keys(probes).filter((name) => !probes[name]())
  const packages = missing()
  if (packages.length === 0) return
  if (!succeeds('apt-get', ['--version'])) {
    throw new Failure(`please install what Debian calls ${packages.join(', ')}`)
  }
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  if (process.getuid() !== 0) {
    throw new Failure(
      `some Debian packages are missing. Please type\n  sudo apt-get ${install.join(' ')}`,
    )
  }
  console.log(`heddle: installing ${packages.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  must('apt-get', ['update', '-q'], { env })
  must('apt-get', ['-q', ...install], { env })
  const still = missing()
  if (still.length > 0) throw new Failure(`${still.join(', ')} installed, and still not usable`)
}

function setupModules() {
  if (modulesMatch()) return
  console.log('heddle: installing node_modules')
  // Scripts are left out: ours would build the addon, which CMake does next, and no other matters.
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = process.env.npm_execpath // Under npm, the one that runs us.
  if (npm) must(process.execPath, [npm, ...args])
  else must('npm', args)
}

/** Whether node_modules holds what package-lock.json asks for; npm notes down what it installed. */
function modulesMatch() {
  const wanted = packagesIn('package-lock.json')
  const installed = packagesIn('node_modules/.package-lock.json')
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true // Ourselves.
    return path in installed ? installed[path].version === version : optional
  })
}

function packagesIn(lock) {
  try {
    return JSON.parse(readFileSync(join(root, lock), 'utf8')).packages
  } catch (error) {
    if (error.code === 'ENOENT') return {}
    throw error
  }
}

function compiles(source) {
  return succeeds('c++', ['-std=c++20', '-fsyntax-only', '-x', 'c++', '-'], source)
}

function hasArchive(name) {
  return isAbsolute(execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim())
}
