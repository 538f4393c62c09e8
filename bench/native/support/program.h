#pragma once
// The main() of a program that solves one problem, serially or with a pool's tasks.
//
// A problem is a class: made for a size, it knows its serial code, how many units of work it is,
// and what is right. A pool is a function: pool(workers, body) calls body(context...) where the
// library's tasks may be made, once its threads are there. So neither their start nor their end is
// measured.

#include "support/arguments.h"
#include "support/measure.h"

namespace bench {

template <class Problem, class Pool, class Solve>
int solve_problem(int argc, char** argv, char const* by, Pool pool, Solve solve) {
  Arguments const arguments = parse_arguments(argc, argv);
  Problem small(Problem::kTiny);
  Problem problem(arguments.size_or(Problem::kFull, Problem::kTiny));
  Sample sample{};
  typename Problem::Result result{};
  if (arguments.workers == 0) {
    require(small.is_right(small.solve()), Problem::kName);
    sample = measure([&] { result = problem.solve(); });
  } else {
    pool(arguments.workers, [&](auto&&... context) {
      require(small.is_right(solve(context..., small)), Problem::kName);
      sample = measure([&] { result = solve(context..., problem); });
    });
  }
  require(problem.is_right(result), Problem::kName);
  Report(by)
      .add("workers", arguments.workers)
      .add("units", double(problem.units()))
      .add(sample)
      .print();
  return 0;
}

}  // namespace bench
