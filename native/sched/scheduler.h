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
#include "base/process.h"
#include "base/topology.h"
#include "sched/background.h"
#include "sched/worker.h"

namespace heddle {

struct SchedulerOptions {
  std::uint32_t threads = 1;                    // 1..1024
  std::size_t stack_bytes = 64 * 1024;          // A fiber's primary stack, at least 16 KiB.
  std::size_t large_stack_bytes = 1024 * 1024;  // The same for StackClass::Large.
  std::uint32_t task_capacity = 4096;           // Tasks in a fiber's task stack, 1..2^24.
  std::uint32_t fibers_max = 16384;             // Of each stack class, at least one a worker.
  bool pin = false;                             // Pin each worker to a processor.
  Helping helping = Helping::ByThieves;  // ByOwner where there is no membarrier, or by choice.
  std::string name = "heddle";           // Threads are called name/0, name/1, ...
};

class Scheduler {
 public:
  // Fails with EAGAIN or ENOMEM when the system has no thread or memory to give.
  static Result<std::unique_ptr<Scheduler>> start(SchedulerOptions const& options);
  ~Scheduler();  // Stopped, or never started.
  Scheduler(Scheduler const&) = delete;
  Scheduler& operator=(Scheduler const&) = delete;

  // Runs the jobs, soon. From one of its workers they go to that worker's own queue, else they
  // are injected. One wake-up at most. Any thread, but a child of fork() ends with a message.
  void submit(Queue<Job>&& jobs);
  void submit(Job& job);

  // See the top. Any thread but a worker, once nobody submits any more; twice is fine. Who resumes
  // fibers from outside must have returned before the scheduler is destroyed. In a child of fork()
  // there is nobody to wait for: what was not run is forgotten.
  void stop();

  // The same, but gives up waiting for isolates when the deadline has passed. False: some sit there
  // still. Again and again is fine.
  [[nodiscard]] bool stop_until(std::uint64_t deadline_ns);

  std::uint32_t threads() const { return std::uint32_t(workers_.size()); }
  WorkerStats stats(std::uint32_t worker) const { return workers_[worker]->stats(); }

  // The most bytes that any fiber has had in use, since the scheduler was started: of primary
  // stack, to the page, and of task stack, in tasks. Any thread; reads every fiber that was ever
  // made.
  struct HighWater {
    std::size_t stack_bytes;
    std::size_t large_stack_bytes;
    std::uint32_t tasks;
  };
  HighWater high_water();

  // Records the last `events` events of each worker from here on. False: no memory. One thread at a
  // time, any; the events are still there after stop_trace(). The thread that starts it is told
  // from others where it wakes workers (Roused).
  [[nodiscard]] bool start_trace(std::size_t events);
  void stop_trace();
  std::vector<TraceEvent> trace(std::uint32_t worker) const {
    return workers_[worker]->tracer().events();
  }
  std::uint64_t trace_lost(std::uint32_t worker) const { return workers_[worker]->tracer().lost(); }

  // For its workers.
  Worker& worker(std::uint32_t index) { return *workers_[index]; }
  Sleepers& sleepers() { return sleepers_; }
  Background& background() { return background_; }
  Inbox<Job>& injected(Lane lane) { return injected_[std::size_t(lane)]; }
  Inbox<Job> const& injected(Lane lane) const { return injected_[std::size_t(lane)]; }
  // True if a worker that has this could take something that was injected.
  bool has_injected(Abilities has, bool has_place = false);
  FiberSlabs& slabs(StackClass of) { return slabs_[std::size_t(of)]; }
  std::uint32_t task_capacity() const { return task_capacity_; }
  Helping helping() const { return helping_; }
  bool uses_large_stacks() const { return uses_large_stacks_.load(relaxed); }
  bool is_stopping() const;
  // What the most able of its workers could have.
  Abilities all_abilities() const { return has_isolates_.load(relaxed) ? kEverything : kNative; }
  void note_isolate() { has_isolates_.store(true, relaxed); }
  void require_here() const { origin_.require_here("this scheduler"); }

  // True if a worker that has this could take something anywhere; asks for more where nothing is
  // shared.
  bool has_work(Abilities has);
  // What one needs to take a task that nobody has shared and who has this may take; or kNothing.
  // After has_work(); issues a membarrier (D3).
  Abilities private_needs(Abilities has);
  // What of it is of use now: nothing for background work while there is no place for it, and then
  // the caller is woken when there is one.
  Abilities usable(Abilities has, bool has_place = false);
  // True if any worker runs a fiber.
  bool runs_fibers() const;
  // Wakes one for what is to be had anywhere, shared or private.
  void wake_for_rest(Sleepers::Followers followers = Sleepers::Followers::Too);
  // Somebody who was refused may run background work now.
  void wake_for_background();

 private:
  explicit Scheduler(SchedulerOptions const& options, Helping helping);
  void assign_victims(Topology const* pinned_to);

  Origin const origin_;
  std::uint32_t const task_capacity_;
  Helping const helping_;
  std::array<FiberSlabs, kStackClasses> slabs_;  // Before the workers: thieves look at task stacks.
  Sleepers sleepers_;
  Background background_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::array<Inbox<Job>, kLanes> injected_;  // Nobody dozes here: sleepers_ says whom to wake.
  Atomic<bool> uses_large_stacks_{false};
  Atomic<bool> has_isolates_{false};
  Atomic<bool> stopping_{false};
};

}  // namespace heddle
