#pragma once
// A million small pieces of work, independent and ready, made by one thread for all.

#include <cstdint>
#include <vector>

namespace bench {

struct Jobs {
  using Result = bool;  // There is one.
  static constexpr char const* kName = "jobs";
  static constexpr long kFull = 1'000'000;
  static constexpr long kTiny = 10'000;

  explicit Jobs(long size) : done(std::size_t(size)) {}

  void run(std::size_t i) { ++done[i]; }

  Result solve() {
    for (std::size_t i = 0; i < done.size(); ++i) run(i);
    return true;
  }
  bool is_right(Result) const {
    for (std::uint8_t count : done) {
      if (count != 1) return false;
    }
    return true;
  }

  // Jobs.
  std::uint64_t units() const { return done.size(); }

  std::vector<std::uint8_t> done;
};

}  // namespace bench
