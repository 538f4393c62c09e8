#pragma once
// Ready jobs of one worker, oldest first. Others may take half of them.
//
// Plain and root jobs wait apart, so that a worker without a free fiber can still take the
// plain ones; who can take both takes them in turn. The lock is held for a few list operations and
// never while user code runs.

#include <cstdint>

#include "base/atomic.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/job.h"

namespace heddle {

class RunQueue {
 public:
  // Any thread.
  void push(Queue<Job>&& jobs) {
    LockGuard guarded(lock_);
    while (Job* job = jobs.pop_front()) add(*job);
  }

  void push(Job& job) {
    LockGuard guarded(lock_);
    add(job);
  }

  // The oldest job that the caller can run, or nullptr. Owner only.
  Job* pop(bool has_fiber) {
    if (!has_work(has_fiber)) return nullptr;
    LockGuard guarded(lock_);
    return remove(has_fiber);
  }

  // Moves the older half, at least one, of what the caller can run into `to`, and returns the
  // first of it, or nullptr. Any thread but the owner.
  Job* steal_half(RunQueue& to, bool has_fiber) {
    if (!has_work(has_fiber)) return nullptr;
    Queue<Job> rest;
    Job* first = nullptr;
    {
      LockGuard guarded(lock_);
      std::uint32_t count = (stealable(has_fiber) + 1) / 2;
      first = remove(has_fiber);
      for (std::uint32_t i = 1; i < count; ++i) rest.push_back(*remove(has_fiber));
    }
    if (!rest.empty()) to.push(std::move(rest));
    return first;
  }

  // True if pop() would find one. Any thread. Relaxed: who must not miss a push has an RMW
  // of the census between (sleepers.h), and pop() looks again under the lock.
  bool has_work(bool has_fiber) const {
    return plain_count_.load(relaxed) > 0 || (has_fiber && root_count_.load(relaxed) > 0);
  }

 private:
  std::uint32_t stealable(bool has_fiber) const {
    return plain_count_.load(relaxed) + (has_fiber ? root_count_.load(relaxed) : 0);
  }

  void add(Job& job) {
    bool plain = job.kind == Job::Kind::Plain;
    (plain ? plain_ : root_).push_back(job);
    Atomic<std::uint32_t>& count = plain ? plain_count_ : root_count_;
    count.store(count.load(relaxed) + 1, relaxed);
  }

  Job* remove(bool has_fiber) {
    bool const is_root = has_fiber && !root_.empty() && (root_is_next_ || plain_.empty());
    root_is_next_ = !is_root;
    Job* const job = (is_root ? root_ : plain_).pop_front();
    Atomic<std::uint32_t>& count = is_root ? root_count_ : plain_count_;
    if (job != nullptr) count.store(count.load(relaxed) - 1, relaxed);
    return job;
  }

  alignas(64) Lock lock_;
  Queue<Job> plain_;
  Queue<Job> root_;
  bool root_is_next_ = false;
  // Written under the lock, read without it by has_work().
  Atomic<std::uint32_t> plain_count_{0};
  Atomic<std::uint32_t> root_count_{0};
};

}  // namespace heddle
