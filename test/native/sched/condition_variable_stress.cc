// Stress: what producers put into a bounded buffer, consumers take, each item once.
//
// Fibers and threads on both sides wait for "not full" and "not empty" on two condition variables
// and one mutex. Notices are given with and without the mutex, to one or to all. An item marked
// twice was taken twice; one that is lost is a consumer that waits for ever.

#include "sched/condition_variable.h"

#include <array>
#include <cstdio>
#include <vector>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kSlots = 4;
constexpr std::uint64_t kFibers = 6;   // On each side.
constexpr std::uint64_t kThreads = 1;  // As well.

class Buffer {
 public:
  void put(std::uint64_t item, Random& random) {
    {
      MutexGuard guarded(mutex_);
      if (count_ == kSlots) ++waits_;
      not_full_.wait(mutex_, [this] { return count_ < kSlots; });
      slots_[(first_ + count_++) % kSlots] = item;
      if (random.below(2) == 0) return notify(not_empty_, random);
    }
    notify(not_empty_, random);
  }

  std::uint64_t take(Random& random) {
    std::uint64_t item = 0;
    {
      MutexGuard guarded(mutex_);
      if (count_ == 0) ++waits_;
      not_empty_.wait(mutex_, [this] { return count_ > 0; });
      item = slots_[first_];
      first_ = (first_ + 1) % kSlots;
      --count_;
    }
    notify(not_full_, random);
    return item;
  }

  std::uint64_t waits() const { return waits_; }
  bool is_empty() const { return count_ == 0; }

 private:
  static void notify(ConditionVariable& changed, Random& random) {
    random.below(8) == 0 ? changed.notify_all() : changed.notify_one();
  }

  Mutex mutex_;
  ConditionVariable not_full_, not_empty_;
  std::array<std::uint64_t, kSlots> slots_{};
  std::size_t first_ = 0, count_ = 0;
  std::uint64_t waits_ = 0;
};

struct Run {
  Buffer buffer;
  std::uint64_t const each;
  std::vector<Atomic<std::uint8_t>> taken;
  Atomic<std::uint64_t> fibers_done{0};

  explicit Run(std::uint64_t each) : each(each), taken(each * (kFibers + kThreads)) {}

  void produce(std::uint64_t who, Random random) {
    for (std::uint64_t i = 0; i < each; ++i) buffer.put(who * each + i, random);
  }

  void consume(Random random, test::Stress const& stress) {
    for (std::uint64_t i = 0; i < each; ++i) {
      CHECK(taken.at(buffer.take(random)).fetch_add(1, relaxed) == 0);
      stress.progress();
    }
  }
};

void stress(test::Stress const& stress) {
  std::uint64_t suspensions = 0, waits = 0;
  for (std::uint32_t threads : {1u, 2u, 4u}) {
    test::Started scheduler({.threads = threads});
    Run run(stress.scaled(1000));
    test::run_together(2 * kThreads + 1, [&](std::size_t who) {
      Random random(stress.seed + threads * 100 + who);
      if (who < kThreads) return run.produce(kFibers + who, random);
      if (who < 2 * kThreads) return run.consume(random, stress);
      for (std::uint64_t i = 0; i < kFibers; ++i) {
        std::uint64_t const seed = stress.seed + threads * 1000 + i;
        scheduler->submit(test::root_job([&run, i, seed] {
          run.produce(i, Random(seed));
          run.fibers_done.fetch_add(1, release);
        }));
        scheduler->submit(test::root_job([&run, &stress, seed] {
          run.consume(Random(seed + 500), stress);
          run.fibers_done.fetch_add(1, release);
        }));
      }
      test::wait_until([&] { return run.fibers_done.load(acquire) == 2 * kFibers; });
    });
    CHECK(run.buffer.is_empty());
    for (auto& item : run.taken) CHECK(item.load(relaxed) == 1);
    CHECK(run.buffer.waits() > 0 && scheduler.total().suspensions > 0);
    suspensions += scheduler.total().suspensions;
    waits += run.buffer.waits();
  }
  std::printf("%llu suspensions, %llu found it full or empty\n", (unsigned long long)suspensions,
              (unsigned long long)waits);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
