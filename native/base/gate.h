#pragma once
// Users come and go until somebody shuts the gate, and then waits until the last has left.
//
//   word         means                             left by
//     n          n are within                      enter, leave, shut
//     n | kShut  n are still within                leave, and by who is refused
//
// Rules, cited below by name:
//   G1  What the users within use is there until shut() has returned.
//   G2  Who leaves last may still wake the memory of the gate when that is gone: a wake-up of
//       nobody, or one more for whoever has the memory then.

#include <cstdint>

#include "base/atomic.h"
#include "base/futex.h"

namespace heddle {

class Gate {
 public:
  // False: it is shut, and nothing was entered. Any thread.
  [[nodiscard]] bool enter() {
    // Acquire pairs with shut(), for who finds it shut; the count itself needs no order.
    std::uint32_t const before = word_.fetch_add(1, acquire);
    if ((before & kShut) == 0) return true;
    leave();
    return false;
  }

  // Once for each enter().
  void leave() {
    // Release pairs with shut(): what was used (G1).
    std::uint32_t const before = word_.fetch_sub(1, release);
    if (before == (kShut | 1)) futex_wake(word_, 1);
  }

  // Once. Any thread that is not within.
  void shut() {
    // Acq_rel: what was used through the gate happens before what follows.
    std::uint32_t now = word_.fetch_or(kShut, acq_rel) | kShut;
    while (now != kShut) {
      futex_wait(word_, now);
      // Acquire as above.
      now = word_.load(acquire);
    }
  }

 private:
  static constexpr std::uint32_t kShut = 1u << 31;

  Atomic<std::uint32_t> word_{0};
};

}  // namespace heddle
