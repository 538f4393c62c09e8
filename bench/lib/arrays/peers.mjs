// The processes that arrays.bench.mjs takes turns with: C loops, and numpy where it is installed.
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { root, succeeds } from '../../../scripts/tools.mjs'

const SOURCES = join(root, 'bench/native/peers/c')
const OUT = join(root, 'out/bench/c')
const COMPILER = process.env.CC ?? 'cc'
const FLAGS = ['-std=gnu11', '-Wall', '-Wextra', '-O3', '-march=native', '-fopenmp']
const NUMPY = join(root, 'bench/lib/arrays/numpy-peer.py')

/** A process that runs an operation when it is asked to, and says how long it took. */
class Peer {
  #child
  #answers

  constructor(command, args, env = {}) {
    this.#child = spawn(command, args, {
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    this.#child.on('error', () => {}) // Then there are no answers.
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Milliseconds a pass, and the last one's result. */
  async ask(operation, threads, passes) {
    this.#child.stdin.write(`${operation} ${threads} ${passes}\n`)
    const { value, done } = await this.#answers.next()
    if (done) throw new Error(`${this.#child.spawnargs.join(' ')} ended`)
    const [nanoseconds, result] = value.split(' ').map(Number)
    return { ms: nanoseconds / 1e6, result }
  }

  end() {
    this.#child.stdin.end()
  }
}

/** Compiles the C loops. Returns the program, and what it was compiled with. */
export function compileLoops() {
  mkdirSync(OUT, { recursive: true })
  const compile = (...args) => execFileSync(COMPILER, [...FLAGS, ...args], { cwd: SOURCES })
  const orders = { strict_loops: [], free_loops: ['-ffast-math'] }
  const objects = Object.entries(orders).map(([name, flags]) => {
    const object = join(OUT, `${name}.o`)
    compile(...flags, `-DLOOPS=${name}`, '-c', 'loops.c', '-o', object)
    return object
  })
  const program = join(OUT, 'arrays')
  compile('arrays.c', ...objects, '-o', program)
  const version = execFileSync(COMPILER, ['--version'], { encoding: 'utf8' }).split('\n')[0]
  return { program, compiler: `${version}, -O3 -march=native` }
}

/** The version of the numpy that is installed, if one is. */
export function numpyVersion() {
  if (!succeeds('python3', ['-c', 'import numpy'])) return undefined
  const print = 'import numpy; print(numpy.__version__)'
  return execFileSync('python3', ['-c', print], { encoding: 'utf8' }).trim()
}

/** Starts the peers for arrays of `n` numbers. */
export function startPeers(program, n, threads, hasNumpy) {
  const passive = {
    OMP_WAIT_POLICY: 'passive', // Else they spin when it is our turn.
    OMP_PROC_BIND: `${threads > 1}`, // Else two that wake may stay on one processor.
  }
  const peers = {
    c: new Peer(program, [`${n}`, 'huge'], passive),
    small: new Peer(program, [`${n}`, 'small'], passive),
  }
  if (!hasNumpy) return peers
  const env = { OPENBLAS_NUM_THREADS: '1' } // Others would spin when it is our turn.
  return { ...peers, numpy: new Peer('python3', [NUMPY, `${n}`], env) }
}
