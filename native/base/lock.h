#pragma once
// A mutex of four bytes for slow paths: sleeps on a futex after a moment.
//
// state_         means                            left by
//   kFree        nobody holds it                  lock, try_lock
//   kHeld        held, nobody sleeps              unlock; lock, to kContended
//   kContended   held, somebody may sleep         unlock, which then wakes one
//
// Rules, cited below by name:
//   L1  Who sleeps has made it kContended first, and takes it as kContended: it
//       cannot know whether others sleep too. A needless wake is the price.
//   L2  Never held across a fiber switch: the worker's other fibers would sleep on it.

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"
#include "base/cpu.h"
#include "base/futex.h"

namespace heddle {

class Lock {
 public:
  Lock() = default;
  Lock(Lock const&) = delete;
  Lock& operator=(Lock const&) = delete;

  // Blocks until held. Any thread that does not hold it.
  void lock() {
    if (!try_lock()) lock_contended();
  }

  // Any thread that does not hold it.
  [[nodiscard]] bool try_lock() {
    std::uint32_t expected = kFree;
    // Acquire pairs with the release in unlock(): all that the last holder did.
    return state_.compare_exchange_strong(expected, kHeld, acquire, relaxed);
  }

  // The thread that holds it.
  void unlock() {
    // Release pairs with the acquires in try_lock() and lock_contended().
    std::uint32_t before = state_.exchange(kFree, release);
    DCHECK(before != kFree);
    if (before == kContended) futex_wake(state_, 1);
  }

 private:
  static constexpr std::uint32_t kFree = 0;
  static constexpr std::uint32_t kHeld = 1;
  static constexpr std::uint32_t kContended = 2;

  // About a microsecond: most hold it for less, and to sleep costs more.
#ifdef HEDDLE_MODEL
  static constexpr int kSpins = 0;  // One that fails changes nothing.
#else
  static constexpr int kSpins = 40;
#endif

  [[gnu::cold, gnu::noinline]] void lock_contended() {
    for (int i = 0; i < kSpins; ++i) {
      cpu_relax();
      if (state_.load(relaxed) == kFree && try_lock()) return;
    }
    // Acquire as in try_lock(). It was free if we read kFree; now it is ours (L1).
    while (state_.exchange(kContended, acquire) != kFree) futex_wait(state_, kContended);
  }

  Atomic<std::uint32_t> state_{kFree};
};

// Holds a Lock for the length of a block.
class [[nodiscard]] LockGuard {
 public:
  explicit LockGuard(Lock& lock) : lock_(lock) { lock_.lock(); }
  ~LockGuard() { lock_.unlock(); }
  LockGuard(LockGuard const&) = delete;
  LockGuard& operator=(LockGuard const&) = delete;

 private:
  Lock& lock_;
};

}  // namespace heddle
