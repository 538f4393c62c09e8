// How long does OpenMP take for a loop of a thousand tiny iterations?
#include "problems/loops.h"

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) {
    omp_set_num_threads(int(workers));
    body();
  };
  return solve_problem<TinyLoops>(argc, argv, kOpenMp, pool, [](TinyLoops& problem) {
    for (long loop = 0; loop < problem.loops; ++loop) {
#pragma omp parallel for schedule(static)
      for (std::size_t i = 0; i < TinyLoops::kIterations; ++i) problem.step(i);
    }
    return true;
  });
}
