// Stress: jobs that are given up while they wait, or just before or after, end soon; the others
// come to their own end.
//
// Each job waits for one short timer after the other, and some of them at last for a pipe that
// nobody writes: only the canceller ends those. Two threads give up all of them, one from each end.

#include <poll.h>

#include <deque>

#include "base/clock.h"
#include "base/random.h"
#include "io/canceller.h"
#include "io/fibers.h"
#include "io/waiting.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kJobs = 200;

struct World {
  std::deque<Canceller> cancellers;
  test::Pipe silent;
  Atomic<std::uint32_t> given_up{0};
  Atomic<std::uint32_t> ended{0};
};

// True: it was given up, and nothing else has ended it.
bool wait_for_long(Io& io, World& world, Random random) {
  for (int i = 0; i < 20; ++i) {
    auto const slept = sleep_until(io, now_ns() + random.below(30'000));
    if (!slept.ok()) return slept.error() == Errno{ECANCELED};
  }
  if (random.below(2) == 0) return false;
  auto const found = poll(io, world.silent.reading, POLLIN);
  CHECK(!found.ok() && found.error() == Errno{ECANCELED});
  return true;
}

void stress(test::Stress const& run) {
  test::with_schedulers(2, [&](Io& io, Scheduler& scheduler) {
    World world;
    world.cancellers.resize(kJobs);
    test::run_together(3, [&](std::size_t thread) {
      if (thread == 2) {
        test::on_many_fibers(scheduler, kJobs, [&](std::uint32_t i) {
          Canceller& canceller = world.cancellers[i];
          Canceller::ForFiber const scope(&canceller);
          bool const given_up = wait_for_long(io, world, Random{run.seed * kJobs + i});
          CHECK(!given_up || canceller.is_asked());
          // Asked before, nothing begins.
          if (given_up) CHECK(!sleep_until(io, 0).ok());
          (given_up ? world.given_up : world.ended).fetch_add(1, relaxed);
        });
        return;
      }
      Random random{run.seed * 3 + thread};
      for (std::uint32_t i = 0; i < kJobs; ++i) {
        world.cancellers[thread == 0 ? i : kJobs - 1 - i].cancel();
        std::uint64_t const next = now_ns() + random.below(20'000);
        while (now_ns() < next) continue;
      }
    });
    CHECK(world.given_up.load(relaxed) + world.ended.load(relaxed) == kJobs);
    CHECK(world.given_up.load(relaxed) > 0);
    run.progress();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 20, stress);
}
