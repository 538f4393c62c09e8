// How long does heddle::sort() take for random numbers?
#include "heddle/sort.h"

#include "problems/sort.h"
#include "support/pool.h"
#include "support/program.h"

int main(int argc, char** argv) {
  return bench::solve_problem<bench::Sort>(argc, argv, bench::kHeddle, bench::plain_pool,
                                           [](heddle::KernelContext t, bench::Sort& problem) {
                                             heddle::sort(t, problem.numbers.begin(),
                                                          problem.numbers.end());
                                             return true;
                                           });
}
