#pragma once
// Sorting random 32-bit numbers in memory.

#include <algorithm>
#include <cstdint>
#include <vector>

namespace bench {

// The same numbers for everybody: splitmix64 from zero, its upper halves.
inline std::vector<std::uint32_t> random_numbers(std::size_t count) {
  std::vector<std::uint32_t> numbers(count);
  std::uint64_t state = 0;
  for (std::uint32_t& number : numbers) {
    state += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    number = std::uint32_t((mixed ^ (mixed >> 31)) >> 32);
  }
  return numbers;
}

// Does not depend on the order of the numbers.
inline std::uint64_t checksum(std::vector<std::uint32_t> const& numbers) {
  std::uint64_t sum = 0;
  for (std::uint64_t number : numbers) sum += number * number;
  return sum;
}

struct Sort {
  using Result = bool;  // There is one.
  static constexpr char const* kName = "sort";
  static constexpr long kFull = 10'000'000;
  static constexpr long kTiny = 100'000;

  explicit Sort(long size) : numbers(random_numbers(std::size_t(size))), sum(checksum(numbers)) {}

  Result solve() {
    std::sort(numbers.begin(), numbers.end());
    return true;
  }
  bool is_right(Result) const {
    return std::is_sorted(numbers.begin(), numbers.end()) && checksum(numbers) == sum;
  }

  // Numbers.
  std::uint64_t units() const { return numbers.size(); }

  std::vector<std::uint32_t> numbers;
  std::uint64_t sum;
};

}  // namespace bench
