#pragma once
/// \file
/// Index ranges of one, two and three dimensions, and how the loops cut them.

#include <cstddef>
#include <cstdint>

#include "base/check.h"

namespace heddle {

/// The indices from begin to end - 1. begin <= end.
struct Range {
  std::size_t begin = 0;
  std::size_t end = 0;

  bool operator==(Range const&) const = default;
};

/// Every x with every y; x is the fastest.
struct Range2 {
  Range x;
  Range y;

  bool operator==(Range2 const&) const = default;
};

/// Every x with every y with every z; x is the fastest.
struct Range3 {
  Range x;
  Range y;
  Range z;

  bool operator==(Range3 const&) const = default;
};

namespace detail {

// Where a side of x counts as long as one of y: cells along x are neighbours in memory, and a row
// of a tile should be some cache lines long.
inline constexpr std::size_t kRowWeight = 4;

inline std::size_t length(Range r) {
  return r.end - r.begin;
}

inline std::size_t saturating_product(std::size_t a, std::size_t b) {
  std::size_t product;
  return __builtin_mul_overflow(a, b, &product) ? SIZE_MAX : product;
}

// How many indices; more than SIZE_MAX count as SIZE_MAX.
inline std::size_t cells(Range r) {
  return length(r);
}
inline std::size_t cells(Range2 const& r) {
  return saturating_product(length(r.x), length(r.y));
}
inline std::size_t cells(Range3 const& r) {
  return saturating_product(saturating_product(length(r.x), length(r.y)), length(r.z));
}

inline void check(Range r) {
  CHECK(r.begin <= r.end);
}
inline void check(Range2 const& r) {
  check(r.x);
  check(r.y);
}
inline void check(Range3 const& r) {
  check(r.x);
  check(r.y);
  check(r.z);
}

// Cuts the upper part off, from `count` on.
inline Range cut_after(Range& r, std::size_t count) {
  DCHECK(count <= length(r));
  Range const upper{r.begin + count, r.end};
  r.end = upper.begin;
  return upper;
}

// Where to cut a side of a range of so many cells. One that takes minutes is cut low, so that not
// too many halves wait on a stack.
inline std::size_t middle(std::size_t side, std::size_t cells) {
  return cells >> 32 != 0 && side >> 17 != 0 ? side >> 16 : side / 2;
}

// Cuts the upper half off the longest side, of a range of at least two cells. Tiles stay as square
// as they were, which is what keeps neighbours together.
inline Range cut_half(Range& r, std::size_t cells) {
  return cut_after(r, middle(length(r), cells));
}
inline Range2 cut_half(Range2& r, std::size_t cells) {
  Range2 upper = r;
  if (length(r.x) / kRowWeight > length(r.y) || length(r.y) < 2) {
    upper.x = cut_half(r.x, cells);
  } else {
    upper.y = cut_half(r.y, cells);
  }
  return upper;
}
inline Range3 cut_half(Range3& r, std::size_t cells) {
  Range3 upper = r;
  if (length(r.z) >= 2 && length(r.z) >= length(r.y) && length(r.z) >= length(r.x) / kRowWeight) {
    upper.z = cut_half(r.z, cells);
    return upper;
  }
  Range2 layer{r.x, r.y};
  Range2 const cut = cut_half(layer, cells);
  r.x = layer.x;
  r.y = layer.y;
  upper.x = cut.x;
  upper.y = cut.y;
  return upper;
}

// How many cells have the same slowest index.
inline std::size_t slice_cells(Range) {
  return 1;
}
inline std::size_t slice_cells(Range2 const& r) {
  return length(r.x);
}
inline std::size_t slice_cells(Range3 const& r) {
  return saturating_product(length(r.x), length(r.y));
}

inline Range& slowest(Range& r) {
  return r;
}
inline Range& slowest(Range2& r) {
  return r.y;
}
inline Range& slowest(Range3& r) {
  return r.z;
}

// Cuts whole slices off the front, at least one and about `count` cells, of a range that is not
// empty.
template <class Box>
Box cut_front(Box& r, std::size_t count) {
  Box front = r;
  Range& side = slowest(r);
  std::size_t slices = count / slice_cells(r);
  if (slices == 0) slices = 1;
  if (slices > length(side)) slices = length(side);
  Range const rest = cut_after(side, slices);
  slowest(front) = side;
  side = rest;
  return front;
}

}  // namespace detail
}  // namespace heddle
