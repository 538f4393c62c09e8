#pragma once
// How many workers may run background work at a time: all but one, so that a frame finds one.
//
// The word is {refused, used}. A worker takes a place before it runs a background job or enters a
// background fiber, and gives it back when it has left. Rules, cited below by name:
//   B1  Who was refused has left its mark in the same read-modify-write that refused it; so whoever
//       gives a place back afterwards is told, and wakes those who wait (worker.cc). Before it
//       sleeps for want of a place a worker has asked has_place(), after it parked.

#include <algorithm>
#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace heddle {

class Background {
 public:
  explicit Background(std::uint32_t workers) : places_(std::max(1u, workers - 1)) {}

  // True: the caller has a place, and must give it back. Any worker.
  [[nodiscard]] bool take() {
    std::uint32_t word = word_.load(relaxed);
    while (true) {
      bool const free = (word & ~kRefused) < places_;
      std::uint32_t const next = free ? word + 1 : word | kRefused;
      // Acquire pairs with give(): nothing runs before who had the place has left it.
      if (word_.compare_exchange_weak(word, next, acquire, relaxed)) return free;
    }
  }

  // True: somebody was refused since the last time; wake those who wait. Who has a place.
  [[nodiscard]] bool give() {
    std::uint32_t word = word_.load(relaxed);
    // Release pairs with take(), acquire with has_place().
    while (!word_.compare_exchange_weak(word, (word & ~kRefused) - 1, acq_rel, relaxed)) {
    }
    DCHECK((word & ~kRefused) > 0);
    return (word & kRefused) != 0;
  }

  // True if take() would have succeeded. B1 holds for who is told otherwise. Any worker.
  [[nodiscard]] bool has_place() {
    std::uint32_t word = word_.load(relaxed);
    while ((word & ~kRefused) >= places_) {
      // Release pairs with give(): the caller has parked, or said what it waits for.
      if (word_.compare_exchange_weak(word, word | kRefused, release, relaxed)) return false;
    }
    return true;
  }

 private:
  static constexpr std::uint32_t kRefused = 1u << 31;

  std::uint32_t const places_;
  alignas(64) Atomic<std::uint32_t> word_{0};
};

}  // namespace heddle
