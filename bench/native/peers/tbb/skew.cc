// Does oneTBB balance a loop that is heavy at its start? --mode auto, static or simple.
#include "problems/loops.h"

#include <oneapi/tbb/parallel_for.h>

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  std::string const mode = parse_arguments(argc, argv).mode;
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Skew>(argc, argv, kTbb, pool, [&](task_group_context&, Skew& problem) {
    auto const step = [&](std::size_t i) { problem.step(i); };
    std::size_t const end = problem.values.size();
    if (mode == "static") {
      oneapi::tbb::parallel_for(std::size_t(0), end, step, oneapi::tbb::static_partitioner{});
    } else if (mode == "simple") {
      oneapi::tbb::parallel_for(std::size_t(0), end, step, oneapi::tbb::simple_partitioner{});
    } else {
      oneapi::tbb::parallel_for(std::size_t(0), end, step);
    }
    return true;
  });
}
