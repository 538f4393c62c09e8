// How much longer than serial code does n queens take with a fork a node, and how well is it
// shared?
#include "problems/queens.h"

#include "support/pool.h"
#include "support/program.h"

using bench::Board;
using heddle::KernelContext;

[[gnu::noinline, gnu::aligned(64)]] static long fork_queens(KernelContext t, Board board) {
  if (!board.is_peaceful()) return 0;
  if (board.is_full()) return 1;
  for (int i = 1; i < board.size; ++i) t.fork<fork_queens>(board.with(i));
  long found = fork_queens(t, board.with(0));
  for (int i = 1; i < board.size; ++i) found += t.join<fork_queens>();
  return found;
}

int main(int argc, char** argv) {
  return bench::solve_problem<bench::Queens>(argc, argv, bench::kHeddle, bench::plain_pool,
                                             [](KernelContext t, bench::Queens const& problem) {
                                               return fork_queens(t, problem.root());
                                             });
}
