// How much do two workers gain on a loop whose first hundredth is heavy, with no grain given?
#include "heddle/parallel_for.h"

#include "problems/loops.h"
#include "support/pool.h"
#include "support/program.h"

int main(int argc, char** argv) {
  return bench::solve_problem<bench::Skew>(argc, argv, bench::kHeddle, bench::plain_pool,
                                           [](heddle::KernelContext t, bench::Skew& skew) {
                                             heddle::parallel_for(t, std::size_t(0),
                                                                  skew.values.size(),
                                                                  [&](std::size_t i) {
                                                                    skew.step(i);
                                                                  });
                                             return true;
                                           });
}
