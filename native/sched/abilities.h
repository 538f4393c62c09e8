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
inline constexpr Abilities kEverything = 7;

constexpr bool covers(Abilities has, Abilities needs) {
  return (needs & ~has) == 0;
}

}  // namespace heddle
