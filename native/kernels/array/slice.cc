// Slices: where their elements are, and rows of them copied.
#include "kernels/array/slice.h"

#include <algorithm>
#include <cstring>

#include "kernels/array/chunks.h"
#include "kernels/array/walk.h"

namespace heddle::array {
namespace {

Slice slice_at(std::span<Slice const> slices, std::size_t dimension) {
  return dimension < slices.size() ? slices[dimension] : Slice{};
}

template <class T>
void copy_row(T const* from, std::ptrdiff_t stride, T* to, std::size_t n) {
  if (stride == 1) {
    std::memcpy(to, from, n * sizeof(T));
    return;
  }
  for (std::size_t i = 0; i < n; ++i) to[i] = from[std::ptrdiff_t(i) * stride];
}

}  // namespace

Part part_of(Slice const& slice, std::size_t side) {
  CHECK(slice.step != 0);
  bool const is_forward = slice.step > 0;
  std::int64_t const length = std::int64_t(side);
  // Backward, -1 is before the first element.
  std::int64_t const lowest = is_forward ? 0 : -1;
  std::int64_t const highest = is_forward ? length : length - 1;
  auto const bound = [&](std::optional<std::int64_t> const& given, std::int64_t otherwise) {
    if (!given) return otherwise;
    std::int64_t const from_start = *given < 0 ? std::max(*given, -length - 1) + length : *given;
    return std::clamp(from_start, lowest, highest);
  };
  std::int64_t const start = bound(slice.start, is_forward ? lowest : highest);
  std::int64_t const end = bound(slice.end, is_forward ? highest : lowest);
  std::int64_t const distance = is_forward ? end - start : start - end;
  if (distance <= 0) return {0, 1, 0};
  // Only the first, where a step is larger than any dimension: so nothing overflows.
  std::int64_t const step = std::clamp<std::int64_t>(slice.step, -(length + 1), length + 1);
  std::int64_t const pace = is_forward ? step : -step;
  return {std::size_t(start), step, std::size_t((distance - 1) / pace + 1)};
}

Shape slice_shape(Shape const& of, std::span<Slice const> slices) {
  CHECK(slices.size() <= of.rank());
  std::array<std::size_t, Shape::kRankMax> sides;
  for (std::size_t d = 0; d < of.rank(); ++d) sides[d] = part_of(slice_at(slices, d), of[d]).count;
  return *Shape::make({sides.data(), of.rank()});  // No side is longer than it was.
}

Status slice(KernelContext t, ConstView const& a, std::span<Slice const> slices, View const& out) {
  CHECK(a.dtype == out.dtype && slice_shape(a.shape, slices) == out.shape);
  Strides strides{};
  std::ptrdiff_t first = 0, stride = 1;
  for (std::size_t d = a.shape.rank(); d-- > 0;) {
    Part const part = part_of(slice_at(slices, d), a.shape[d]);
    first += std::ptrdiff_t(part.first) * stride;
    strides[d] = std::ptrdiff_t(part.step) * stride;
    stride *= std::ptrdiff_t(a.shape[d]);
  }
  Walk<1> const walk(out.shape, {strides});
  return for_chunks(t, out.elements(), [&](std::size_t from, std::size_t to) {
    with_size(size_of(a.dtype), [&]<class T>(T) {
      T const* const data = static_cast<T const*>(a.data) + first;
      T* const copies = static_cast<T*>(out.data);
      walk.run(from, to, [&](std::size_t i, std::size_t n, Walk<1>::Places const& places) {
        copy_row(data + places[0], walk.stride(0), copies + i, n);
      });
    });
  });
}

}  // namespace heddle::array
