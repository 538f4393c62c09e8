// What do a fork and a join cost in OpenMP? A task and a taskwait a call.
#include "problems/fib.h"

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

static long fork_fib(int n) {
  if (n < 2) return n;
  long a = 0;
#pragma omp task shared(a)
  a = fork_fib(n - 1);
  long const b = fork_fib(n - 2);
#pragma omp taskwait
  return a + b;
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_problem<Fib>(argc, argv, kOpenMp, pool,
                            [](Fib const& problem) { return fork_fib(problem.n); });
}
