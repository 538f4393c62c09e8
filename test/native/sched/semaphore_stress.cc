// Stress: a bounded buffer of two semaphores is never too full, loses nothing, and never sticks.
//
// Producers acquire a free slot and release a filled one, consumers the other way round, one or
// several permits at a time, on fibers and on threads. A third semaphore, with one permit, guards
// the slots. What is put is plain memory: under TSan a missing hand-over is a race.

#include "sched/semaphore.h"

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

struct Item {
  std::uint64_t number = 0;
  bool is_taken = false;
};

class Buffer {
 public:
  // `count` items at a time, at most two.
  void put(Item* items, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) acquire(free_);
    acquire(guard_);
    for (std::uint32_t i = 0; i < count; ++i) {
      CHECK(count_ < kSlots);
      slots_[(first_ + count_++) % kSlots] = &items[i];
    }
    guard_.release();
    filled_.release(count);
  }

  Item& take() {
    acquire(filled_);
    acquire(guard_);
    CHECK(count_ > 0);
    Item& item = *slots_[first_];
    first_ = (first_ + 1) % kSlots;
    --count_;
    guard_.release();
    free_.release();
    return item;
  }

  bool is_empty() const { return count_ == 0; }
  std::uint64_t waits() const { return waits_.load(relaxed); }

 private:
  void acquire(Semaphore& semaphore) {
    if (semaphore.try_acquire()) return;
    waits_.fetch_add(1, relaxed);
    semaphore.acquire();
  }

  Semaphore free_{kSlots};
  Semaphore filled_{0};
  Semaphore guard_{1};
  std::array<Item*, kSlots> slots_{};
  std::size_t first_ = 0, count_ = 0;
  Atomic<std::uint64_t> waits_{0};
};

struct Run {
  Buffer buffer;
  std::uint64_t const each;
  std::vector<Item> items;
  Semaphore ended{0};
  Semaphore pairs{2};  // Who holds one slot and wants another: these must not hold them all.

  explicit Run(std::uint64_t each) : each(each), items(each * (kFibers + kThreads)) {}

  void produce(std::uint64_t who, Random random) {
    for (std::uint64_t i = 0; i < each;) {
      Item* const first = &items[who * each + i];
      std::uint32_t const count = i + 1 < each ? 1 + random.below(2) : 1;
      for (std::uint32_t k = 0; k < count; ++k) first[k].number = i + k + 1;
      if (count == 2) pairs.acquire();
      buffer.put(first, count);
      if (count == 2) pairs.release();
      i += count;
    }
    ended.release();
  }

  void consume(test::Stress const& stress) {
    for (std::uint64_t i = 0; i < each; ++i) {
      Item& item = buffer.take();
      CHECK(item.number > 0 && !std::exchange(item.is_taken, true));
      stress.progress();
    }
    ended.release();
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
      if (who < 2 * kThreads) return run.consume(stress);
      for (std::uint64_t i = 0; i < kFibers; ++i) {
        std::uint64_t const seed = stress.seed + threads * 1000 + i;
        scheduler->submit(test::root_job([&run, i, seed] { run.produce(i, Random(seed)); }));
        scheduler->submit(test::root_job([&run, &stress] { run.consume(stress); }));
      }
      for (std::uint64_t i = 0; i < 2 * (kFibers + kThreads); ++i) run.ended.acquire();
    });
    CHECK(run.buffer.is_empty());
    for (Item const& item : run.items) CHECK(item.is_taken);
    CHECK(run.buffer.waits() > 0 && scheduler.total().suspensions > 0);
    suspensions += scheduler.total().suspensions;
    waits += run.buffer.waits();
  }
  std::printf("%llu suspensions, %llu found no permit\n", (unsigned long long)suspensions,
              (unsigned long long)waits);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
