#pragma once
// Fences: one thread's own, the one that a thread sets up in all others, and giving way.
//
// A seq_cst fence takes part in the one order of all seq_cst operations: it learns which
// stores they had seen, and lets later ones know what its thread has seen. It makes no plain
// access happen before another; only reading what somebody released does.
//
// membarrier() is the dear half of an asymmetric fence and compiler_barrier() the free one. The
// kernel puts a full fence at some point into every other thread while the call lasts; where
// that is in the thread's program, the compiler has a say in. So all that can be relied on is
// this: for each other thread and each of its compiler barriers C, either what came before C is
// seen after the call, or what came before the call is seen after C. The model visits the other
// threads one by one, and any of them may run between two visits. A thread whose code has
// no compiler barrier learns and tells nothing, although most processors would do better.

#include <atomic>

#include "model/execution.h"
#include "model/mutator.h"

namespace heddle::model {

namespace detail {

inline void seq_cst_fence(Execution& run) {
  Stamps& seen = run.self().view.seen;
  run.self().view.join(run.self().pending);
  seen.join(run.seq_cst_seen());
  run.seq_cst_seen().join(seen);
  run.self().released = run.views().keep(run.self().view);
}

inline void pass_barrier(Thread& self) {
  self.view.seen.join(self.after_barrier);
  self.before_barrier = self.view.seen;
}

}  // namespace detail

// As std::atomic_thread_fence. Any thread.
inline void fence(std::memory_order order, Site site = Site::here()) {
  Execution* run = Execution::current();
  if (run == nullptr || !run->is_exploring()) return;
  order = mutator().order(site, Op::Fence, order);
  Thread& self = run->self();
  switch (order) {
    case std::memory_order_seq_cst:
      run->step(site, Op::Fence, Sharing::kEverything, Touch::Write);
      detail::seq_cst_fence(*run);
      break;
    case std::memory_order_acquire:
      self.view.join(self.pending);
      break;
    case std::memory_order_acq_rel:
      self.view.join(self.pending);
      self.released = run->views().keep(self.view);
      break;
    case std::memory_order_release:
      self.released = run->views().keep(self.view);
      break;
    default:
      return;
  }
  if (run->is_tracing()) run->note(name(order));
}

// See the top. Any thread.
inline void compiler_barrier(Site site = Site::here()) {
  Execution* run = Execution::current();
  if (run == nullptr || !run->is_exploring()) return;
  if (!mutator().keeps(site, Op::CompilerBarrier)) return;
  run->step(site, Op::CompilerBarrier, Sharing::kBarriers, Touch::Write);
  detail::pass_barrier(run->self());
  if (run->is_tracing()) run->note("");
}

// See the top. Any thread.
inline void membarrier(Site site = Site::here()) {
  Execution* run = Execution::current();
  if (run == nullptr || !run->is_exploring()) return;
  if (!mutator().keeps(site, Op::Membarrier)) return;
  run->step(site, Op::Membarrier, Sharing::kEverything, Touch::Write);
  Thread& self = run->self();
  detail::seq_cst_fence(*run);
  detail::pass_barrier(self);
  Stamps learned;
  for (auto const& other : run->threads()) {
    if (other.get() == &self || other->index == 0) continue;
    run->step(site, Op::Membarrier, Sharing::kBarriers, Touch::Write);
    other->after_barrier.join(self.view.seen);
    learned.join(other->before_barrier);
    if (run->is_tracing()) run->note("visits " + other->name);
  }
  self.view.seen.join(learned);
  detail::seq_cst_fence(*run);
  detail::pass_barrier(self);
}

// What a turn of a spin loop does: the thread does not run again before the others have. Any
// thread.
inline void yield(Site site = Site::here()) {
  Execution* run = Execution::current();
  if (run == nullptr || !run->is_exploring()) return;
  run->count_step(site, Op::Yield);
  if (run->is_tracing()) run->note("");
  run->yield();
}

}  // namespace heddle::model
