// Shapes that go together, and numbers as elements.
#include "kernels/array/types.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace heddle::array {
namespace {

// As ECMAScript's ToUint32.
std::uint32_t modulo_2_32(double value) {
  if (!std::isfinite(value)) return 0;
  double const rest = std::fmod(std::trunc(value), 0x1p32);
  return std::uint32_t(std::int64_t(rest));
}

template <class T>
T element_of(double value) {
  if constexpr (std::is_floating_point_v<T>) {
    return T(value);
  } else {
    return T(modulo_2_32(value));
  }
}

}  // namespace

std::optional<Shape> Shape::make(std::span<std::size_t const> sides) {
  if (sides.size() > kRankMax) return std::nullopt;
  Shape shape;
  shape.rank_ = sides.size();
  std::size_t largest =
      1;  // Without the sides that are 0, which must not hide one that is too long.
  for (std::size_t d = 0; d < sides.size(); ++d) {
    shape.sides_[d] = sides[d];
    shape.elements_ *= sides[d];
    if (__builtin_mul_overflow(largest, std::max<std::size_t>(sides[d], 1), &largest) ||
        largest > kElementsMax) {
      return std::nullopt;
    }
  }
  return shape;
}

Shape::Shape(std::initializer_list<std::size_t> sides) {
  std::optional<Shape> const made = make({sides.begin(), sides.size()});
  CHECK(made.has_value());
  *this = *made;
}

std::optional<Shape> broadcast(Shape const& a, Shape const& b) {
  Shape const& longer = a.rank() >= b.rank() ? a : b;
  Shape const& shorter = a.rank() >= b.rank() ? b : a;
  std::size_t const extra = longer.rank() - shorter.rank();
  std::array<std::size_t, Shape::kRankMax> sides;
  for (std::size_t d = 0; d < longer.rank(); ++d) {
    std::size_t const one = longer[d];
    std::size_t const other = d < extra ? 1 : shorter[d - extra];
    if (one != other && one != 1 && other != 1) return std::nullopt;
    sides[d] = one == 1 ? other : one;
  }
  return Shape::make({sides.data(), longer.rank()});
}

void store(Dtype dtype, double value, void* to) {
  with_type(dtype, [&]<class T>(T) {
    T const element = element_of<T>(value);
    std::memcpy(to, &element, sizeof element);
  });
}

}  // namespace heddle::array
