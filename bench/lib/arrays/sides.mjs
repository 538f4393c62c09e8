// What arrays.bench.mjs compares: the rows, and who computes them and how.

/** The numbers, of which all products and sums are exact, in any order. */
export function makeNumbers(n) {
  const a = new Float64Array(n)
  const b = new Float64Array(n)
  const c = new Float64Array(n)
  for (let i = 0; i < n; ++i) {
    a[i] = (i % 1021) / 8
    b[i] = (i % 1013) / 16
    c[i] = (i % 1009) / 4
  }
  return { a, b, c, product: new Float64Array(n), out: new Float64Array(n) }
}

/** Plain loops, each over arrays that are used again and again. */
export function makeLoops({ a, b, c, product, out }) {
  const n = a.length
  return {
    mul_add() {
      for (let i = 0; i < n; ++i) product[i] = a[i] * b[i]
      for (let i = 0; i < n; ++i) out[i] = product[i] + c[i]
      return out[Math.floor(n / 2)]
    },
    sum() {
      let total = 0
      for (let i = 0; i < n; ++i) total += a[i]
      return total
    },
    dot() {
      let total = 0
      for (let i = 0; i < n; ++i) total += a[i] * b[i]
      return total
    },
  }
}

/** Ours, a usage each, with `a`, `b` and `c` there before. What is not given back is dropped. */
export function makeOurs({ Async }, numbers) {
  const [a, b, c] = [numbers.a, numbers.b, numbers.c].map((array) => new Async(array))
  const middle = Math.floor(numbers.a.length / 2)
  const givenBack = async (look) => {
    const product = a.mul(b)
    const sum = product.add(c)
    const result = await look(sum)
    sum[Symbol.dispose]() // As `using` would, which Node 20 does not know.
    product[Symbol.dispose]()
    return result
  }
  const inPlace = async (sum) => (await sum)[middle]
  const byCopy = async (sum) => (await sum.slice({ start: middle, end: middle + 1 }))[0]
  return {
    givenBack: () => givenBack(byCopy),
    seenAndGivenBack: () => givenBack(inPlace),
    nothingGivenBack: () => inPlace(a.mul(b).add(c)),
    sum: () => a.sum(),
    dot: () => a.dot(b),
  }
}

/** The rows: what peers are asked for, and which usage of ours answers it. */
export const ROWS = [
  { usage: 'givenBack', operation: 'mul_add', name: '`a.mul(b).add(c)`, both given back' },
  { usage: 'seenAndGivenBack', operation: 'mul_add', name: 'the same, seen in place before' },
  { usage: 'nothingGivenBack', operation: 'mul_add', name: 'the same, nothing given back' },
  { usage: 'sum', operation: 'sum', strict: 'strict_sum', name: '`a.sum()`' },
  { usage: 'dot', operation: 'dot', strict: 'strict_dot', name: '`a.dot(b)`' },
]
