// What is measured: groups of cells, of which the cells of a group take turns.
//
// A cell is a method with a language and a depth: how many operations are in flight at once.

/** What the program of C++ calls its methods, and what they are called in tables. */
const NATIVE = {
  pread: 'pread',
  thread: 'a thread',
  threads: 'pool of 4 threads',
  mmap: 'mmap',
  'mmap+random': 'mmap, MADV_RANDOM',
  'mmap+populate': 'mmap, MAP_POPULATE',
  ring: 'io_uring',
  'ring+async': 'io_uring, IOSQE_ASYNC',
  'ring+fixed': 'io_uring, fixed',
  'ring+defer': 'io_uring, DEFER_TASKRUN',
  'ring+defer+fixed': 'io_uring, DEFER_TASKRUN, fixed',
  'ring+sqpoll': 'io_uring, SQPOLL',
  sync: 'open, read, close',
}

const KIB = 1024
const MIB = 1024 * KIB

/** How much of everything there is, in a full run and in one that is a test. */
export const SIZES = {
  full: {
    rounds: 5,
    fileBytes: 1024 * MIB,
    loadBytes: 256 * MIB,
    small: 10_000,
    depths: { random: [1, 4, 16, 64, 256], sequential: [1, 4, 16] },
    timeMs: 300,
    frames: 300,
    timers: 300,
  },
  tiny: {
    rounds: 1,
    fileBytes: 4 * MIB,
    loadBytes: 4 * MIB,
    small: 60,
    depths: { random: [1, 4], sequential: [1] },
    timeMs: 4,
    frames: 5,
    timers: 5,
  },
}

export const STATES = ['hot', 'cold', 'direct']
/** Files that are read at once, of many small ones. */
const SMALL_DEPTH = 64
/** Parts of a load that are on their way at once. */
const LOAD_DEPTH = 4
export const FRAME_US = 500

const native = (method, more = {}) => ({
  language: 'C++',
  method,
  name: NATIVE[method],
  ...more,
})
const javascript = (method, more = {}) => ({
  language: 'JavaScript',
  method,
  name: method,
  ...more,
})

const PARTS = ['fs.read', 'FileHandle.read', 'heddle File.read'].map((method) => javascript(method))

/** Methods that have nothing in flight beside what they do. */
function oneByOne(state) {
  const maps = state === 'direct' ? [] : ['mmap', 'mmap+random', 'mmap+populate']
  return [...['pread', ...maps].map((method) => native(method)), javascript('fs.readSync')]
}

function readsGroup(order, state, depth) {
  const last = order === 'random' ? 'ring+fixed' : 'ring+async'
  const rings = ['ring', last, 'ring+defer', 'ring+defer+fixed', 'ring+sqpoll']
  const cells = [...[...rings, 'threads'].map((method) => native(method)), ...PARTS]
  if (depth === 1) cells.unshift(...oneByOne(state))
  if (order === 'random' && state === 'direct' && depth === 64) {
    cells.push({ language: 'fio', method: 'io_uring', name: 'fio' })
  }
  const block = order === 'random' ? 4 * KIB : MIB
  const title = order === 'random' ? 'random 4 KiB' : 'sequential 1 MiB'
  return {
    name: `${title}, ${state}, depth ${depth}`,
    command: 'reads',
    file: 'large',
    options: { order, state, depth, block },
    cells,
  }
}

function smallGroup(state, count) {
  const ours = ['heddle/fs readFile', 'heddle io.readFiles']
  const theirs = ['fs.readFileSync', 'fs.readFile', 'fs.promises.readFile']
  return {
    name: `small files, ${state}`,
    command: 'small',
    file: 'small',
    options: { state, depth: SMALL_DEPTH, count },
    cells: [
      ...['sync', 'threads'].map((method) => native(method)),
      native('ring', { name: 'io_uring, chains' }),
      ...[...theirs, ...ours].map((method) => javascript(method)),
    ],
  }
}

function framesGroup(count) {
  const one = { depth: 1 }
  const direct = (cell) => ({ ...cell, state: 'direct', name: `${cell.name}, O_DIRECT` })
  const rings = ['ring', 'ring+async', 'ring+defer', 'ring+defer+fixed', 'ring+sqpoll']
  return {
    name: 'frames',
    command: 'frames',
    file: 'load',
    options: { state: 'cold', depth: LOAD_DEPTH, count, block: MIB },
    cells: [
      ...['mmap', 'mmap+random', 'mmap+populate', 'pread'].map((method) => native(method, one)),
      ...[...rings, 'thread', 'threads'].map((method) => native(method)),
      direct(native('pread', one)),
      ...['ring', 'ring+defer+fixed', 'thread'].map((method) => direct(native(method))),
      javascript('fs.readSync', one),
      ...PARTS,
      ...['fs.promises.readFile', 'heddle/fs readFile', 'heddle io.readFile, into'].map((method) =>
        javascript(method),
      ),
      ...PARTS.map(direct),
    ],
  }
}

function timersGroup(count) {
  const cells = ['setTimeout', 'heddle io.timeout'].map((method) => javascript(method))
  return { name: 'timers', command: 'timers', options: { count }, cells }
}

/** All groups, for sizes as above. */
export function groupsFor({ depths, small, frames, timers }) {
  const reads = Object.entries(depths).flatMap(([order, list]) =>
    STATES.flatMap((state) => list.map((depth) => readsGroup(order, state, depth))),
  )
  const files = ['hot', 'cold'].map((state) => smallGroup(state, small))
  return [...reads, ...files, framesGroup(frames), timersGroup(timers)]
}
