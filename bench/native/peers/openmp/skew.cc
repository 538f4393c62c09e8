// Does OpenMP balance a loop that is heavy at its start? --mode static, guided or dynamic.
#include "problems/loops.h"

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  std::string const mode = parse_arguments(argc, argv).mode;
  auto const pool = [&](unsigned workers, auto const& body) {
    omp_set_num_threads(int(workers));
    omp_set_schedule(mode == "guided"    ? omp_sched_guided
                     : mode == "dynamic" ? omp_sched_dynamic
                                         : omp_sched_static,
                     0);
    body();
  };
  return solve_problem<Skew>(argc, argv, kOpenMp, pool, [](Skew& problem) {
    std::size_t const end = problem.values.size();
#pragma omp parallel for schedule(runtime)
    for (std::size_t i = 0; i < end; ++i) problem.step(i);
    return true;
  });
}
