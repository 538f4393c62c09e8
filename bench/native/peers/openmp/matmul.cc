// How long do OpenMP's tasks take to multiply matrices by dividing? A task a division.
#include "problems/matmul.h"

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

static void fork_multiply(Product product) {
  if (product.is_leaf()) return multiply_leaf(product);
  if (product.halves_sum()) {
    fork_multiply(product.half(0));
    return fork_multiply(product.half(1));
  }
#pragma omp task firstprivate(product)
  fork_multiply(product.half(0));
  fork_multiply(product.half(1));
#pragma omp taskwait
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_problem<Matmul>(argc, argv, kOpenMp, pool, [](Matmul& problem) {
    fork_multiply(problem.root());
    return true;
  });
}
