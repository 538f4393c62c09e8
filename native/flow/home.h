#pragma once
// Where values are computed: a scheduler, seen from its dataflow.
//
// Rules, cited below by name:
//   H1  Nothing is submitted from outside once the gate is shut: who gets through the gate is
//       waited for, and who does not fails its values with Cancelled.
//   H2  Every value that is not there when it is recorded counts as outstanding until it came or
//       failed.
//   H3  The count becomes zero under the lock only, and so are watchers told; that is the last
//       touch of the home: who sees zero under the lock may free it, and what the watchers know.

#include "base/atomic.h"
#include "base/gate.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/scheduler.h"

namespace heddle {

class Home {
 public:
  // Waits for the moment when nothing is outstanding.
  struct Watcher {
    Watcher* next = nullptr;
    // Any thread, perhaps with the lock held; the watcher may be gone when it returns.
    void (*quiet)(Watcher& self) = nullptr;
  };

  explicit Home(Scheduler& scheduler) : scheduler_(scheduler) {}

  // True if the calling thread is one of the scheduler's workers.
  bool is_here() const {
    Worker* const worker = Worker::current();
    return worker != nullptr && &worker->scheduler() == &scheduler_;
  }

  // Hands the jobs to the scheduler. False: the gate is shut, and they are still the caller's.
  // Any thread.
  [[nodiscard]] bool submit(Queue<Job>& jobs);

  // Any thread.
  void expect(std::uint64_t values) { outstanding_.fetch_add(values, relaxed); }
  void finished(std::uint64_t values);

  // Operations that were computed without having been a job, for the statistics. Any thread.
  void count_computed(std::uint64_t operations) { computed_.fetch_add(operations, relaxed); }
  std::uint64_t computed() const { return computed_.load(relaxed); }

  // Makers that have not left every queue. Of the thread that records, and frees them.
  std::uint64_t makers = 0;

  // True when nothing is outstanding, and nobody is within finished() either: with the gate shut
  // and no makers left, or the scheduler stopped, nobody will touch the home again. Any thread.
  bool is_quiet();

  // Calls watcher.quiet once nothing is outstanding, perhaps at once. Any thread.
  void watch(Watcher& watcher);

  // Shuts the gate and waits for those within. Values that become ready later fail (H1).
  // Any thread but a worker; once.
  void close() { gate_.shut(); }

 private:
  Scheduler& scheduler_;
  Atomic<std::uint64_t> computed_{0};
  Gate gate_;
  alignas(64) Atomic<std::uint64_t> outstanding_{0};
  Lock lock_;
  Stack<Watcher> watchers_;
};

}  // namespace heddle
