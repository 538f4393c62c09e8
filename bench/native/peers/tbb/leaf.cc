// Are oneTBB's tasks stolen while their parent is in a long leaf? A task group.
#include "problems/leaf.h"

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

int main(int argc, char** argv) {
  bool const is_busy = parse_arguments(argc, argv).mode == "busy";
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Leaf>(argc, argv, kTbb, pool, [&](task_group_context&, Leaf& problem) {
    oneapi::tbb::task_group group;
    if (is_busy) {
      group.run([&] { problem.keep_busy(); });
      problem.await_thief();
    }
    for (int i = 0; i < Leaf::kChildren; ++i) group.run([&] { problem.work(); });
    problem.work_inline();
    group.wait();
    return true;
  });
}
