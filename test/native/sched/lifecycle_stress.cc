// Stress: a scheduler can be stopped at any moment, runs all it was given, and leaves nothing.
//
// Thousands of schedulers are started and stopped: at once, idle after a while, and right after
// jobs were submitted, from this thread and from others. Every job has run when stop() returns.
// Threads and mappings of the process are counted before and after.

#include <cstdint>
#include <cstdio>

#include "base/random.h"
#include "sched/harness.h"
#include "support/process.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

struct Counts {
  std::uint64_t runs = 0;
  std::uint64_t parks = 0;
};

void submit_some(Scheduler& scheduler, Random& random, Atomic<std::uint64_t>& ran,
                 std::uint64_t& submitted) {
  std::uint32_t const jobs = random.below(5);
  for (std::uint32_t i = 0; i < jobs; ++i) {
    auto const tick = [&ran] { ran.fetch_add(1, relaxed); };
    switch (random.below(3)) {
      case 0:
        scheduler.submit(test::plain_job(tick));
        break;
      case 1:
        scheduler.submit(test::root_job(tick));
        break;
      default:
        scheduler.submit(test::root_job([tick] {
          auto const nothing = [] {};
          fork(nothing);
          test::yield_fiber();
          fork(tick);
          join<decltype(tick)>();
          join<decltype(nothing)>();
        }));
    }
  }
  submitted += jobs;
}

void live_and_die(Random& random, Counts& counts) {
  constexpr std::uint32_t kThreads[] = {1, 2, 3, 8};
  std::uint32_t const threads = kThreads[random.below(4)];
  auto started = Scheduler::start({.threads = threads, .task_capacity = 64});
  CHECK(started.ok());
  Scheduler& scheduler = *started.value();
  Atomic<std::uint64_t> ran{0};
  std::uint64_t submitted = 0;
  switch (random.below(4)) {
    case 0:  // At once.
      break;
    case 1:  // While its workers fall asleep.
      test::spin_for(random.below(100'000));
      break;
    case 2:  // Right after a submission.
      submit_some(scheduler, random, ran, submitted);
      break;
    default:  // Right after one that met workers on their way to sleep.
      test::spin_for(random.below(100'000));
      submit_some(scheduler, random, ran, submitted);
      test::spin_for(random.below(30'000));
      submit_some(scheduler, random, ran, submitted);
  }
  scheduler.stop();
  CHECK(ran.load(relaxed) == submitted);
  for (std::uint32_t i = 0; i < threads; ++i) counts.parks += scheduler.stats(i).parks;
  counts.runs += ran.load(relaxed);
  scheduler.stop();  // Twice is fine.
}

void stress(test::Stress const& stress) {
  Random random(stress.seed);
  Counts counts;
  // The heap, the C library's cache of thread stacks and the like have nearly their size after a
  // few; how many arenas there are depends on how many threads have ever allocated at once.
  std::size_t const threads = test::thread_ids().size();
  for (int i = 0; i < 50; ++i) live_and_die(random, counts);
  std::size_t const mappings = test::mapping_count();
  constexpr std::size_t kLibraryMappings = 100;  // One lost in each life would be 2,000.
  // And on until they have slept: on a busy machine they hardly come to it.
  constexpr std::uint64_t kParksMin = 100;
  for (std::uint64_t i = 0; i < stress.scaled(2000) || counts.parks <= kParksMin; ++i) {
    live_and_die(random, counts);
    stress.progress();
  }
  std::printf("%llu jobs, %llu parks\n", (unsigned long long)counts.runs,
              (unsigned long long)counts.parks);
  std::fflush(stdout);
  // A joined thread stays in /proc for a moment.
  while (test::thread_ids().size() > threads) sched_yield();
  if (!test::kSanitized && !test::is_emulated()) {
    CHECK(test::mapping_count() < mappings + kLibraryMappings);
  }
  CHECK(counts.runs > 100);  // Else this run tested nothing.
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 1, stress);
}
