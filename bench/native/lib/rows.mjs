// What is measured: for every row of the table of floors, the programs that are run in turn.
//
// A cell is a program with its arguments, and what it stands for. With 0 workers a program runs its
// serial code.

/**
 * What OpenMP is told. Threads are free to move, as everybody's are. For tasks, gcc's waiting
 * threads had better sleep and clang's had better spin: the other way round they take up to five
 * times as long.
 */
const GCC_TASKS = { OMP_PROC_BIND: 'false', OMP_WAIT_POLICY: 'passive' }
const CLANG_TASKS = { OMP_PROC_BIND: 'false', OMP_WAIT_POLICY: 'active' }
const LOOPS = { OMP_PROC_BIND: 'false', OMP_WAIT_POLICY: 'active' }

/** Who takes part, and whose program has the serial code of the same compiler. */
export const TEAMS = {
  Heddle: { folder: 'heddle', serial: 'Heddle' },
  oneTBB: { folder: 'tbb', serial: 'Heddle' },
  rayon: { folder: 'rayon', serial: 'rayon' },
  'OpenMP, gcc': { folder: 'gomp', serial: 'Heddle', env: GCC_TASKS },
  'OpenMP, clang': { folder: 'libomp', serial: 'OpenMP, clang', env: CLANG_TASKS },
}

/**
 * One problem by every team, with 1 and with 2 workers, and serially. `sizes`: a smaller one for a
 * team that would take too long. Its times are held against the serial code's at the same size.
 */
function contest({ name, problem, unit, sizes = {}, mode, share }) {
  const cells = []
  const add = (by, workers, size) => {
    const isThere = (cell) => cell.by === by && cell.workers === workers && cell.size === size
    if (cells.some(isThere)) return
    const { folder, env } = TEAMS[by]
    const options = { workers, size, mode }
    cells.push({ by, ...options, program: `${folder}/${problem}`, args: args(options), env })
  }
  for (const [by, { serial }] of Object.entries(TEAMS)) {
    const size = sizes[by]
    add('Heddle', 0, size)
    add(serial, 0, size)
    add(by, 1, size)
    add(by, 2, size)
  }
  return { name, unit, cells, share }
}

/** { workers: 2, mode: undefined } is --workers 2. */
function args(options) {
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  return given.flatMap(([name, value]) => [`--${name}`, String(value)])
}

/** A cell of a case: `as` is what it is called there. */
function cell(as, program, options = {}, env = undefined) {
  return { by: as, ...options, program, args: args(options), env }
}

/** Which is faster at the same work? */
export const CONTESTS = [
  contest({
    name: 'fib',
    problem: 'fib',
    unit: 'fork',
    sizes: { oneTBB: 32, rayon: 35, 'OpenMP, gcc': 31, 'OpenMP, clang': 29 },
  }),
  contest({
    name: 'n-queens 13',
    problem: 'queens',
    unit: 'node',
    sizes: { oneTBB: 12, rayon: 12, 'OpenMP, gcc': 11, 'OpenMP, clang': 11 },
  }),
  contest({ name: 'UTS T1', problem: 'uts', unit: 'node', mode: 't1' }),
  contest({ name: 'UTS T3', problem: 'uts', unit: 'node', mode: 't3' }),
  contest({ name: 'sort 10 M u32', problem: 'sort', unit: 'number' }),
  // So near to each other that nine runs do not tell who is ahead.
  contest({ name: 'matmul 1024', problem: 'matmul', unit: 'leaf', share: 3 }),
]

const workers = 2

/** How far is it from a bound? `share` of the runs are enough where each alternates by itself. */
export const CASES = [
  {
    name: 'fib at plain -O2',
    cells: [
      cell('serial', 'heddle/fib_default', { workers: 0 }),
      cell('Heddle', 'heddle/fib_default', { workers: 1 }),
    ],
  },
  {
    name: 'fib by two',
    cells: [
      cell('1 worker', 'heddle/fib', { workers: 1 }),
      cell('2 workers', 'heddle/fib', { workers }),
      cell('a thread', 'heddle/fib', { workers: 1, mode: 'bare' }),
      cell('two threads', 'heddle/fib', { workers, mode: 'bare' }),
    ],
  },
  {
    name: 'long leaf',
    cells: [
      cell('Heddle', 'heddle/leaf', { workers }),
      cell('Heddle, busy thief', 'heddle/leaf', { workers, mode: 'busy' }),
      cell('oneTBB', 'tbb/leaf', { workers }),
      cell('rayon', 'rayon/leaf', { workers }),
      cell('OpenMP, gcc', 'gomp/leaf', { workers }, GCC_TASKS),
      cell('OpenMP, clang', 'libomp/leaf', { workers }, CLANG_TASKS),
    ],
  },
  {
    name: 'switch',
    share: 1 / 3,
    cells: [cell('Heddle', 'heddle/switch'), cell('Boost.Context', 'boost/switch')],
  },
  {
    name: 'fiber',
    share: 1 / 3,
    cells: [cell('Heddle', 'heddle/fiber'), cell('Boost.Fiber', 'boost/fiber')],
  },
  { name: 'plain loop', share: 1 / 3, cells: [cell('Heddle', 'heddle/loop')] },
  {
    name: 'skewed loop',
    cells: [
      cell('1 worker', 'heddle/skew', { workers: 1 }),
      cell('Heddle', 'heddle/skew', { workers }),
      cell('oneTBB, auto', 'tbb/skew', { workers, mode: 'auto' }),
      cell('oneTBB, static', 'tbb/skew', { workers, mode: 'static' }),
      cell('rayon', 'rayon/skew', { workers }),
      cell('OpenMP, gcc, static', 'gomp/skew', { workers, mode: 'static' }, LOOPS),
      cell('OpenMP, gcc, guided', 'gomp/skew', { workers, mode: 'guided' }, LOOPS),
      cell('OpenMP, clang, static', 'libomp/skew', { workers, mode: 'static' }, LOOPS),
      cell('OpenMP, clang, guided', 'libomp/skew', { workers, mode: 'guided' }, LOOPS),
    ],
  },
  {
    name: 'tiny loops',
    cells: [
      cell('serial', 'heddle/tiny', { workers: 0 }),
      cell('Heddle', 'heddle/tiny', { workers }),
      cell('oneTBB, auto', 'tbb/tiny', { workers, mode: 'auto' }),
      cell('oneTBB, static', 'tbb/tiny', { workers, mode: 'static' }),
      cell('rayon', 'rayon/tiny', { workers }),
      cell('OpenMP, gcc', 'gomp/tiny', { workers }, LOOPS),
      cell('OpenMP, clang', 'libomp/tiny', { workers }, LOOPS),
    ],
  },
  {
    name: 'wake',
    cells: [
      cell('Heddle', 'heddle/wake', { mode: 'apart' }),
      cell('oneTBB', 'tbb/wake', { mode: 'apart' }),
      cell('rayon', 'rayon/wake', { mode: 'apart' }),
      cell('Heddle, free', 'heddle/wake', { mode: 'free' }),
      cell('oneTBB, free', 'tbb/wake', { mode: 'free' }),
      cell('rayon, free', 'rayon/wake', { mode: 'free' }),
    ],
  },
  {
    name: 'jobs',
    cells: [
      cell('Heddle', 'heddle/jobs', { workers }),
      cell('oneTBB', 'tbb/jobs', { workers }),
      cell('rayon', 'rayon/jobs', { workers }),
      cell('OpenMP, gcc', 'gomp/jobs', { workers }, GCC_TASKS),
      cell('OpenMP, clang', 'libomp/jobs', { workers }, CLANG_TASKS),
    ],
  },
]
