#pragma once
// What a model of the dataflow is linked with in place of the scheduler: one worker that runs jobs
// on its own stack. And the dataflow itself, since a model is linked with nothing that was compiled
// without it.

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

#include "base/cpu.h"
#include "base/futex.h"
#include "flow/cell.cc"
#include "flow/home.cc"
#include "flow/stream.cc"
#include "model/suite.h"

namespace heddle::test {

// One in a program, made before what uses it.
class BareScheduler {
 public:
  BareScheduler() {
    current() = this;
    auto* const self = &scheduler();
    std::memcpy(seat_, &self, sizeof self);
    CHECK(&worker().scheduler() == self);  // It is a worker's first field.
  }

  static BareScheduler*& current() {
    static BareScheduler* only = nullptr;
    return only;
  }

  // All that a Home wants of it is its name.
  Scheduler& scheduler() { return *std::launder(reinterpret_cast<Scheduler*>(name_)); }

  // Who asks is the worker if it is in run().
  Worker* here() {
    Execution* const run = Execution::current();
    bool const is_worker = run != nullptr && is_running_ && run->self().index == worker_index_;
    return is_worker ? &worker() : nullptr;
  }

  // Scheduler::submit()
  void submit(Queue<Job>&& jobs) {
    bool const is_late = here() == nullptr && has_stopped_.read();
    model::require(!is_late, "submitted to a scheduler that has stopped");
    while (Job* const job = jobs.pop_front()) (void)injected_.push(*job);
    wake();
  }

  // The worker's loop: until it is stopped, and nothing is left.
  void run() {
    worker_index_ = Execution::current()->self().index;
    is_running_ = true;
    while (true) {
      // Acquire pairs with stop() and wake(). As a change it finds the newest: the search is not to
      // be about this.
      std::uint32_t const seen = events_.fetch_add(0, acquire);
      Queue<Job> jobs = injected_.take();
      bool const is_idle = jobs.empty();
      while (Job* job = jobs.pop_front()) {
        while (job != nullptr) job = job->run(*job);
      }
      if (!is_idle) continue;
      if ((seen & kStop) != 0) break;
      futex_wait(events_, seen);
    }
    is_running_ = false;
  }

  // Whoever submits from now on does so too late, but for the worker.
  void stop() {
    has_stopped_.write(true);
    // Release pairs with run().
    events_.fetch_or(kStop, release);
    futex_wake(events_, 1);
  }

  Queue<Job> take() { return injected_.take(); }

 private:
  using Execution = model::Execution;
  static constexpr std::uint32_t kStop = 1u << 31;

  Worker& worker() { return *std::launder(reinterpret_cast<Worker*>(seat_)); }

  void wake() {
    // Release pairs with run(): the jobs are found.
    events_.fetch_add(1, release);
    futex_wake(events_, 1);
  }

  alignas(Scheduler) std::byte name_[sizeof(Scheduler)];
  alignas(Worker) std::byte seat_[sizeof(Worker)];
  std::uint32_t worker_index_ = 0;
  bool is_running_ = false;
  Inbox<Job> injected_;
  Atomic<std::uint32_t> events_{0};
  Plain<bool> has_stopped_ = false;
};

}  // namespace heddle::test

namespace heddle {

inline void Scheduler::submit(Queue<Job>&& jobs) {
  test::BareScheduler::current()->submit(std::move(jobs));
}

inline Worker* Worker::current() {
  return test::BareScheduler::current()->here();
}

// As in value.cc, which numbers them.
inline Fault* make_fault(FaultCode code) {
  return new Fault{.id = 1, .code = code};
}

inline Fault* hold(Fault* fault) {
  if (fault != nullptr) fault->holders.fetch_add(1, relaxed);
  return fault;
}

inline void drop(Fault* fault) {
  // Acq_rel as in value.cc.
  if (fault != nullptr && fault->holders.fetch_sub(1, acq_rel) == 1) delete fault;
}

}  // namespace heddle
