#pragma once
// What a worker must have to take some work, so that nobody is woken for what it cannot take.

#include <cstdint>

namespace heddle {

// What a worker has, and what some work needs: bits.
using Abilities = std::uint8_t;
inline constexpr Abilities kNothing = 0;        // Plain jobs need nothing.
inline constexpr Abilities kFiber = 1;          // Root jobs and forked tasks.
inline constexpr Abilities kLargeFiber = 2;     // The same with a large stack.
inline constexpr Abilities kForBackground = 4;  // Background work: no suspended frame fibers.
inline constexpr Abilities kNative = 7;         // All that a worker without an isolate can have.
inline constexpr Abilities kScript = 8;         // Script tasks: an isolate whose stack is free.
inline constexpr Abilities kEverything = 15;

// No work needs it: an isolate that waits for a thief, and would run what that one shares.
inline constexpr Abilities kFollower = 16;

constexpr bool covers(Abilities has, Abilities needs) {
  return (needs & ~has) == 0;
}

}  // namespace heddle
