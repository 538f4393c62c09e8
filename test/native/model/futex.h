#pragma once
// Sleeping and waking in the model, and its clock.
//
// The kernel promises one order of waits and wakes of a word, and that a wait that comes after
// a wake finds what the waker had seen of that word. The model takes it at that: a wait
// without such a wake before it may find an old value and sleep, and whoever is woken has
// learned nothing by it. When every thread that is left sleeps, a wake-up was lost and the
// execution fails.

#include <cstdint>

#include "model/atomic.h"
#include "model/fence.h"

namespace heddle::model {

inline constexpr std::uint64_t kForever = 0;

// See base/futex.h. Any thread.
[[nodiscard]] inline bool futex_wait_until(Atomic<std::uint32_t>& word, std::uint32_t expected,
                                           std::uint64_t deadline_ns, Site site = Site::here()) {
  Location& location = word.location();
  Execution* run = location.begin(site, Op::FutexWait, Touch::Write);
  if (run == nullptr) return true;
  detail::pass_barrier(run->self());  // A system call: the compiler moves nothing across.
  bool const may_sleep = location.kernel_may_find(*run, [=](Location::Value found) {
    return found == expected;
  });
  bool const may_return = location.kernel_may_find(*run, [=](Location::Value found) {
    return found != expected;
  });
  bool const sleeps = may_sleep && (!may_return || run->choose(2, Choose::Value) == 0);
  if (!sleeps) {
    if (run->is_tracing()) run->note("the word differs");
    run->catch_up();
    return true;
  }
  if (!run->is_exploring()) run->fail("futex_wait with nobody left to wake");
  if (deadline_ns != kForever && deadline_ns <= run->clock_ns()) return false;
  bool const returns_at_once = run->is_surprised();
  if (run->is_tracing()) run->note(returns_at_once ? "returns for no reason" : "sleeps");
  if (returns_at_once) return true;
  bool const woken = run->sleep(location.id(), deadline_ns);
  if (run->is_tracing()) run->note(woken ? "is woken" : "times out");
  return woken;
}

// See base/futex.h. Any thread.
inline void futex_wait(Atomic<std::uint32_t>& word, std::uint32_t expected,
                       Site site = Site::here()) {
  (void)futex_wait_until(word, expected, kForever, site);
}

// See base/futex.h. Any thread.
inline std::uint32_t futex_wake(Atomic<std::uint32_t>& word, std::uint32_t count,
                                Site site = Site::here()) {
  Location& location = word.location();
  if (!mutator().keeps(site, Op::FutexWake)) return 0;
  Execution* run = location.begin(site, Op::FutexWake, Touch::Write);
  if (run == nullptr || !run->is_exploring()) return 0;
  detail::pass_barrier(run->self());
  run->futex_seen().raise(location.id(), run->self().view.seen.at(location.id()));
  std::uint32_t const woken = run->wake(location.id(), count);
  if (run->is_tracing()) run->note("wakes " + std::to_string(woken));
  return woken;
}

// Goes on by 10 us at every look, and to the deadline of a wait that times out. Any thread.
inline std::uint64_t now_ns() {
  constexpr std::uint64_t kTick = 10'000;
  Execution* run = Execution::current();
  return run == nullptr ? kTick : run->clock_ns() += kTick;
}

}  // namespace heddle::model
