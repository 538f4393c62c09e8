// Stress: no wake-up is lost, however submits fall between the engine's last look and its sleep.
//
// A few threads submit one operation at a time and wait for it, with a pause of 0 to 200 us in
// between, so that the engine falls asleep again and again while somebody comes. A wake-up lost
// is a hang, which the watchdog turns into a failure. Replays with --seed N.

#include <unistd.h>

#include "base/random.h"
#include "io/engines.h"
#include "support/process.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kThreads = 3;

void pause(Random& random) {
  std::uint32_t const microseconds = random.below(200);
  if (microseconds % 2 == 0) return;  // At once, as often as not.
  std::uint64_t const end = now_ns() + microseconds * std::uint64_t{1000};
  // Sleeping takes 50 us and more: the short pauses would all be the same.
  while (now_ns() < end) {
  }
}

// How often the engine's threads were given a processor: each time, they had slept before.
std::uint64_t slices_of_others() {
  std::uint64_t slices = 0;
  for (auto const& [thread, use] : test::cpu_use()) {
    if (thread != getpid()) slices += use.slices;
  }
  return slices;
}

void stress(test::Stress const& run) {
  std::uint64_t const each = run.scaled(3000);
  test::with_engines([&](Io& io) {
    std::uint64_t const before = slices_of_others();
    std::uint64_t slices = 0;
    test::run_together(kThreads, [&](std::size_t thread) {
      Random random{run.seed * kThreads + thread};
      for (std::uint64_t i = 0; i < each; ++i) {
        test::Waited nop;
        nop.set_nop();
        CHECK(nop.run(io) == 0);
        if (i % 100 == 0) run.progress();
        pause(random);
      }
      if (thread == 0) slices = slices_of_others() - before;
    });
    CHECK(io.stats().completed == kThreads * each);
    CHECK(slices > each / 10);  // Else it hardly ever slept, and this tested nothing.
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 2, stress);
}
