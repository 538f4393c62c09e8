#pragma once
// A small fast generator: which victim first, which seed next. Not for secrets.

#include <cstdint>

#include "base/check.h"

namespace heddle {

// PCG32 (O'Neill, 2014): eight bytes of state, the same numbers on every machine.
// One owner; copy it to replay.
class Random {
 public:
  explicit constexpr Random(std::uint64_t seed) : state_(seed) {
    // Neighbouring seeds must not give neighbouring numbers.
    next();
    state_ += 0x9e3779b97f4a7c15u * (seed + 1);
    next();
  }

  constexpr std::uint32_t next() {
    std::uint64_t const old = state_;
    state_ = old * 6364136223846793005u + 1442695040888963407u;
    auto const xorshifted = static_cast<std::uint32_t>(((old >> 18) ^ old) >> 27);
    auto const rotation = static_cast<std::uint32_t>(old >> 59);
    return xorshifted >> rotation | xorshifted << ((32 - rotation) & 31);
  }

  // From 0 to limit - 1. Scales instead of dividing; the bias is below limit / 2^32.
  constexpr std::uint32_t below(std::uint32_t limit) {
    DCHECK(limit > 0);
    return static_cast<std::uint32_t>(std::uint64_t{next()} * limit >> 32);
  }

 private:
  std::uint64_t state_;
};

}  // namespace heddle
