// How much longer than serial code does n queens take with its rows halved, and how well is it
// shared?
#include "problems/queens.h"

#include "support/pool.h"
#include "support/program.h"

using bench::Board;
using heddle::KernelContext;

// What is left of a row is halved down to a handful, the upper half forked.
constexpr int kHandful = 4;

static long fork_row(KernelContext t, Board board, int from, int to);

[[gnu::noinline, gnu::aligned(64)]] static long visit(KernelContext t, Board board) {
  if (!board.is_peaceful()) return 0;
  return board.is_full() ? 1 : fork_row(t, board, 0, board.size);
}

static long fork_row(KernelContext t, Board board, int from, int to) {
  if (to - from > kHandful) {
    int const middle = from + (to - from) / 2;
    t.fork<fork_row>(board, middle, to);
    long const lower = fork_row(t, board, from, middle);
    return lower + t.join<fork_row>();
  }
  long found = 0;
  for (int i = from; i < to; ++i) found += visit(t, board.with(i));
  return found;
}

int main(int argc, char** argv) {
  return bench::solve_problem<bench::Queens>(argc, argv, bench::kHeddle, bench::plain_pool,
                                             [](KernelContext t, bench::Queens const& problem) {
                                               return visit(t, problem.root());
                                             });
}
