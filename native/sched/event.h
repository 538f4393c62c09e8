#pragma once
// Something that has happened, or not yet: fibers and threads wait for it, anybody says so.
//
//   word_         means                                       left by
//     kUnset      it has not happened, nobody waits           wait, set
//     a Waiter*   it has not happened; who waits, last first  wait, set
//     kSet        it has                                      reset
//
// Operation    By                          Atomics
//   set        any thread                  one exchange
//   reset      any thread                  one CAS
//   wait       fiber, or a thread (A4)     one load when it is set, else one CAS
//   is_set     any thread                  one load
//
// Rules, cited below by name:
//   V1  The exchange is set()'s one access of the event. What it found there it wakes, and nobody
//       else can find it. So a waiter may destroy the event as soon as wait() has returned, or
//       is_set() has been true, if no other call is under way or to come.
//   V2  set() wakes all who wait at that moment, also if a reset() follows at once. wait() does not
//       look at the event again.
//   V3  set() is a read-modify-write also when it is set already. So reset() sees what was done
//       before every set() that it undoes: "reset, look, wait" misses nothing.

#include <cstdint>
#include <utility>

#include "base/atomic.h"
#include "base/check.h"
#include "base/list.h"
#include "sched/waiter.h"

namespace heddle {

class Event {
 public:
  Event() = default;
  Event(Event const&) = delete;
  Event& operator=(Event const&) = delete;

  // Any thread. Allocates nothing.
  void set() {
    // Release publishes what has happened to is_set(), enlist() and reset(); acquire pairs with
    // enlist(): the waiters.
    Word const before = word_.exchange(kSet, acq_rel);  // V1, V3
    if (before == kSet || before == kUnset) return;
    Waiter::wake_all(reversed(Stack<Waiter>(reinterpret_cast<Waiter*>(before))));
  }

  // As if it had not happened. Who waits goes on waiting. Any thread.
  void reset() {
    Word expected = kSet;
    // Acquire pairs with set() (V3). Relaxed on failure: there was nothing to undo.
    (void)word_.compare_exchange_strong(expected, kUnset, acquire, relaxed);
  }

  // Returns when it is set, or has been since this was called. A fiber, or a thread in no worker
  // (A4).
  void wait() {
    DCHECK(may_wait());
    if (is_set()) return;
    Waiter self;
    self.wait([&] { return enlist(self); });
  }

  // Acquire pairs with set(): what was done before it.
  bool is_set() const { return word_.load(acquire) == kSet; }

 private:
  using Word = std::uintptr_t;

  static constexpr Word kUnset = 0;
  static constexpr Word kSet = 1;
  static_assert(alignof(Waiter) > kSet, "no waiter is a small number");

  // False: it was set meanwhile.
  bool enlist(Waiter& waiter) {
    // Acquire as in is_set().
    Word word = word_.load(acquire);
    while (word != kSet) {
      waiter.next = reinterpret_cast<Waiter*>(word);
      // Release publishes the waiter to set(); acquire on failure as in is_set().
      bool const enlisted = word_.compare_exchange_weak(word, reinterpret_cast<Word>(&waiter),
                                                        release, acquire);
      if (enlisted) return true;
    }
    return false;
  }

  Atomic<Word> word_{kUnset};
};

}  // namespace heddle
