// How long do OpenMP's tasks take for n queens? A task a node.
#include "problems/queens.h"

#include <numeric>

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

static long fork_queens(Board board) {
  if (!board.is_peaceful()) return 0;
  if (board.is_full()) return 1;
  long found[Queens::kSizeMax] = {};
  for (int i = 1; i < board.size; ++i) {
#pragma omp task shared(found) firstprivate(board, i)
    found[i] = fork_queens(board.with(i));
  }
  found[0] = fork_queens(board.with(0));
#pragma omp taskwait
  return std::accumulate(found, found + board.size, 0L);
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_problem<Queens>(argc, argv, kOpenMp, pool,
                               [](Queens const& problem) { return fork_queens(problem.root()); });
}
