#pragma once
// A fork-join sum that is checked, again and again until somebody has stolen from it.

#include <cstdint>

#include "sched/harness.h"

namespace heddle::test {

// The sum of the numbers from `from` to `to - 1`, halved by forks down to single numbers.
struct Sum {
  std::uint32_t from, to;

  std::uint64_t operator()() const {
    if (to - from == 1) {
      for (int i = 0; i < 50; ++i) cpu_relax();  // About a microsecond: worth stealing.
      return from;
    }
    std::uint32_t const middle = from + (to - from) / 2;
    fork(Sum{middle, to});
    std::uint64_t const left = Sum{from, middle}();
    return left + join<Sum>();
  }
};

// Where it hangs, whoever calls it must be watched.
inline void check_sums_until_stolen(Started& scheduler) {
  constexpr std::uint32_t kNumbers = 2000;
  do {
    std::uint64_t sum = 0;
    run(*scheduler, [&] { sum = Sum{0, kNumbers}(); });
    CHECK(sum == std::uint64_t{kNumbers} * (kNumbers - 1) / 2);
  } while (scheduler.total().steals == 0);
}

}  // namespace heddle::test
