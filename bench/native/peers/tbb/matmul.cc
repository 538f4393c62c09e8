// How long does oneTBB take to multiply matrices by dividing? A parallel_invoke() a division.
#include "problems/matmul.h"

#include <oneapi/tbb/parallel_invoke.h>

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

static void fork_multiply(task_group_context& context, Product product) {
  if (product.is_leaf()) return multiply_leaf(product);
  auto const first = [&] { fork_multiply(context, product.half(0)); };
  auto const second = [&] { fork_multiply(context, product.half(1)); };
  if (product.halves_sum()) {
    first();
    second();
  } else {
    oneapi::tbb::parallel_invoke(first, second, context);
  }
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Matmul>(argc, argv, kTbb, pool,
                               [](task_group_context& context, Matmul& problem) {
                                 fork_multiply(context, problem.root());
                                 return true;
                               });
}
