// How long does oneTBB take for n queens? A parallel_reduce() a node.
//
// With its default partitioner: a task group takes 10 % longer, the simple partitioner 5 %.
#include "problems/queens.h"

#include <oneapi/tbb/blocked_range.h>
#include <oneapi/tbb/parallel_reduce.h>

#include <functional>

#include "peers/tbb/pool.h"
#include "support/program.h"

using namespace bench;

static long fork_queens(task_group_context& context, Board board) {
  if (!board.is_peaceful()) return 0;
  if (board.is_full()) return 1;
  using Range = oneapi::tbb::blocked_range<int>;
  auto const sum = [&](Range const& range, long found) {
    for (int i = range.begin(); i < range.end(); ++i) found += fork_queens(context, board.with(i));
    return found;
  };
  return oneapi::tbb::parallel_reduce(Range(0, board.size), 0L, sum, std::plus<>{},
                                      oneapi::tbb::auto_partitioner{}, context);
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { tbb_pool(workers, body); };
  return solve_problem<Queens>(argc, argv, kTbb, pool,
                               [](task_group_context& context, Queens const& problem) {
                                 return fork_queens(context, problem.root());
                               });
}
