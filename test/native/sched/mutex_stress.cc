// Stress: whoever holds a mutex is alone, whatever it does meanwhile, and everybody gets it.
//
// Root jobs and threads want one mutex. A holder forks, sleeps until a foreign thread wakes it,
// joins children that others may have stolen, and only then unlocks; or it just adds one. Some
// only try. The count is a plain number: an update that is lost shows at the end, a wake-up that
// is lost as a hang, and under TSan a missing hand-over as a race.

#include "sched/mutex.h"

#include <cstdio>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kFibers = 12;
constexpr std::size_t kThreads = 2;

// Wakes holders that sleep.
class Alarm {
 public:
  ~Alarm() {
    is_over_.store(true, release);
    thread_.join();
  }

  // On a fiber. One at a time.
  void sleep() {
    test::Gate gate;
    waiting_.store(&gate, release);
    gate.wait();
  }

 private:
  void ring() {
    while (!is_over_.load(acquire)) {
      // Acquire pairs with sleep(): the gate.
      test::Gate* const gate = waiting_.exchange(nullptr, acquire);
      if (gate != nullptr) gate->open();
      std::this_thread::yield();
    }
  }

  Atomic<test::Gate*> waiting_{nullptr};
  Atomic<bool> is_over_{false};
  std::thread thread_{[this] { ring(); }};
};

struct Arena {
  Mutex mutex;
  std::uint64_t count = 0;   // Under the mutex.
  bool is_inside = false;    // As well.
  std::uint64_t stolen = 0;  // As well: children that ran on another worker than their parent.
  Alarm alarm;
  Atomic<std::uint64_t> found_held{0};
  Atomic<bool> has_seen_theft{false};  // Or there can be none.
  Atomic<std::uint64_t> rounds{0};     // Of the fibers that are done.
  Atomic<std::size_t> done{0};
};

void enter(Arena& arena) {
  if (!arena.mutex.try_lock()) {
    arena.found_held.fetch_add(1, relaxed);
    arena.mutex.lock();
  }
  CHECK(!std::exchange(arena.is_inside, true));
}

void leave(Arena& arena) {
  CHECK(std::exchange(arena.is_inside, false));
  ++arena.count;
  arena.mutex.unlock();
}

// What the holder does between lock and unlock.
void work_inside(Arena& arena, Random& random) {
  Worker* const here = Worker::current();
  auto const child = [here] {
    test::spin_for(500);
    return Worker::current() != here;
  };
  std::uint32_t const children = random.below(3);
  for (std::uint32_t i = 0; i < children; ++i) fork(child);
  if (random.below(2) == 0) arena.alarm.sleep();
  if (random.below(4) == 0) yield();
  for (std::uint32_t i = 0; i < children; ++i) arena.stolen += join<decltype(child)>();
  if (arena.stolen > 0) arena.has_seen_theft.store(true, relaxed);
}

// So many rounds, and on until somebody has stolen a holder's child.
void be_a_fiber(Arena& arena, std::uint64_t rounds, Random random, test::Stress const& stress) {
  std::uint64_t i = 0;
  for (; i < rounds || !arena.has_seen_theft.load(relaxed); ++i) {
    enter(arena);
    if (random.below(4) == 0) work_inside(arena, random);
    leave(arena);
    if (random.below(4) == 0) yield();
    stress.progress();
  }
  arena.rounds.fetch_add(i, relaxed);
  arena.done.fetch_add(1, release);
}

void stress(test::Stress const& stress) {
  std::uint64_t suspensions = 0, found_held = 0, stolen = 0;
  for (std::uint32_t threads : {1u, 2u, 4u}) {
    test::Started scheduler({.threads = threads});
    std::uint64_t const rounds = stress.scaled(500);
    Arena arena;
    arena.has_seen_theft.store(threads == 1, relaxed);
    test::run_together(kThreads + 1, [&](std::size_t who) {
      Random random(stress.seed + threads * 100 + who);
      if (who < kThreads) {
        for (std::uint64_t i = 0; i < rounds; ++i) {
          enter(arena);
          if (random.below(16) == 0) std::this_thread::yield();  // Away while it is held.
          leave(arena);
        }
        return;
      }
      for (std::size_t i = 0; i < kFibers; ++i) {
        std::uint64_t const seed = stress.seed + threads * 1000 + i;
        scheduler->submit(test::root_job(
            [&arena, rounds, seed, &stress] { be_a_fiber(arena, rounds, Random(seed), stress); }));
      }
      test::wait_until([&] { return arena.done.load(acquire) == kFibers; });
    });
    CHECK(arena.count == arena.rounds.load(relaxed) + kThreads * rounds);
    CHECK(arena.found_held.load(relaxed) > 0);
    CHECK(scheduler.total().suspensions > rounds);
    suspensions += scheduler.total().suspensions;
    found_held += arena.found_held.load(relaxed);
    stolen += arena.stolen;
  }
  std::printf("%llu suspensions, %llu times found held, %llu children stolen from holders\n",
              (unsigned long long)suspensions, (unsigned long long)found_held,
              (unsigned long long)stolen);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
