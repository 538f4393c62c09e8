#pragma once
// Waits until what a mutex guards has changed: gives up the mutex, waits for a notice, and takes
// the mutex again.
//
// Operation      By                                Atomics when nobody waits
//   wait         the mutex's holder (A4)           -
//   notify_one   any thread                        one load
//   notify_all   any thread                        one load
//
// Rules, cited below by name:
//   N1  A waiter is on the list before it unlocks the mutex. So who changes something under the
//       mutex later, and then notifies, finds it there; who did so before was seen.
//   N2  What waiters look at is changed under the mutex. notify may be called without it.
//   N3  A notice goes to who waits now, and to nobody else. wait() returns for no other reason, but
//       another holder may have been there in between: so look again, or use the predicate.
//   N4  A notify() touches only waiters once it has let go of lock_, and wakes none before. So who
//       was the last to wait may destroy the condition variable, if nobody notifies it any more.

#include <cstdint>
#include <utility>

#include "base/atomic.h"
#include "base/check.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/mutex.h"
#include "sched/waiter.h"

namespace heddle {

class ConditionVariable {
 public:
  ConditionVariable() = default;
  ConditionVariable(ConditionVariable const&) = delete;
  ConditionVariable& operator=(ConditionVariable const&) = delete;

  // Returns when notified, with the mutex held again. Its holder; with others, on one mutex.
  void wait(Mutex& mutex) {
    Waiter self;
    self.wait([&] {
      enlist(self);
      mutex.unlock();  // N1
      return true;
    });
    mutex.lock();
  }

  // Returns when predicate() is true, which is called with the mutex held.
  template <class Predicate>
  void wait(Mutex& mutex, Predicate predicate) {
    while (!predicate()) wait(mutex);
  }

  // Wakes the one who has waited longest, if anybody waits. Any thread.
  void notify_one() {
    if (Waiter* waiter = take_first()) waiter->wake();
  }

  // Wakes all who wait. Any thread.
  void notify_all() { Waiter::wake_all(take_all()); }

 private:
  void enlist(Waiter& waiter) {
    LockGuard guarded(lock_);
    waiters_.push_back(waiter);
    has_waiters_.store(true, relaxed);  // It is the mutex that publishes it (N1).
  }

  Waiter* take_first() {
    if (!has_waiters_.load(relaxed)) return nullptr;  // N1, N2: the mutex made it visible.
    LockGuard guarded(lock_);
    Waiter* const first = waiters_.pop_front();
    has_waiters_.store(!waiters_.empty(), relaxed);
    return first;
  }

  Queue<Waiter> take_all() {
    if (!has_waiters_.load(relaxed)) return {};  // As above.
    LockGuard guarded(lock_);
    has_waiters_.store(false, relaxed);
    return std::exchange(waiters_, {});
  }

  Atomic<bool> has_waiters_{false};  // Changed under the lock.
  Lock lock_;
  Queue<Waiter> waiters_;
};

}  // namespace heddle
