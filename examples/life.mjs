// A thousand generations of Conway's game of life, on a board whose edges meet: each generation is
// a dispatch over blocks of rows. Usage: node examples/life.mjs [SIZE [GENERATIONS [FILE]]]
import { writeFileSync } from 'node:fs'

import { kernel, Scheduler } from 'heddle'

import { png } from './support/png.mjs'
import { race, sameBytes, threads } from './support/race.mjs'

const size = Number(process.argv[2] ?? 512)
const generations = Number(process.argv[3] ?? 1000)
const file = process.argv[4]
const ROWS = 16

/** Writes one block of rows of the next generation. */
function step(_, block, { from, to, size, rows }) {
  block |= 0 // It has come as a double; with an integer this is twice as fast.
  const end = Math.min(size, rows * (block + 1))
  for (let y = rows * block; y < end; ++y) {
    const here = y * size
    const above = y === 0 ? (size - 1) * size : here - size
    const below = y === size - 1 ? 0 : here + size
    // Columns of three cells: those on the left, in the middle and on the right.
    let left = from[above + size - 1] + from[here + size - 1] + from[below + size - 1]
    let middle = from[above] + from[here] + from[below]
    for (let x = 0; x < size; ++x) {
      const next = x === size - 1 ? 0 : x + 1
      const right = from[above + next] + from[here + next] + from[below + next]
      const alive = left + middle + right
      to[here + x] = alive === 3 || (alive === 4 && from[here + x] === 1) ? 1 : 0
      left = middle
      middle = right
    }
  }
}

/** Two boards: the first has the R-pentomino in its middle, and a glider that passes it by. */
function boards() {
  const [board, other] = [0, 0].map(() => new Uint8Array(new SharedArrayBuffer(size * size)))
  const middle = size >> 1
  draw(board, middle, middle, ['.##', '##.', '.#.'])
  draw(board, middle, 1, ['.#.', '..#', '###'])
  return [board, other]
}

function draw(board, left, top, rows) {
  for (const [y, row] of rows.entries()) {
    for (const [x, cell] of [...row].entries()) {
      if (cell === '#') board[(top + y) * size + left + x] = 1
    }
  }
}

const stepKernel = kernel(step)
const blocks = Math.ceil(size / ROWS)
const scheduler = new Scheduler(threads)

async function onAll() {
  let [from, to] = boards()
  for (let i = 0; i < generations; ++i) {
    await scheduler.dispatch(stepKernel, blocks, { from, to, size, rows: ROWS })
    ;[from, to] = [to, from]
  }
  return from
}

function onOne() {
  let [from, to] = boards()
  for (let i = 0; i < generations; ++i) {
    for (let block = 0; block < blocks; ++block) {
      step(undefined, block, { from, to, size, rows: ROWS })
    }
    ;[from, to] = [to, from]
  }
  return from
}

const job = `${generations} generations of life, ${size} by ${size}`
const board = await race(job, scheduler, { onAll, onOne }, sameBytes)
console.log(`${board.reduce((sum, cell) => sum + cell)} cells are alive`)
if (file !== undefined)
  writeFileSync(
    file,
    png(
      board.map((cell) => 255 * cell),
      size,
      size,
    ),
  )
scheduler[Symbol.dispose]()
