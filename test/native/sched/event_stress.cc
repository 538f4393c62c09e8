// Stress: whoever waits for an event goes on, sees what its setter did, and may destroy it at once.
//
// Fibers, and a thread, make an event on their stack or on the heap, show it, and wait for it;
// foreign threads set what they find. So set() comes before the wait, while the fiber leaves its
// stack, or long after. The event's memory is used again at once. Five seeds are 10^5 meetings.

#include "sched/event.h"

#include <cstdio>
#include <memory>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kFibers = 6;
constexpr std::size_t kWaiters = kFibers + 1;  // The last one is a thread.
constexpr std::size_t kSetters = 2;

struct Meeting {
  Event event;
  std::uint64_t told = 0;
};

// Where one who waits shows what it waits for.
struct alignas(64) Place {
  Atomic<Meeting*> shown{nullptr};
};

struct Run {
  explicit Run(std::uint64_t rounds) : rounds(rounds) {}

  Place places[kWaiters];
  Atomic<std::size_t> done{0};
  std::uint64_t const rounds;

  void show_and_wait(std::size_t who, Meeting& meeting, Random& random) {
    places[who].shown.store(&meeting, release);  // Pairs with set_all().
    for (std::uint32_t i = random.below(64); i > 0; --i) cpu_relax();
    meeting.event.wait();
    CHECK(meeting.told == 42);
  }

  void wait_often(std::size_t who, Random random, test::Stress const& stress) {
    for (std::uint64_t i = 0; i < rounds; ++i) {
      if (random.below(4) == 0) {
        show_and_wait(who, *std::make_unique<Meeting>(), random);
      } else {
        Meeting meeting;
        show_and_wait(who, meeting, random);
      }
      stress.progress();
    }
    done.fetch_add(1, release);
  }

  void set_all(Random random) {
    while (done.load(acquire) < kWaiters) {
      for (Place& place : places) {
        // Acquire pairs with show_and_wait().
        Meeting* const meeting = place.shown.exchange(nullptr, acquire);
        if (meeting == nullptr) continue;
        meeting->told = 42;
        for (std::uint32_t i = random.below(64); i > 0; --i) cpu_relax();
        meeting->event.set();
      }
      std::this_thread::yield();
    }
  }
};

void stress(test::Stress const& stress) {
  std::uint64_t suspensions = 0, meetings = 0;
  for (std::uint32_t threads : {1u, 2u, 4u}) {
    test::Started scheduler({.threads = threads});
    Run run(stress.scaled(1000));
    test::run_together(kSetters + 1, [&](std::size_t who) {
      Random random(stress.seed + threads * 100 + who);
      if (who < kSetters) return run.set_all(random);
      for (std::size_t i = 0; i < kFibers; ++i) {
        std::uint64_t const seed = stress.seed + threads * 1000 + i;
        scheduler->submit(
            test::root_job([&run, i, seed, &stress] { run.wait_often(i, Random(seed), stress); }));
      }
      run.wait_often(kFibers, random, stress);
      test::wait_until([&] { return run.done.load(acquire) == kWaiters; });
    });
    std::uint64_t const by_fibers = kFibers * run.rounds;
    CHECK(scheduler.total().suspensions > 0 && scheduler.total().suspensions <= by_fibers);
    suspensions += scheduler.total().suspensions;
    meetings += kWaiters * run.rounds;
  }
  std::printf("%llu meetings, %llu suspensions\n", (unsigned long long)meetings,
              (unsigned long long)suspensions);
  std::fflush(stdout);
  CHECK(suspensions < meetings);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
