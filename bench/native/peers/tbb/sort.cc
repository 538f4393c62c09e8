// How long does oneTBB's parallel_sort() take?
#include "problems/sort.h"

#include <oneapi/tbb/parallel_sort.h>

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Sort>(argc, argv, kTbb, pool, [](task_group_context&, Sort& problem) {
    oneapi::tbb::parallel_sort(problem.numbers.begin(), problem.numbers.end());
    return true;
  });
}
