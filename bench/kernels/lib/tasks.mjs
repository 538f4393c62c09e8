// What the peers' workers can do. Each has it loaded in its own way.
export function empty() {}

/** The roots of a part of `from`, doubled, into `into`: both on shared memory. */
export function map({ from, into, begin, end }) {
  for (let i = begin; i < end; ++i) into[i] = Math.sqrt(from[i]) * 2
}
