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
  if (!gate_.enter()) return false;
  scheduler_.submit(std::move(jobs));
  gate_.leave();
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

}  // namespace heddle
