// Are OpenMP's tasks stolen while their parent is in a long leaf?
#include "problems/leaf.h"

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  bool const is_busy = parse_arguments(argc, argv).mode == "busy";
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_problem<Leaf>(argc, argv, kOpenMp, pool, [&](Leaf& problem) {
    Leaf* const leaf = &problem;
    if (is_busy) {
#pragma omp task firstprivate(leaf)
      leaf->keep_busy();
      leaf->await_thief();
    }
    for (int i = 0; i < Leaf::kChildren; ++i) {
#pragma omp task firstprivate(leaf)
      leaf->work();
    }
    leaf->work_inline();
#pragma omp taskwait
    return true;
  });
}
