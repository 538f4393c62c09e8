#pragma once
// Loops: one that is heavy at its start, and many that are tiny.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

// `rounds` steps of a generator, each of which needs the one before.
inline std::uint64_t churn(std::uint64_t value, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    value = value * 6364136223846793005 + 1442695040888963407;
    asm("" : "+r"(value));  // Else clang makes one step of eight.
  }
  return value;
}

// The first hundredth of the iterations has nearly all of the work.
struct Skew {
  using Result = bool;  // There is one.
  static constexpr char const* kName = "skew";
  static constexpr long kFull = 1'000'000;
  static constexpr long kTiny = 10'000;
  static constexpr int kHeavyRounds = 20'000;
  static constexpr int kLightRounds = 10;

  explicit Skew(long size) : values(std::size_t(size)) {}

  bool is_heavy(std::size_t i) const { return i < values.size() / 100; }
  void step(std::size_t i) { values[i] = churn(i, is_heavy(i) ? kHeavyRounds : kLightRounds); }

  Result solve() {
    for (std::size_t i = 0; i < values.size(); ++i) step(i);
    return true;
  }

  // Rounds are an affine map, so its value at 0 and at 1 gives all others.
  bool is_right(Result) const {
    for (bool heavy : {true, false}) {
      int const rounds = heavy ? kHeavyRounds : kLightRounds;
      std::uint64_t const at_0 = churn(0, rounds), slope = churn(1, rounds) - at_0;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if (is_heavy(i) == heavy && values[i] != at_0 + slope * i) return false;
      }
    }
    return true;
  }

  // Iterations.
  std::uint64_t units() const { return values.size(); }

  std::vector<std::uint64_t> values;
};

// A thousand tiny iterations, again and again.
struct TinyLoops {
  using Result = bool;  // There is one.
  static constexpr char const* kName = "tiny loops";
  static constexpr long kFull = 20'000;
  static constexpr long kTiny = 100;
  static constexpr std::size_t kIterations = 1000;

  explicit TinyLoops(long size) : loops(size), values(kIterations) {}

  void step(std::size_t i) { values[i] += std::uint32_t(i); }

  Result solve() {
    for (long loop = 0; loop < loops; ++loop) {
      for (std::size_t i = 0; i < kIterations; ++i) step(i);
    }
    return true;
  }
  bool is_right(Result) const {
    for (std::size_t i = 0; i < kIterations; ++i) {
      if (values[i] != std::uint32_t(loops) * std::uint32_t(i)) return false;
    }
    return true;
  }

  // Loops.
  std::uint64_t units() const { return std::uint64_t(loops); }

  long loops;
  std::vector<std::uint32_t> values;
};

}  // namespace bench
