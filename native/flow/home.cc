// The gate before a scheduler, and the count of what is outstanding.

#include "flow/home.h"

#include <utility>

#include "base/check.h"

namespace heddle {

bool Home::submit(Queue<Job>& jobs) {
  if (is_here()) {  // A worker that runs keeps the scheduler from stopping.
    scheduler_.submit(std::move(jobs));
    return true;
  }
  if (!enter()) return false;
  scheduler_.submit(std::move(jobs));
  leave();
  return true;
}

void Home::finished(std::uint64_t values) {
  std::uint64_t now = outstanding_.load(relaxed);
  while (now > values) {
    // Release pairs with the acquire below: whoever makes it zero has seen every value.
    if (outstanding_.compare_exchange_weak(now, now - values, release, relaxed)) return;
  }
  LockGuard guarded(lock_);  // H3
  // Acquire pairs with the release above; who looks for zero has our values, and those, by the
  // lock. More may have been recorded meanwhile.
  std::uint64_t const before = outstanding_.fetch_sub(values, acquire);
  CHECK(before >= values);
  if (before != values) return;
  Stack<Watcher> quiet = std::move(watchers_);
  while (Watcher* watcher = quiet.pop()) watcher->quiet(*watcher);
}

bool Home::is_quiet() {
  LockGuard guarded(lock_);  // H3
  // Relaxed: the lock orders it after whoever made it zero.
  return outstanding_.load(relaxed) == 0;
}

void Home::watch(Watcher& watcher) {
  {
    LockGuard guarded(lock_);
    // Relaxed as in is_quiet(). Not zero: whoever makes it zero comes by the lock after us.
    if (outstanding_.load(relaxed) != 0) {
      watchers_.push(watcher);
      return;
    }
  }
  watcher.quiet(watcher);
}

void Home::close() {
  // Acq_rel: what was submitted through the gate happens before the scheduler's stop.
  std::uint32_t now = gate_.fetch_or(kShut, acq_rel) | kShut;
  while (now != kShut) {
    futex_wait(gate_, now);
    // Acquire as above.
    now = gate_.load(acquire);
  }
}

bool Home::enter() {
  // Acquire pairs with close(), for who finds it shut; the count itself needs no order.
  std::uint32_t const before = gate_.fetch_add(1, acquire);
  if ((before & kShut) == 0) return true;
  leave();
  return false;
}

void Home::leave() {
  // Release pairs with close(): what was submitted.
  std::uint32_t const before = gate_.fetch_sub(1, release);
  if (before == (kShut | 1)) futex_wake(gate_, 1);
}

}  // namespace heddle
