#pragma once
// A scheduler: its workers, the jobs injected from outside, and who sleeps.
//
//   auto scheduler = Scheduler::start({.threads = 4});
//   run(*scheduler.value(), [] { ... fork, join, suspend ... });
//
// Life: start, then submit from any thread, then stop once nobody submits any more. stop()
// runs what was submitted, waits for every fiber, and joins the threads.

#include <memory>
#include <string>
#include <vector>

#include "base/futex.h"
#include "sched/worker.h"

namespace heddle {

struct SchedulerOptions {
  std::uint32_t threads = 1;            // 1..1024
  std::size_t stack_bytes = 64 * 1024;  // A fiber's primary stack, at least 16 KiB.
  std::uint32_t task_capacity = 4096;   // Tasks in a fiber's task stack, 1..2^24.
  std::uint32_t fibers_max = 16384;     // Alive at once, at least one a worker.
  bool pin = false;                     // Pin each worker to a processor.
  std::string name = "heddle";          // Threads are called name/0, name/1, ...
};

class Scheduler {
 public:
  // Fails with EAGAIN or ENOMEM when the system has no thread or memory to give.
  static Result<std::unique_ptr<Scheduler>> start(SchedulerOptions const& options);
  ~Scheduler();  // Stopped, or never started.
  Scheduler(Scheduler const&) = delete;
  Scheduler& operator=(Scheduler const&) = delete;

  // Runs the jobs, soon. From one of its workers they go to that worker's own queue, else they
  // are injected. One wake-up at most. Any thread.
  void submit(Queue<Job>&& jobs);
  void submit(Job& job);

  // See the top. Any thread but a worker, once nobody submits any more; twice is fine. Who resumes
  // fibers from outside must have returned before the scheduler is destroyed.
  void stop();

  std::uint32_t threads() const { return std::uint32_t(workers_.size()); }
  WorkerStats stats(std::uint32_t worker) const { return workers_[worker]->stats(); }

  // For its workers.
  Worker& worker(std::uint32_t index) { return *workers_[index]; }
  Sleepers& sleepers() { return sleepers_; }
  Inbox<Job>& injected() { return injected_; }
  FiberSlabs& slabs() { return slabs_; }
  std::uint32_t task_capacity() const { return task_capacity_; }
  bool is_stopping() const;

  // True if a worker could take something anywhere; asks for more where nothing is shared.
  bool has_work(bool for_fiber);

 private:
  explicit Scheduler(SchedulerOptions const& options);

  std::uint32_t const task_capacity_;
  FiberSlabs slabs_;  // Before the workers: thieves look at task stacks until they end.
  Sleepers sleepers_;
  std::vector<std::unique_ptr<Worker>> workers_;
  Inbox<Job> injected_;  // Nobody dozes here: sleepers_ says whom to wake.
  Atomic<bool> stopping_{false};
};

namespace detail {

// A call of f() that the thread which makes it waits for.
template <class F>
struct Call : Job {
  explicit Call(F& of) : Job(run, Kind::Root), f(of) {}

  static Job* run(Job& self) {
    auto& call = static_cast<Call&>(self);
    call.f();
    // Release pairs with the wait in heddle::run(): what f() did. The call may be gone next.
    call.done.store(1, release);
    futex_wake(call.done, 1);
    return nullptr;
  }

  F& f;
  Atomic<std::uint32_t> done{0};
};

}  // namespace detail

// Runs f() on a fiber of the scheduler and waits for its end. Any thread but a worker.
template <class F>
void run(Scheduler& scheduler, F&& f) {
  CHECK(Worker::current() == nullptr);
  detail::Call<F> call(f);
  scheduler.submit(call);
  // Acquire pairs with Call::run().
  while (call.done.load(acquire) == 0) futex_wait(call.done, 0);
}

}  // namespace heddle
