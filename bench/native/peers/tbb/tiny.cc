// How long does oneTBB take for a loop of a thousand tiny iterations? --mode auto, static or
// affinity.
#include "problems/loops.h"

#include <oneapi/tbb/parallel_for.h>

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

template <class Partitioner>
static void run_loops(TinyLoops& problem, Partitioner partitioner) {
  for (long loop = 0; loop < problem.loops; ++loop) {
    oneapi::tbb::parallel_for(
        std::size_t(0), TinyLoops::kIterations, [&](std::size_t i) { problem.step(i); },
        partitioner);
  }
}

int main(int argc, char** argv) {
  std::string const mode = parse_arguments(argc, argv).mode;
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<TinyLoops>(argc, argv, kTbb, pool,
                                  [&](task_group_context&, TinyLoops& problem) {
                                    if (mode == "static") {
                                      run_loops(problem, oneapi::tbb::static_partitioner{});
                                    } else {
                                      run_loops(problem, oneapi::tbb::auto_partitioner{});
                                    }
                                    return true;
                                  });
}
