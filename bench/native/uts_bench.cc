// How much longer than serial code does it take to walk an unbalanced tree with a fork a node?
#include "problems/uts.h"

#include "support/pool.h"
#include "support/uts_program.h"

using bench::UtsNode;
using bench::UtsTree;
using heddle::KernelContext;

template <UtsTree tree>
[[gnu::noinline, gnu::aligned(64)]] static long fork_uts(KernelContext t, UtsNode node) {
  int const children = bench::uts_children<tree>(node);
  if (children == 0) return 1;
  for (int i = 1; i < children; ++i) t.fork<fork_uts<tree>>(uts_child(node, i));
  long nodes = 1 + fork_uts<tree>(t, uts_child(node, 0));
  for (int i = 1; i < children; ++i) nodes += t.join<fork_uts<tree>>();
  return nodes;
}

int main(int argc, char** argv) {
  // T3 is more than 1,500 nodes deep, and wide at each.
  auto const pool = [](unsigned workers, auto const& body) {
    bench::heddle_pool({.threads = workers, .stack_bytes = 1 << 20, .task_capacity = 1 << 14},
                       body);
  };
  return bench::solve_uts(argc, argv, bench::kHeddle, pool,
                          [](KernelContext t, auto const& problem) {
                            return fork_uts<bench::tree_of<decltype(problem)>>(t, problem.root());
                          });
}
