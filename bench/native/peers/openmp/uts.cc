// How long do OpenMP's tasks take to walk an unbalanced tree? A task a node.
#include "problems/uts.h"

#include <numeric>
#include <vector>

#include "peers/openmp/pool.h"
#include "support/uts_program.h"

using namespace bench;

template <UtsTree tree>
static long fork_uts(UtsNode node) {
  int const children = uts_children<tree>(node);
  if (children == 0) return 1;
  std::vector<long> below(std::size_t(children), 0);
  long* const nodes = below.data();
  for (int i = 1; i < children; ++i) {
    UtsNode const child = uts_child(node, i);
#pragma omp task firstprivate(nodes, child, i)
    nodes[i] = fork_uts<tree>(child);
  }
  nodes[0] = fork_uts<tree>(uts_child(node, 0));
#pragma omp taskwait
  return std::accumulate(below.begin(), below.end(), 1L);
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_uts(argc, argv, kOpenMp, pool, [](auto const& problem) {
    return fork_uts<tree_of<decltype(problem)>>(problem.root());
  });
}
