/**
 * The package as its users get it: packed, installed where there is no compiler and no install
 * script runs, and used by `import` and by `require`.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { checkPrebuilds, inspect, prebuilds } from '../../scripts/check-glibc.mjs'

const ENTRIES = ['napi_register_module_v1', 'node_api_module_get_api_version_v1']

/** The same program twice: a sum, and a file. */
const PROGRAM = `
  const scheduler = new Scheduler(2)
  const sum = new Async(1).add(2).getWait()
  fs.readFile('answer.txt', 'utf8').then((answer) => {
    scheduler[Symbol.dispose]()
    console.log(sum, answer)
  })
`
const IMPORT = `

  import { Async, Scheduler } from 'heddle'
  import fs from 'heddle/fs'

  ${PROGRAM}
`
const REQUIRE = `
  const { Async, Scheduler } = require('heddle')
  const fs = require('heddle/fs')
  ${PROGRAM}
`
const IDENTITY = `

  import { createRequire } from 'node:module'
  import * as imported from 'heddle'

  const required = createRequire(import.meta.url)('heddle')
  console.log(Object.keys(required).filter((name) => imported[name] !== required[name]))
`
const DARWIN = `Object.defineProperty(process, 'platform', { value: 'darwin' })`

const folder = mkdtempSync(join(tmpdir(), 'heddle-pack-'))
/** heddle, then what it depends on, so that npm has to ask nobody. */
let tarballs: string[]
/** An environment without a compiler, and without what npm told us. */
let env: NodeJS.ProcessEnv

beforeAll(() => {
  if (areStale()) execFileSync('npm', ['run', 'prebuilds'], { stdio: 'inherit' })
  env = { PATH: bareTools(), HOME: folder, npm_config_update_notifier: 'false' }
  const dependencies = Object.keys(JSON.parse(readFileSync('package.json', 'utf8')).dependencies)
  tarballs = ['.', ...dependencies.map((name) => `./node_modules/${name}`)].map(pack)
}, 1_200_000)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

/** Whether a source is newer than a prebuilt binary, or there is none for this machine. */
function areStale(): boolean {
  if (!existsSync(`prebuilds/linux-${process.arch}`)) return true
  const oldest = Math.min(...prebuilds().map((file) => statSync(file).mtimeMs))
  const sources = readdirSync('native', { recursive: true, encoding: 'utf8' })
    .map((path) => join('native', path))
    .filter((path) => statSync(path).isFile())
  return ['binding.gyp', ...sources].some((path) => statSync(path).mtimeMs > oldest)
}

/** A folder for PATH that holds node, npm, and the least that npm needs. */
function bareTools(): string {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const tool of ['node', 'npm', 'sh', 'env']) {
    const found = execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim()
    symlinkSync(realpathSync(found), join(bin, tool))
  }
  return bin
}

function pack(path: string): string {
  const options = ['--json', '--ignore-scripts', '--pack-destination', folder]
  const output = execFileSync('npm', ['pack', path, ...options], { encoding: 'utf8' })
  return join(folder, JSON.parse(output)[0].filename)
}

/** Installs the package in an empty folder. Returns it. */
function install(name: string, options: string[], extra: NodeJS.ProcessEnv = {}): string {
  const app = join(folder, name)
  mkdirSync(app)
  writeFileSync(join(app, 'package.json'), '{}')
  writeFileSync(join(app, 'answer.txt'), 'forty-two')
  const args = ['install', '--offline', '--no-audit', '--no-fund', ...options, ...tarballs]
  execFileSync('npm', args, { cwd: app, env: { ...env, ...extra } })
  return app
}

function node(app: string, file: string, program: string): string {
  writeFileSync(join(app, file), program)
  return execFileSync('node', [file], { cwd: app, env, encoding: 'utf8' }).trim()
}

describe('installed without a compiler and without scripts', () => {
  let app: string

  beforeAll(() => {
    app = install('app', ['--ignore-scripts'])
  })

  test('a program with import computes and reads a file', () => {
    expect(node(app, 'main.mjs', IMPORT)).toBe('3 forty-two')
  })

  test('a program with require computes and reads a file', () => {
    expect(node(app, 'main.cjs', REQUIRE)).toBe('3 forty-two')
  })

  test('import and require give the same classes', () => {
    expect(node(app, 'identity.mjs', IDENTITY)).toBe('[]')
  })

  test('carries what a build from source takes', () => {
    const carried = (path: string) => existsSync(join(app, 'node_modules/heddle', path))
    const layers: Record<string, string[]> = JSON.parse(readFileSync('native/sources.json', 'utf8'))
    const sources = Object.values(layers).flat()
    const needed = [
      'binding.gyp',
      'scripts/install.cjs',
      ...sources.map((path) => `native/${path}`),
    ]
    expect(needed.filter((path) => !carried(path))).toEqual([])
  })
})

describe('installed on another operating system, scripts and all', () => {
  test('builds nothing, and says that it needs Linux', () => {
    const darwin = join(folder, 'darwin.cjs')
    writeFileSync(darwin, DARWIN)
    const app = install('mac', [], { NODE_OPTIONS: `--require=${darwin}` })
    expect(existsSync(join(app, 'node_modules/heddle/build'))).toBe(false)
    writeFileSync(join(app, 'main.mjs'), "import 'heddle'")
    const { status, stderr } = spawnSync('node', ['--require', darwin, 'main.mjs'], {
      cwd: app,
      env,
    })
    expect(status).toBe(1)
    expect(String(stderr)).toMatch(/Error: heddle needs Linux .*: this is darwin-\w+$/m)
  })
})

describe('the tarball', () => {
  test('satisfies publint', () => {
    execFileSync('node_modules/.bin/publint', ['run', tarballs[0] ?? '', '--strict'])
  })

  test('has types that are right for import and require', () => {
    execFileSync('node_modules/.bin/attw', [tarballs[0] ?? '', '--profile', 'node16'])
  })
})

describe('every prebuilt binary', () => {
  test("needs glibc 2.28 at most, and none but glibc's libraries", () => {
    checkPrebuilds()
  })

  test('shows nothing but its entry', () => {
    for (const file of prebuilds()) expect(inspect(file).exports.sort()).toEqual(ENTRIES)
  })

  test('has a stack that cannot be executed', () => {
    for (const file of prebuilds()) expect(inspect(file).hasExecutableStack).toBe(false)
  })
})
