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

// How a thread waits: asleep, on the gate's word.
struct ThreadSleeper {
  // Until the word is `last`, or at least has been.
  void wait(Atomic<std::uint32_t>& word, std::uint32_t last) {
    // Acquire pairs with leave() (G1).
    for (std::uint32_t now; (now = word.load(acquire)) != last;) futex_wait(word, now);
  }

  // The word has been what is waited for. Once, or again when somebody was refused.
  void wake(Atomic<std::uint32_t>& word) { futex_wake(word, 1); }
};

template <class Sleeper>
class BasicGate {
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
    // Release pairs with shut(): what was used (G1). Those after it continue it.
    std::uint32_t const before = word_.fetch_sub(1, release);
    if (before == (kShut | 1)) sleeper_.wake(word_);
  }

  // Once. Any thread that is not within.
  void shut() {
    // Acq_rel: what was used through the gate happens before what follows.
    if (word_.fetch_or(kShut, acq_rel) != 0) sleeper_.wait(word_, kShut);
  }

 private:
  static constexpr std::uint32_t kShut = 1u << 31;

  Atomic<std::uint32_t> word_{0};
  Sleeper sleeper_;
};

using Gate = BasicGate<ThreadSleeper>;

}  // namespace heddle
