// How many independent tasks a second does oneTBB run that one of its threads makes?
#include "problems/jobs.h"

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Jobs>(argc, argv, kTbb, pool,
                             [](task_group_context& context, Jobs& problem) {
                               oneapi::tbb::task_group group(context);
                               for (std::size_t i = 0; i < problem.done.size(); ++i) {
                                 group.run([&problem, i] { problem.run(i); });
                               }
                               group.wait();
                               return true;
                             });
}
