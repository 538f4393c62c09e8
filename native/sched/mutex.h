#pragma once
// A lock that suspends the fiber and not its thread, so it may be held across a join or a wait.
//
// One word: who holds it, and who came meanwhile; a list of who came before, which belongs to the
// holder.
//
//   word_ holds    means                                        set by          cleared by
//     kHeld        somebody holds it                            take            unlock
//     kQueued      queue_ may not be empty                      unlock          unlock
//     kWoken       a waiter was woken and has not come yet      unlock          take, enlist
//     a pointer    newcomers, the last one first                enlist          unlock
//
// Operation    By                          Atomics when nobody else wants it
//   lock       fiber, or a thread (A4)     one CAS
//   try_lock   anyone                      one CAS
//   unlock     the holder                  one CAS
//
// Rules, cited below by name:
//   K1  One enlists by a CAS that finds it held. So the holder's unlock(), which ends in a CAS of
//       its own, sees everybody.
//   K2  queue_ is the holder's, as is what the mutex guards. Oldest first.
//   K3  It is free, and somebody waits: then one waiter, and only one, is on its way (kWoken). It
//       takes the mutex, or enlists again at the front of the queue.
//   K4  That CAS is unlock()'s last access. So the last holder may destroy the mutex.
//   K5  A waiter that has come in vain kLossesMax times is handed the mutex by the next unlock().
//
// Who comes first gets it first, but for those that find it free: they need not wait for a fiber
// that is to run again, soon, on a worker that may be in a long leaf. With strict order every
// holder would wait so for the next, and nobody else could go on meanwhile. K5 sees to it that this
// starves nobody.

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"
#include "base/list.h"
#include "sched/waiter.h"

namespace heddle {

class Mutex {
 public:
  Mutex() = default;
  Mutex(Mutex const&) = delete;
  Mutex& operator=(Mutex const&) = delete;

  // Waits until held. A fiber, or a thread in no worker (A4), that does not hold it.
  void lock() {
    DCHECK(may_wait());
    if (!take(0)) lock_slow();
  }

  // Anyone who does not hold it, a plain job too.
  [[nodiscard]] bool try_lock() { return take(0); }

  // Any thread, for the holder.
  void unlock() {
    Word expected = kHeld;
    // Release pairs with take().
    if (word_.compare_exchange_strong(expected, 0, release, relaxed)) return;
    unlock_slow();
  }

 private:
  using Word = std::uintptr_t;

  static constexpr Word kHeld = 1;
  static constexpr Word kQueued = 2;
  static constexpr Word kWoken = 4;
  static constexpr Word kMarks = kHeld | kQueued | kWoken;

  static constexpr std::uint32_t kLossesMax = 1;

  // One who wants the mutex.
  struct Contender : Waiter {
    Plain<std::uint32_t> losses = 0;  // How often it was woken in vain.
    Plain<bool> is_owner = false;
    Word mark = 0;  // kWoken while it counts as that.
  };
  static_assert(alignof(Contender) > kMarks, "the marks fit below a pointer");

  // False while it is held. Clears `mark` when it takes it.
  bool take(Word mark) {
    Word word = 0;  // Most often: one CAS and no load.
    // Acquire pairs with unlock() and unlock_slow(): all that the last holder did.
    while (!word_.compare_exchange_weak(word, (word & ~mark) | kHeld, acquire, relaxed)) {
      if ((word & kHeld) != 0) return false;
    }
    return true;
  }

  [[gnu::cold, gnu::noinline]] void lock_slow() {
    Contender self;
    do {
      if (self.mark == kWoken) self.losses = self.losses + 1;
      self.wait([&] { return enlist(self); });
      if (self.is_owner) return;
      self.mark = kWoken;
    } while (!take(kWoken));
  }

  // K1. False: it was free, and is taken.
  bool enlist(Contender& self) {
    while (!take(self.mark)) {
      Word word = word_.load(relaxed);
      if ((word & kHeld) == 0) continue;
      self.next = newcomers(word);
      Word const joined = reinterpret_cast<Word>(static_cast<Waiter*>(&self)) |
                          (word & kMarks & ~self.mark);
      // Release publishes the contender to absorb().
      if (word_.compare_exchange_weak(word, joined, release, relaxed)) return true;
    }
    self.is_owner = true;
    return false;
  }

  [[gnu::cold, gnu::noinline]] void unlock_slow() {
    while (true) {
      Word word = absorb();
      CHECK((word & kHeld) != 0 && "unlock() of a mutex that nobody holds");
      bool const may_wake = (word & kWoken) == 0;  // K3
      auto* const first = may_wake ? static_cast<Contender*>(queue_.pop_front()) : nullptr;
      if (first != nullptr && first->losses >= kLossesMax) {  // K5
        first->is_owner = true;
        first->wake();
        return;
      }
      Word const queued = queue_.empty() ? 0 : kQueued;
      Word const woken = may_wake && first == nullptr ? 0 : kWoken;
      // Release pairs with take().
      if (word_.compare_exchange_strong(word, queued | woken, release, relaxed)) {  // K4
        if (first != nullptr) first->wake();
        return;
      }
      if (first != nullptr) queue_.push_front(*first);
    }
  }

  // Moves the newcomers to the queue, and returns the word without them.
  Word absorb() {
    Word word = word_.load(relaxed);
    while (newcomers(word) != nullptr) {
      Word const absorbed = (word & kMarks) | kQueued;
      // Acquire pairs with enlist().
      if (!word_.compare_exchange_weak(word, absorbed, acquire, relaxed)) continue;
      Queue<Waiter> arrived = reversed(Stack<Waiter>(newcomers(word)));
      while (Waiter* waiter = arrived.pop_front()) {
        if (static_cast<Contender*>(waiter)->losses > 0) {
          queue_.push_front(*waiter);  // K3
        } else {
          queue_.push_back(*waiter);
        }
      }
      return absorbed;
    }
    return word;
  }

  static Waiter* newcomers(Word word) { return reinterpret_cast<Waiter*>(word & ~kMarks); }

  Atomic<Word> word_{0};
  Queue<Waiter> queue_;  // K2
};

// Holds a Mutex for the length of a block.
class [[nodiscard]] MutexGuard {
 public:
  explicit MutexGuard(Mutex& mutex) : mutex_(mutex) { mutex_.lock(); }
  ~MutexGuard() { mutex_.unlock(); }
  MutexGuard(MutexGuard const&) = delete;
  MutexGuard& operator=(MutexGuard const&) = delete;

 private:
  Mutex& mutex_;
};

}  // namespace heddle
