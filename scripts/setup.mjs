// Makes a fresh Debian machine ready: the packages that a build needs, and node_modules. Says
// nothing when there is nothing to do, and then needs no network. Uses nothing but Node, which is
// all there is at first.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'

import { Failure, must, root, run, succeeds } from './tools.mjs'

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
/** Software that stands in for a GPU. Tests that have none are skipped, and say so. */
const GPU = {
  'chromium-common': () => existsSync('/usr/lib/chromium/libvk_swiftshader.so'), // For WebGPU.
  libvulkan1: () => hasLibrary('libvulkan.so.1'),
  'ocl-icd-opencl-dev': () => compiles('#include <CL/cl.h>\n') && hasLibrary('libOpenCL.so.1'),
  'pocl-opencl-icd': hasOpenCl,
}

/** For apt-get. */
const env = { DEBIAN_FRONTEND: 'noninteractive' }

/** Installs what is missing, or says which one command does. */
export function setup({ tests = false } = {}) {
  checkNode()
  setupPackages(tests ? { ...BUILD, ...TEST } : BUILD)
  if (tests) setupGpu()
  setupModules()
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 4)) return
  throw new Failure(`heddle needs Node 20.4 or newer: this is ${process.version}`)
}

function setupPackages(probes) {
  const packages = missingOf(probes)
  if (packages.length === 0) return
  if (!succeeds('apt-get', ['--version'])) {
    throw new Failure(`please install what Debian calls ${packages.join(', ')}`)
  }
  if (process.getuid() !== 0) {
    const command = `apt-get ${installing(packages).join(' ')}`
    throw new Failure(`some Debian packages are missing. Please type\n  sudo ${command}`)
  }
  console.log(`heddle: installing ${packages.join(' ')}`)
  must('apt-get', ['update', '-q'], { env })
  must('apt-get', ['-q', ...installing(packages)], { env })
  const still = missingOf(probes)
  if (still.length > 0) throw new Failure(`${still.join(', ')} installed, and still not usable`)
}

/** Those that can be had: nothing else depends on them. */
function setupGpu() {
  const packages = missingOf(GPU)
  if (packages.length === 0) return
  if (process.getuid() === 0 && succeeds('apt-get', ['--version'])) {
    console.log(`heddle: installing ${packages.join(' ')}`)
    run('apt-get', ['update', '-q'], { env })
    for (const each of packages) run('apt-get', ['-q', ...installing([each])], { env })
  }
  const still = missingOf(GPU).join(' ')
  if (still) console.log(`heddle: tests are skipped that need what Debian calls ${still}`)
}

function missingOf(probes) {
  return Object.keys(probes).filter((name) => !probes[name]())
}

function installing(packages) {
  return ['install', '-y', '--no-install-recommends', ...packages]
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

function hasLibrary(name) {
  return succeeds('sh', ['-c', `/sbin/ldconfig -p | grep -qF ${name}`])
}

/** Whether OpenCL's loader would find a driver, whoever's it is. */
function hasOpenCl() {
  const folder = '/etc/OpenCL/vendors'
  return existsSync(folder) && readdirSync(folder).length > 0
}

function hasArchive(name) {
  return isAbsolute(execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim())
}
