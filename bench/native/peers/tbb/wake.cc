// How soon does oneTBB run a task that is enqueued from outside, and what does that burn?
#include "support/wake.h"
#include "peers/tbb/pool.h"

using namespace bench;

int main(int argc, char** argv) {
  Arguments const arguments = parse_arguments(argc, argv);
  move_to(Processor::Last, arguments);
  using oneapi::tbb::global_control;
  global_control const limit(global_control::max_allowed_parallelism, 2);
  oneapi::tbb::task_arena arena(2);  // One place is the submitting thread's, which stays outside.
  arena.initialize();
  report_wakes(arguments, kTbb, [&] { arena.enqueue([] { stamp(); }); });
}
