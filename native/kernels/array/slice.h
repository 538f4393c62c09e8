#pragma once
// Copies a part of an array: from each dimension, elements that are equally far from each other.

#include <cstdint>
#include <optional>
#include <span>

#include "heddle/kernel_context.h"
#include "kernels/array/types.h"

namespace heddle::array {

// Which elements of a dimension: start, start + step, ... as long as they are before end; with a
// negative step, as long as they are after end. Negative bounds count from the end, and bounds that
// are too far off are moved to where elements end. As in NumPy.
struct Slice {
  std::optional<std::int64_t> start = std::nullopt;  // None: the first, in the direction of step.
  std::optional<std::int64_t> end = std::nullopt;    // None: all that follow.
  std::int64_t step = 1;                             // Not 0.
};

// The same where the length of the dimension is known.
struct Part {
  std::size_t first = 0;
  std::int64_t step = 1;
  std::size_t count = 0;
};
Part part_of(Slice const& slice, std::size_t side);

// The shape of a slice. Dimensions for which there is no slice are taken as they are; there are at
// most as many slices as dimensions.
Shape slice_shape(Shape const& of, std::span<Slice const> slices);

// `out` has the type of `a` and the shape that slice_shape() gives, and does not overlap `a`.
Status slice(KernelContext t, ConstView const& a, std::span<Slice const> slices, View const& out);

}  // namespace heddle::array
