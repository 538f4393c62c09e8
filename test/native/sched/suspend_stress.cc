// Stress: a fiber that suspends is resumed exactly once, however its resumer races with it.
//
// Fibers wait at gates that foreign threads, and other fibers, open at about the same time: the
// resumer may come before the fiber has left its stack, while it publishes itself, or long after.
// Some resumers open many gates and resume all their fibers in one batch, over several workers.
// While a fiber waits it may have children forked, which run meanwhile.

#include <cstdint>
#include <cstdio>
#include <memory>
#include <vector>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kResumers = 2;
constexpr std::size_t kGates = 64;  // Of one round.

// A fiber's one wait: what it has seen of its resumer is plain memory, so that the thread
// sanitizer checks the way from open() to the fiber and back.
struct Waiter {
  test::Gate gate;
  std::uint64_t told = 0;
  std::uint64_t heard = 0;
};

struct Round {
  explicit Round(std::size_t count) : waiters(new Waiter[count]), count(count) {}
  std::unique_ptr<Waiter[]> waiters;
  std::size_t count;
  Atomic<std::size_t> started{0};
  Atomic<std::size_t> done{0};
};

void wait_at(Round& round, std::size_t i, bool forks) {
  Waiter& waiter = round.waiters[i];
  struct Child {
    std::uint64_t n;
    std::uint64_t operator()() const { return n + 1; }
  };
  if (forks) {
    fork(Child{i});
    fork(Child{i + 1});
  }
  round.started.fetch_add(1, relaxed);
  waiter.gate.wait();
  CHECK(waiter.told == i + 1);
  waiter.heard = i + 2;
  if (forks) {
    CHECK(join<Child>() == i + 2);
    CHECK(join<Child>() == i + 1);
  }
  round.done.fetch_add(1, release);  // Pairs with the acquire in stress(): `heard`.
}

// Opens the gates from `first` on, every `step`-th, one by one or in batches.
void open_gates(Round& round, std::size_t first, std::size_t step, Random& random) {
  Queue<Fiber> batch;
  std::uint32_t const batches = random.below(3);
  for (std::size_t i = first; i < round.count; i += step) {
    // Never far ahead of the fibers: what is to be raced with must be there.
    if (random.below(4) != 0) test::wait_until([&] { return round.started.load(relaxed) > i; });
    Waiter& waiter = round.waiters[i];
    waiter.told = i + 1;
    if (batches == 0) {
      waiter.gate.open();
      continue;
    }
    if (Fiber* fiber = waiter.gate.open_later()) batch.push_back(*fiber);
    if (random.below(8) == 0) resume_all(batch);
  }
  resume_all(batch);
}

void stress(test::Stress const& stress) {
  std::uint64_t suspensions = 0, parks = 0;
  for (std::uint32_t threads : {1u, 2u, 3u, 8u}) {
    test::Started scheduler({.threads = threads});
    std::uint64_t const rounds = stress.scaled(100);
    std::vector<std::unique_ptr<Round>> all;
    for (std::uint64_t i = 0; i < rounds; ++i) all.push_back(std::make_unique<Round>(kGates));
    test::run_together(kResumers + 1, [&](std::size_t who) {
      Random random(stress.seed + threads * 100 + who);
      if (who < kResumers) {
        for (auto& round : all) open_gates(*round, who, kResumers, random);
        return;
      }
      // One thread submits the waiters, as one batch or one by one, and looks at the end of it.
      for (auto& round : all) {
        Queue<Job> jobs;
        for (std::size_t i = 0; i < round->count; ++i) {
          bool const forks = random.below(2) == 0;
          jobs.push_back(test::root_job([&round = *round, i, forks] { wait_at(round, i, forks); }));
          if (random.below(16) == 0) scheduler->submit(std::exchange(jobs, {}));
        }
        scheduler->submit(std::move(jobs));
        // Acquire pairs with wait_at().
        test::wait_until([&] { return round->done.load(acquire) == round->count; });
        for (std::size_t i = 0; i < round->count; ++i) CHECK(round->waiters[i].heard == i + 2);
        stress.progress();
      }
    });
    WorkerStats const stats = scheduler.total();
    CHECK(stats.suspensions >= rounds * kGates);
    suspensions += stats.suspensions;
    parks += stats.parks;
  }
  std::printf("%llu suspensions, %llu parks\n", (unsigned long long)suspensions,
              (unsigned long long)parks);
  std::fflush(stdout);
  CHECK(parks > 0);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
