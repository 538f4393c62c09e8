#pragma once
// The one clock of the core: monotonic nanoseconds, the time of every deadline.

#include <cstdint>

#ifdef HEDDLE_MODEL
#include "model/futex.h"
#else
#include <ctime>
#endif

namespace heddle {

inline constexpr std::uint64_t kNanosecondsPerSecond = 1'000'000'000;

#ifdef HEDDLE_MODEL

using model::now_ns;

#else

// CLOCK_MONOTONIC: never goes back, stands still while the machine sleeps. Any thread.
inline std::uint64_t now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);  // Cannot fail for this clock.
  return static_cast<std::uint64_t>(now.tv_sec) * kNanosecondsPerSecond +
         static_cast<std::uint64_t>(now.tv_nsec);
}

#endif

}  // namespace heddle
