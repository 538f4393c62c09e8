#pragma once
// The words in `user_data` that are not tokens. For ring/ alone.

#include <cstdint>

#include "ring/slots.h"

namespace heddle {

// The wake-up's read.
inline constexpr std::uint64_t kWakeWord = ~std::uint64_t{0} - 1;

// With a token: the answer to a cancel of what the token names.
inline constexpr std::uint64_t kCancelMark = std::uint64_t{1} << 31;
static_assert(Slots::kCapacityMax <= kCancelMark, "the mark is no part of a slot's number");

}  // namespace heddle
