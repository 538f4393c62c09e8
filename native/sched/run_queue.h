#pragma once
// Ready jobs of one worker and one lane, oldest first. Others may take half of them.
//
// Jobs wait apart by what they need, so that a worker without a free fiber can still take the
// plain ones; who can take several kinds takes them in turn. The lock is held for a few list
// operations and never while user code runs.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/job.h"
#include "sched/sleepers.h"

namespace heddle {

// What a worker must have to run the job, but for its lane.
constexpr Abilities needs_of(Job const& job) {
  if (job.kind == Job::Kind::Plain) return kNothing;
  if (job.kind == Job::Kind::Script) return kScript;
  return job.stack == StackClass::Normal ? kFiber : kLargeFiber;
}

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

  // The oldest job of the kind whose turn it is, among those that the caller can run, or nullptr.
  // Owner only.
  Job* pop(Abilities has) {
    if (!has_work(has)) return nullptr;
    LockGuard guarded(lock_);
    return remove(has);
  }

  // Moves the older half, at least one, but not more than the lock may be held for, of what the
  // caller can run into `to`, and returns the first of it, or nullptr. Any thread but the owner.
  Job* steal_half(RunQueue& to, Abilities has) {
    if (!has_work(has)) return nullptr;
    Queue<Job> rest;
    Job* first = nullptr;
    {
      LockGuard guarded(lock_);
      std::uint32_t const count = std::min((stealable(has) + 1) / 2, kStealMax);
      first = remove(has);
      for (std::uint32_t i = 1; i < count; ++i) rest.push_back(*remove(has));
    }
    if (!rest.empty()) to.push(std::move(rest));
    return first;
  }

  // True if pop() would find one. Any thread. Relaxed: who must not miss a push has an RMW
  // of the census between (sleepers.h), and pop() looks again under the lock.
  bool has_work(Abilities has) const {
    for (Kind const& kind : kinds_) {
      if (covers(has, kind.needs) && kind.count.load(relaxed) > 0) return true;
    }
    return false;
  }

  // What the oldest job of some kind needs; only after has_work(kEverything). Any thread.
  Abilities needs() const {
    for (Kind const& kind : kinds_) {
      if (kind.count.load(relaxed) > 0) return kind.needs;
    }
    return kNothing;
  }

 private:
  static constexpr std::uint32_t kStealMax = 256;

  struct Kind {
    explicit Kind(Abilities of) : needs(of) {}
    Abilities const needs;
    Queue<Job> jobs;
    Atomic<std::uint32_t> count{0};  // Written under the lock, read without it.
  };

  std::uint32_t stealable(Abilities has) const {
    std::uint32_t sum = 0;
    for (Kind const& kind : kinds_) {
      if (covers(has, kind.needs)) sum += kind.count.load(relaxed);
    }
    return sum;
  }

  Kind& kind_of(Job const& job) {
    if (job.kind == Job::Kind::Plain) return kinds_[0];
    if (job.kind == Job::Kind::Script) return kinds_[3];
    return kinds_[job.stack == StackClass::Normal ? 1 : 2];
  }

  void add(Job& job) {
    Kind& kind = kind_of(job);
    kind.jobs.push_back(job);
    kind.count.store(kind.count.load(relaxed) + 1, relaxed);
  }

  Job* remove(Abilities has) {
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
      Kind& kind = kinds_[(turn_ + i) % kinds_.size()];
      if (!covers(has, kind.needs) || kind.jobs.empty()) continue;
      turn_ = (turn_ + i + 1) % kinds_.size();
      kind.count.store(kind.count.load(relaxed) - 1, relaxed);
      return kind.jobs.pop_front();
    }
    return nullptr;
  }

  alignas(64) Lock lock_;
  std::size_t turn_ = 0;
  std::array<Kind, 4> kinds_{Kind(kNothing), Kind(kFiber), Kind(kLargeFiber), Kind(kScript)};
};

}  // namespace heddle
