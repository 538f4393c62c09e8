#pragma once
// Where oneTBB's tasks may be made: an arena of so many threads, the caller among them.
//
// All tasks of a program share one context. Left to itself every task group makes one, with its
// links to others for cancelling: that doubles the price of a fork.

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>
#include <oneapi/tbb/task_group.h>

namespace bench {

using oneapi::tbb::task_group_context;

inline constexpr char const* kTbb = "oneTBB";

// See support/program.h.
template <class Body>
void tbb_pool(unsigned workers, Body const& body) {
  using oneapi::tbb::global_control;
  global_control const limit(global_control::max_allowed_parallelism, workers);
  oneapi::tbb::task_arena arena{int(workers)};
  task_group_context context;
  arena.execute([&] { body(context); });
}

}  // namespace bench
