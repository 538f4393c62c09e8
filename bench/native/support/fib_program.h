#pragma once
// The main() of the fib programs, which differ in how they are compiled.

#include "problems/fib.h"
#include "support/pool.h"
#include "support/program.h"

namespace bench {

[[gnu::noinline, gnu::aligned(64)]] inline long fork_fib(heddle::KernelContext t, int n) {
  if (n < 2) return n;
  t.fork<fork_fib>(n - 1);
  long const b = fork_fib(t, n - 2);
  return t.join<fork_fib>() + b;
}

inline int solve_fib(int argc, char** argv) {
  auto const solve = [](heddle::KernelContext t, Fib const& fib) { return fork_fib(t, fib.n); };
  return solve_problem<Fib>(argc, argv, kHeddle, plain_pool, solve);
}

}  // namespace bench
