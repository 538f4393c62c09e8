// How much longer than serial code does it take to walk an unbalanced tree that any worker can take
// a part of?
#include "problems/uts.h"

#include "support/pool.h"
#include "support/uts_program.h"

using bench::UtsNode;
using bench::UtsTree;
using heddle::KernelContext;

// What is left of a node's children is halved down to a handful, the upper half forked: a digest is
// worth many forks, but a record for each child of each node on a deep path leaves the cache.
constexpr int kHandful = 4;

template <UtsTree tree>
static long fork_uts(KernelContext t, UtsNode const* parent, int from, int to);

template <UtsTree tree>
[[gnu::noinline, gnu::aligned(64)]] static long visit(KernelContext t, UtsNode node) {
  int const children = bench::uts_children<tree>(node);
  return children == 0 ? 1 : 1 + fork_uts<tree>(t, &node, 0, children);
}

template <UtsTree tree>
static long fork_uts(KernelContext t, UtsNode const* parent, int from, int to) {
  if (to - from > kHandful) {
    int const middle = from + (to - from) / 2;
    t.fork<fork_uts<tree>>(parent, middle, to);
    long const lower = fork_uts<tree>(t, parent, from, middle);
    return lower + t.join<fork_uts<tree>>();
  }
  long nodes = 0;
  for (int i = from; i < to; ++i) nodes += visit<tree>(t, uts_child(*parent, i));
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
                            return visit<bench::tree_of<decltype(problem)>>(t, problem.root());
                          });
}
