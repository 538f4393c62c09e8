// What does it cost to make, run and free a fiber, from a warm pool? And a thread?
#include <thread>

#include "fiber/slabs.h"
#include "support/alternate.h"
#include "support/arguments.h"

static long ran = 0;

// One life after the other: a free fiber has left, and waits to be entered for its next.
static void count_lives(heddle::Fiber& self) {
  for (;;) {
    ++ran;
    self.leave();
  }
}

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  long const count = arguments.size_or(1'000'000, 100);
  heddle::FiberSlabs slabs({.stack_bytes = 64 * 1024, .tail_bytes = 4096});
  heddle::FiberPool pool(slabs, count_lives, 16);
  heddle::Host host;
  auto const fibers = [&](long lives) {
    for (long i = 0; i < lives; ++i) {
      heddle::Fiber* const fiber = pool.take();
      fiber->enter(host);
      pool.give(*fiber);
    }
  };
  auto const threads = [](long lives) {
    for (long i = 0; i < lives; ++i) std::thread([] {}).join();
  };
  double const fiber_ns = bench::alternate(9, count, {fibers})[0];
  double const thread_ns = bench::alternate(9, count / 100, {threads})[0];
  bench::require(ran == 10 * count, "fibers");
  bench::Report("Heddle").add("fiber", fiber_ns).add("thread", thread_ns).print();
}
