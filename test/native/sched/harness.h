#pragma once
// What the tests of the scheduler share: one that stops by itself, sums, and things to wait for.

#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/cpu.h"
#include "heddle/scheduler.h"
#include "sched/fork_join.h"
#include "sched/suspend.h"

namespace heddle::test {

// A scheduler that is stopped at the end of its block.
class Started {
 public:
  explicit Started(SchedulerOptions const& options) {
    auto started = Scheduler::start(options);
    CHECK(started.ok());
    scheduler_ = std::move(started.value());
  }
  ~Started() { scheduler_->stop(); }

  Scheduler& operator*() { return *scheduler_; }
  Scheduler* operator->() { return scheduler_.get(); }

  // Of all workers.
  WorkerStats total() const {
    WorkerStats sum{};
    for (std::uint32_t i = 0; i < scheduler_->threads(); ++i) {
      WorkerStats const one = scheduler_->stats(i);
      sum.tasks += one.tasks;
      sum.steals += one.steals;
      sum.failed_steals += one.failed_steals;
      sum.helps += one.helps;
      sum.leapfrogs += one.leapfrogs;
      sum.parks += one.parks;
      sum.suspensions += one.suspensions;
      sum.fibers += one.fibers;
      sum.fibers_max += one.fibers_max;
    }
    return sum;
  }

 private:
  std::unique_ptr<Scheduler> scheduler_;
};

// One fiber waits until any thread opens it. Once.
class Gate {
 public:
  // On a fiber.
  void wait() {
    suspend(
        [](Fiber& self, void* gate) {
          std::uintptr_t expected = kShut;
          // Release: the fiber, for open(). Acquire on failure: what open() came after.
          if (static_cast<Gate*>(gate)->state_.compare_exchange_strong(
                  expected, reinterpret_cast<std::uintptr_t>(&self), release, acquire)) {
            return;
          }
          resume(self);
        },
        this);
  }

  // Any thread. The gate may be gone when this returns.
  void open() {
    if (Fiber* fiber = open_later()) resume(*fiber);
  }

  // The same, but the caller resumes the fiber, if there is one.
  [[nodiscard]] Fiber* open_later() {
    // Acquire: the fiber; release: what came before.
    std::uintptr_t const before = state_.exchange(kOpen, acq_rel);
    return before == kShut ? nullptr : reinterpret_cast<Fiber*>(before);
  }

  bool is_waited_for() const { return state_.load(acquire) > kOpen; }

 private:
  static constexpr std::uintptr_t kShut = 0;
  static constexpr std::uintptr_t kOpen = 1;
  Atomic<std::uintptr_t> state_{kShut};
};

// Lets everything else on this worker go first. On a fiber.
inline void yield_fiber() {
  suspend([](Fiber& self, void*) { resume(self); }, nullptr);
}

// Returns when condition() is true. Polls; where it hangs, the watchdog barks. Any thread.
template <class Condition>
void wait_until(Condition condition) {
  while (!condition()) std::this_thread::yield();
}

// Recursion that the compiler cannot see through, until the stack ends.
struct Endless {
  int volatile depth;

  int operator()() {
    if (depth < 0) return 0;
    Endless deeper{depth + 1};
    return deeper() + depth;
  }
};

// Keeps a processor busy, as a leaf does.
inline void spin_for(std::uint64_t nanoseconds) {
  std::uint64_t const end = now_ns() + nanoseconds;
  while (now_ns() < end) cpu_relax();
}

// Returns when every worker that has nothing to do has fallen asleep: none has parked or looked
// for work for a while. Any thread.
inline void wait_until_idle(Scheduler& scheduler) {
  std::uint64_t before = ~std::uint64_t{0};
  for (int quiet = 0; quiet < 20;) {
    std::uint64_t moves = 0;
    for (std::uint32_t i = 0; i < scheduler.threads(); ++i) {
      WorkerStats const stats = scheduler.stats(i);
      moves += stats.parks + stats.failed_steals;
    }
    quiet = moves == before ? quiet + 1 : 0;
    before = moves;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// A job made of a callable, which deletes itself when it has run.
template <class F>
class Made : public Job {
 public:
  Made(Kind of, F f) : Job(run_and_delete, of), f_(std::move(f)) {}

 private:
  static Job* run_and_delete(Job& self) {
    auto& made = static_cast<Made&>(self);
    F f = std::move(made.f_);
    delete &made;
    if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
      f();
      return nullptr;
    } else {
      return f();
    }
  }
  F f_;
};

template <class F>
Job& root_job(F f) {
  return *new Made<F>(Job::Kind::Root, std::move(f));
}
template <class F>
Job& plain_job(F f) {
  return *new Made<F>(Job::Kind::Plain, std::move(f));
}

}  // namespace heddle::test
