// What do a fork and a join cost in oneTBB? A parallel_invoke() a call.
#include "problems/fib.h"

#include <oneapi/tbb/parallel_invoke.h>

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

static long fork_fib(task_group_context& context, int n) {
  if (n < 2) return n;
  long a = 0, b = 0;
  oneapi::tbb::parallel_invoke([&, n] { a = fork_fib(context, n - 1); },
                               [&, n] { b = fork_fib(context, n - 2); }, context);
  return a + b;
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Fib>(argc, argv, kTbb, pool,
                            [](task_group_context& context, Fib const& fib) {
                              return fork_fib(context, fib.n);
                            });
}
