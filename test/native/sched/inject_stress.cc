// Stress: what is injected runs once and soon, however workers fall asleep meanwhile.
//
// Several threads submit plain and root jobs, singly and in batches, with pauses of 0 to 200 us:
// about as long as a worker needs to search, to park and to fall asleep, so that pushes meet
// workers at every step of it. A lost wake-up shows as a job that never runs: each thread waits
// for all of its jobs now and then, with nothing else going on that would wake anybody.

#include <cstdint>
#include <cstdio>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kProducers = 3;

struct Ledger {
  std::uint64_t submitted = 0;
  Atomic<std::uint64_t> ran{0};
};

Job& job_for(Ledger& ledger, Random& random) {
  auto const tick = [&ledger] { ledger.ran.fetch_add(1, relaxed); };
  switch (random.below(4)) {
    case 0:
      return test::root_job(tick);
    case 1:
      return test::root_job([tick] {
        fork(tick);
        test::yield_fiber();
        join<decltype(tick)>();
      });
    case 2:
      // A plain job that makes a root job ready.
      return test::plain_job([tick]() -> Job* { return &test::root_job(tick); });
    default:
      return test::plain_job(tick);
  }
}

void produce(Scheduler& scheduler, std::uint64_t seed, std::uint64_t turns,
             test::Stress const& stress) {
  Random random(seed);
  Ledger ledger;
  for (std::uint64_t turn = 0; turn < turns; ++turn) {
    Queue<Job> jobs;
    std::uint32_t const batch = random.below(4) == 0 ? random.below(20) : 1;
    for (std::uint32_t i = 0; i < batch; ++i) jobs.push_back(job_for(ledger, random));
    ledger.submitted += batch;
    scheduler.submit(std::move(jobs));
    test::spin_for(random.below(200) * 1000);
    if (random.below(3) == 0) {
      test::wait_until([&] { return ledger.ran.load(relaxed) == ledger.submitted; });
      stress.progress();
    }
  }
  test::wait_until([&] { return ledger.ran.load(relaxed) == ledger.submitted; });
}

void stress(test::Stress const& stress) {
  std::uint64_t parks = 0, steals = 0;
  for (std::uint32_t threads : {1u, 2u, 3u, 8u}) {
    for (std::uint32_t fibers_each : {1u, 1000u}) {
      for (std::size_t producers : {std::size_t{1}, kProducers}) {
        test::Started scheduler({.threads = threads, .fibers_max = threads * fibers_each});
        test::run_together(producers, [&](std::size_t who) {
          produce(*scheduler, stress.seed * 31 + who, stress.scaled(400), stress);
        });
        WorkerStats const stats = scheduler.total();
        parks += stats.parks;
        steals += stats.steals;
      }
    }
  }
  std::printf("%llu parks, %llu steals\n", (unsigned long long)parks, (unsigned long long)steals);
  std::fflush(stdout);
  CHECK(parks > 100 && steals > 0);  // Else this run tested nothing.
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 3, stress);
}
