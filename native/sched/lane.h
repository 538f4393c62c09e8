#pragma once
// Who goes first, and what a job says about how it wants to be run.

#include <cstddef>
#include <cstdint>

namespace heddle {

// In this order. Background jobs never take every worker: see background.h.
enum class Lane : std::uint8_t { Frame, Normal, Background };
inline constexpr std::size_t kLanes = 3;

// How large the primary stack is that a root job and all it forks run on: an option of the
// scheduler each.
enum class StackClass : std::uint8_t { Normal, Large };
inline constexpr std::size_t kStackClasses = 2;

}  // namespace heddle
