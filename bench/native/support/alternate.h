#pragma once
// Several ways to do the same, measured in turn in one process.

#include <functional>
#include <vector>

#include "support/measure.h"

namespace bench {

enum class Clock { Cpu, Wall };

// Median nanoseconds, of CPU time unless it says otherwise, that each side took for one of `count`
// rounds. Each side is called with a count of rounds to do; the first turn is not counted.
inline std::vector<double> alternate(int turns, long count,
                                     std::vector<std::function<void(long)>> const& sides,
                                     Clock clock = Clock::Cpu) {
  std::vector<std::vector<double>> taken(sides.size());
  for (int turn = 0; turn <= turns; ++turn) {
    for (std::size_t side = 0; side < sides.size(); ++side) {
      Sample const sample = measure([&] { sides[side](count); });
      std::int64_t const took = clock == Clock::Cpu ? sample.cpu : sample.wall;
      if (turn > 0) taken[side].push_back(double(took) / double(count));
    }
  }
  std::vector<double> medians;
  for (std::vector<double> const& of : taken) medians.push_back(percentile(of, 0.5));
  return medians;
}

}  // namespace bench
