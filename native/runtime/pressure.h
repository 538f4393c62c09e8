#pragma once
// When a garbage collector that sees handles, but not the memory behind them, is told of that
// memory.
//
// It begins to collect when it has been told of enough more. For who gives memory back himself, or
// makes a few large things in turn, that is much work for little, on processors that he needs:
// so it is told late. Rules, cited below by name:
//   G1  It is told nothing while no more than a step is held beyond what it knows of. A step is a
//       few things of the size that memory was lately taken in, within limits.
//   G2  From then on it is told of all that is taken, which makes it hurry, until something is
//       given back: by the program, or because it has found it.
//   G3  It never knows of more than is held.

#include <algorithm>
#include <cstdint>

#include "base/check.h"

namespace heddle {

class Pressure {
 public:
  // 10,000 arrays of 1 MB that nobody gives back stay small with this.
  static constexpr std::int64_t kStepMin = std::int64_t{22} << 20;
  // Who takes this much computes for longer than a collection takes.
  static constexpr std::int64_t kStepMax = std::int64_t{384} << 20;
  static constexpr std::int64_t kThings = 4;

  // Both return how many bytes more the collector is to be told of now; or, below 0, less.

  std::int64_t take(std::int64_t bytes) {
    held_ += bytes;
    // A mean in which each byte counts once, and those of the last kStepMin count most.
    size_ += (double(bytes) - size_) * std::min(1.0, double(bytes) / kStepMin);
    is_urgent_ = is_urgent_ || held_ > told_ + step();
    return is_urgent_ ? tell() : 0;  // G1, G2
  }

  std::int64_t give_back(std::int64_t bytes) {
    held_ -= bytes;
    DCHECK(held_ >= 0);
    is_urgent_ = false;                 // G2
    return held_ < told_ ? tell() : 0;  // G3
  }

 private:
  std::int64_t step() const {
    return std::clamp(kThings * std::int64_t(size_), kStepMin, kStepMax);
  }

  std::int64_t tell() {
    std::int64_t const more = held_ - told_;
    told_ = held_;
    return more;
  }

  std::int64_t held_ = 0;
  std::int64_t told_ = 0;
  double size_ = 0;  // Of a thing that was taken lately.
  bool is_urgent_ = false;
};

}  // namespace heddle
