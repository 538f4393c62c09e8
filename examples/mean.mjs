// Arithmetic on values that do not exist yet. Usage: node examples/mean.mjs NUMBER...
import { Async } from 'heddle'

const numbers = process.argv.slice(2).map(Number)
if (numbers.length === 0 || numbers.some(Number.isNaN)) {
  console.error('Usage: node examples/mean.mjs NUMBER...')
  process.exit(2)
}

// Nothing is computed on this thread: it only writes down what is to be done.
let sum = new Async(0)
let squares = new Async(0)
for (const number of numbers) {
  const value = new Async(number)
  sum = sum.add(value)
  squares = squares.add(value.mul(value))
}
const mean = sum.div(numbers.length)
const variance = squares.div(numbers.length).sub(mean.mul(mean))

console.log('mean', await mean)
console.log('variance', await variance)
