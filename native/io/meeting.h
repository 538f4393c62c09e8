#pragma once
// Where one who may wait meets one who will finish, in a single word.
//
// word        means                                       left by
//   Idle      nothing is going on                         begin
//   Running   going on, nobody waits                      wait, to the waiter; over
//   a waiter  going on, and this one waits for it         over
//   Over      finished; what it made can be seen          rest
//
// The owner calls begin, is_over, wait and rest; the other side calls over, once after each
// begin, and touches nothing of the owner's afterwards.

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace heddle {

template <class Waiter>
class Meeting {
  static_assert(alignof(Waiter) > 2, "two small numbers are not waiters");

 public:
  bool is_idle() const { return word_.load(relaxed) == kIdle; }

  // Relaxed: who hands the work over publishes it.
  void begin() {
    DCHECK(is_idle());
    word_.store(kRunning, relaxed);
  }

  // Acquire pairs with the release in over(): all that was made before it.
  bool is_over() const { return word_.load(acquire) == kOver; }

  // Leaves `waiter` to be returned by over(). False if that came first.
  [[nodiscard]] bool wait(Waiter& waiter) {
    Word expected = kRunning;
    // Release publishes the waiter to over(); acquire as in is_over().
    return word_.compare_exchange_strong(expected, reinterpret_cast<Word>(&waiter), release,
                                         acquire);
  }

  // Finished. Returns who waits, or null.
  [[nodiscard]] Waiter* over() {
    // Release publishes what was made to is_over() and wait(); acquire pairs with the release
    // in wait().
    Word const before = word_.exchange(kOver, acq_rel);
    DCHECK(before != kIdle && before != kOver);
    return before == kRunning ? nullptr : reinterpret_cast<Waiter*>(before);
  }

  void rest() {
    DCHECK(word_.load(relaxed) == kOver);
    word_.store(kIdle, relaxed);
  }

 private:
  using Word = std::uintptr_t;

  static constexpr Word kIdle = 0;
  static constexpr Word kRunning = 1;
  static constexpr Word kOver = 2;

  Atomic<Word> word_{kIdle};
};

}  // namespace heddle
