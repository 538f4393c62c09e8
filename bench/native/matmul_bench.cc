// How long does it take to multiply matrices by dividing, with a fork a division?
#include "problems/matmul.h"

#include "support/pool.h"
#include "support/program.h"

using bench::Product;
using heddle::KernelContext;

static void fork_multiply(KernelContext t, Product product) {
  if (product.is_leaf()) return bench::multiply_leaf(product);
  if (product.halves_sum()) {
    fork_multiply(t, product.half(0));
    return fork_multiply(t, product.half(1));
  }
  t.fork<fork_multiply>(product.half(0));
  fork_multiply(t, product.half(1));
  t.join<fork_multiply>();
}

int main(int argc, char** argv) {
  return bench::solve_problem<bench::Matmul>(argc, argv, bench::kHeddle, bench::plain_pool,
                                             [](KernelContext t, bench::Matmul& problem) {
                                               fork_multiply(t, problem.root());
                                               return true;
                                             });
}
