// How long does oneTBB take to walk an unbalanced tree? A task group a node.
//
// parallel_reduce() over the children, with either partitioner, takes a little longer.
#include "problems/uts.h"

#include <numeric>
#include <vector>

#include "peers/tbb/pool.h"
#include "support/uts_program.h"

using namespace bench;

template <UtsTree tree>
static long fork_uts(task_group_context& context, UtsNode node) {
  int const children = uts_children<tree>(node);
  if (children == 0) return 1;
  std::vector<long> below(std::size_t(children), 0);
  oneapi::tbb::task_group group(context);
  for (int i = 1; i < children; ++i) {
    group.run([&context, &nodes = below[std::size_t(i)], child = uts_child(node, i)] {
      nodes = fork_uts<tree>(context, child);
    });
  }
  below[0] = fork_uts<tree>(context, uts_child(node, 0));
  group.wait();
  return std::accumulate(below.begin(), below.end(), 1L);
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_uts(argc, argv, kTbb, pool, [](task_group_context& context, auto const& problem) {
    return fork_uts<tree_of<decltype(problem)>>(context, problem.root());
  });
}
