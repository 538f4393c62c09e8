// How many independent tasks a second does OpenMP run that one of its threads makes?
#include "problems/jobs.h"

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_problem<Jobs>(argc, argv, kOpenMp, pool, [](Jobs& problem) {
    Jobs* const jobs = &problem;
    for (std::size_t i = 0; i < problem.done.size(); ++i) {
#pragma omp task firstprivate(jobs, i)
      jobs->run(i);
    }
#pragma omp taskwait
    return true;
  });
}
