#pragma once
// Goes through the elements of a result in order, row by row, and finds those of its operands.
//
// Sides along which all operands go on as they did are made one, so that arrays of one shape are a
// single row, whatever their rank.

#include <array>
#include <cstddef>

#include "base/check.h"
#include "kernels/array/types.h"

namespace heddle::array {

// How far the elements of an operand are from each other, in elements, along each side of a result.
using Strides = std::array<std::ptrdiff_t, Shape::kRankMax>;

// Those of an operand of an element-wise operation: 0 where it is repeated.
inline Strides strides_for(Shape const& operand, Shape const& result) {
  CHECK(operand.rank() <= result.rank());
  std::size_t const extra = result.rank() - operand.rank();
  Strides strides{};
  std::size_t stride = 1;
  for (std::size_t d = operand.rank(); d-- > 0;) {
    CHECK(operand[d] == result[extra + d] || operand[d] == 1);
    strides[extra + d] = operand[d] == 1 ? 0 : std::ptrdiff_t(stride);
    stride *= operand[d];
  }
  return strides;
}

template <std::size_t count>
class Walk {
 public:
  using Places = std::array<std::ptrdiff_t, count>;

  Walk(Shape const& result, std::array<Strides, count> const& operands) {
    for (std::size_t d = result.rank(); d-- > 0;) {
      if (result[d] != 1) add(result[d], operands, d);
    }
    if (levels_ == 0) {  // A single element, which needs no repetition.
      levels_ = 1;
      strides_[0].fill(1);
    }
  }

  // From one element of operand k to the next in a row.
  std::ptrdiff_t stride(std::size_t k) const { return strides_[0][k]; }

  // Calls row(i, n, places) for the elements from `first` to `last` - 1 of the result: n of them
  // from the i-th on, whose operands begin at these places.
  template <class Row>
  void run(std::size_t first, std::size_t last, Row const& row) const {
    std::array<std::size_t, Shape::kRankMax> at{};
    Places places{};
    std::size_t rest = first;
    for (std::size_t level = 0; level < levels_; ++level) {
      at[level] = rest % sides_[level];
      rest /= sides_[level];
      move(places, level, std::ptrdiff_t(at[level]));
    }
    while (first < last) {
      std::size_t const left = sides_[0] - at[0];
      std::size_t const n = left < last - first ? left : last - first;
      row(first, n, places);
      first += n;
      move(places, 0, -std::ptrdiff_t(at[0]));
      at[0] = 0;
      for (std::size_t level = 1; level < levels_; ++level) {
        move(places, level, 1);
        if (++at[level] < sides_[level]) break;
        move(places, level, -std::ptrdiff_t(at[level]));
        at[level] = 0;
      }
    }
  }

 private:
  // The next slower side: part of the one before, where all operands go on through both.
  void add(std::size_t side, std::array<Strides, count> const& operands, std::size_t dimension) {
    bool goes_on = levels_ > 0;
    for (std::size_t k = 0; k < count && goes_on; ++k) {
      std::ptrdiff_t const end = strides_[levels_ - 1][k] * std::ptrdiff_t(sides_[levels_ - 1]);
      goes_on = operands[k][dimension] == end;
    }
    if (goes_on) {
      sides_[levels_ - 1] *= side;
      return;
    }
    sides_[levels_] = side;
    for (std::size_t k = 0; k < count; ++k) strides_[levels_][k] = operands[k][dimension];
    ++levels_;
  }

  void move(Places& places, std::size_t level, std::ptrdiff_t steps) const {
    for (std::size_t k = 0; k < count; ++k) places[k] += strides_[level][k] * steps;
  }

  std::size_t levels_ = 0;
  // The fastest first.
  std::array<std::size_t, Shape::kRankMax> sides_{1};
  std::array<std::array<std::ptrdiff_t, count>, Shape::kRankMax> strides_{};
};

}  // namespace heddle::array
