// Stress: ten thousand schedulers, each of which has done some work, leave nothing behind: no
// thread, no descriptor, no mapping and no byte.
//
// Most run a few jobs and a fork-join; some have fibers that are suspended when stop() is called,
// and that another thread resumes only then. What the process holds is counted when the C library
// has filled its caches, and again at the end. One heap (M_ARENA_MAX), because how many there are
// otherwise depends on how many threads have ever allocated at once.

#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "sched/harness.h"
#include "sched/sum.h"
#include "support/counts.h"
#include "support/process.h"
#include "support/stress.h"

using namespace heddle;

namespace {

struct Work {
  std::uint64_t jobs = 0;
  std::uint64_t late = 0;  // Fibers that were resumed after stop() had begun.
};

constexpr std::uint32_t kThreads = 2;

std::unique_ptr<Scheduler> start() {
  auto started = Scheduler::start({.threads = kThreads, .task_capacity = 64});
  CHECK(started.ok());
  return std::move(started.value());
}

// One job of each kind, and a fork.
void live_a_little(Random& random, Work& work) {
  auto const scheduler = start();
  Atomic<std::uint32_t> ran{0};
  auto const tick = [&ran] { ran.fetch_add(1, relaxed); };
  std::uint32_t const jobs = 1 + random.below(3);
  for (std::uint32_t i = 0; i < jobs; ++i) {
    scheduler->submit(i % 2 == 0 ? test::plain_job(tick) : test::root_job(tick));
  }
  std::uint64_t sum = 0;
  run(*scheduler, [&] { sum = test::Sum{0, 8}(); });
  scheduler->stop();
  CHECK(ran.load(relaxed) == jobs && sum == 28);
  work.jobs += jobs + 1;
}

// Fibers that wait when the scheduler is told to stop.
void live_with_late_fibers(Random& random, Work& work) {
  auto const scheduler = start();
  constexpr std::uint32_t kFibers = 20;  // More than a slab holds.
  test::Gate gates[kFibers];
  Atomic<std::uint32_t> ended{0};
  for (test::Gate& gate : gates) {
    scheduler->submit(test::root_job([&] {
      gate.wait();
      ended.fetch_add(1, relaxed);
    }));
  }
  test::wait_until([&] {
    std::uint32_t waiting = 0;
    for (test::Gate& gate : gates) waiting += gate.is_waited_for();
    return waiting == kFibers;
  });
  std::thread opener([&] {
    test::wait_until([&] { return scheduler->is_stopping(); });
    test::spin_for(random.below(50'000));
    for (test::Gate& gate : gates) gate.open();
  });
  scheduler->stop();
  CHECK(ended.load(relaxed) == kFibers);
  opener.join();
  work.jobs += kFibers;
  work.late += kFibers;
}

void churn(std::uint64_t count, Random& random, Work& work, test::Stress const& stress) {
  for (std::uint64_t i = 0; i < count; ++i) {
    if (i % 50 == 7) {
      live_with_late_fibers(random, work);
    } else {
      live_a_little(random, work);
    }
    stress.progress();
  }
}

// Bytes of the heap that somebody holds: what operator new gave, and what the C library keeps.
long heap_bytes() {
  return long(mallinfo2().uordblks);
}

void stress(test::Stress const& stress) {
  Random random(stress.seed);
  Work work;
  mallopt(M_ARENA_MAX, 1);
  churn(200, random, work, stress);
  CHECK(test::are_gone("heddle/"));
  test::Counts const before = test::Counts::now();
  long const bytes_before = heap_bytes();

  std::uint64_t const lives = stress.scaled(test::kSanitized ? 1000 : 10'000);
  std::uint64_t const begin = now_ns();
  churn(lives, random, work, stress);
  std::uint64_t const took = now_ns() - begin;

  CHECK(test::are_gone("heddle/"));
  test::Counts const after = test::Counts::now();
  long const bytes_after = heap_bytes();
  std::printf("%.1f us a scheduler of %u workers; %llu jobs, %llu fibers resumed late\n",
              double(took) / 1000 / double(lives), kThreads, (unsigned long long)work.jobs,
              (unsigned long long)work.late);
  before.print("before");
  after.print("after");
  std::printf("heap: %ld bytes, then %ld\n", bytes_before, bytes_after);
  std::fflush(stdout);
  CHECK(work.late > lives / 100 && work.jobs > lives);  // Else this run tested nothing.
  CHECK(after.threads == before.threads && after.descriptors == before.descriptors);
  CHECK(after.objects == before.objects);
  if (test::kSanitized || test::is_emulated()) return;
  // Objects are exact. Of blocks that the C library takes for itself one lost in each life would
  // be 160,000 bytes; what it keeps for threads to come grows by a few thousand, and then no more.
  CHECK(bytes_after - bytes_before < 50'000);
  // One lost in each life would be 10,000. The C library keeps up to 40 MiB of threads' stacks,
  // two mappings each: how many were in use at once differs by a few.
  CHECK(after.mappings - before.mappings <= 10);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 1, stress);
}
