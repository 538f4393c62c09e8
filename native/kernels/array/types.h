#pragma once
// What an array is: a type of elements, a shape, and where the elements are.
//
// Elements lie one after the other, the last dimension fastest. An array of rank 0 has one element:
// that is how a number takes part in an operation on arrays.

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <utility>

#include "base/check.h"

namespace heddle::array {

// Those of JavaScript's typed arrays. The numbers index tables.
enum class Dtype : std::uint8_t { F64, F32, I32, U32, I16, U16, I8, U8 };
inline constexpr std::size_t kDtypeCount = 8;

constexpr std::size_t size_of(Dtype dtype) {
  constexpr std::size_t kSizes[kDtypeCount] = {8, 4, 4, 4, 2, 2, 1, 1};
  return kSizes[std::size_t(dtype)];
}

constexpr bool is_float(Dtype dtype) {
  return dtype == Dtype::F64 || dtype == Dtype::F32;
}

// Calls f(T{}) with T the type of the elements.
template <class F>
decltype(auto) with_type(Dtype dtype, F&& f) {
  switch (dtype) {
    case Dtype::F64:
      return f(double{});
    case Dtype::F32:
      return f(float{});
    case Dtype::I32:
      return f(std::int32_t{});
    case Dtype::U32:
      return f(std::uint32_t{});
    case Dtype::I16:
      return f(std::int16_t{});
    case Dtype::U16:
      return f(std::uint16_t{});
    case Dtype::I8:
      return f(std::int8_t{});
    case Dtype::U8:
      return f(std::uint8_t{});
  }
  CHECK(false);
}

// Calls f(T{}) with T an unsigned type of so many bytes, which stands for every type of that size.
template <class F>
void with_size(std::size_t size, F&& f) {
  switch (size) {
    case 1:
      return f(std::uint8_t{});
    case 2:
      return f(std::uint16_t{});
    case 4:
      return f(std::uint32_t{});
    default:
      CHECK(size == 8);
      return f(std::uint64_t{});
  }
}

// How many elements an array has along each of its dimensions.
class Shape {
 public:
  static constexpr std::size_t kRankMax = 8;
  static constexpr std::size_t kElementsMax = (std::size_t{1} << 31) - 1;

  // Rank 0: one element.
  Shape() = default;
  // Nothing if there are more dimensions or elements than an array may have.
  static std::optional<Shape> make(std::span<std::size_t const> sides);
  // The same, where the caller knows that there are not.
  Shape(std::initializer_list<std::size_t> sides);

  std::size_t rank() const { return rank_; }
  std::size_t operator[](std::size_t dimension) const {
    DCHECK(dimension < rank_);
    return sides_[dimension];
  }
  std::size_t elements() const { return elements_; }

  // Unused sides are 0 in both.
  bool operator==(Shape const&) const = default;

 private:
  std::array<std::size_t, kRankMax> sides_{};
  std::size_t rank_ = 0;
  std::size_t elements_ = 1;
};

// The shape of an element-wise operation's result, by NumPy's rule: shapes are aligned at their
// last dimensions, and a side that is 1 or is not there is repeated. Nothing if some sides differ
// otherwise, or the result would be too large.
std::optional<Shape> broadcast(Shape const& a, Shape const& b);

// An array to read, and one to write. The memory is the caller's; elements are aligned to their
// size.
struct ConstView {
  Dtype dtype;
  Shape shape;
  void const* data;

  std::size_t elements() const { return shape.elements(); }
};
struct View {
  Dtype dtype;
  Shape shape;
  void* data;

  std::size_t elements() const { return shape.elements(); }
  operator ConstView() const { return {dtype, shape, data}; }
};

// Stores a number as JavaScript's typed arrays do: integers modulo 2^bits, NaN as 0. `to` has room
// for an element.
void store(Dtype dtype, double value, void* to);

// A number as an operand of an operation on arrays of a type.
class Number {
 public:
  Number(Dtype dtype, double value) : dtype_(dtype) { store(dtype, value, &room_); }

  // Of this object.
  ConstView view() const { return {dtype_, Shape(), &room_}; }

 private:
  Dtype dtype_;
  std::uint64_t room_ = 0;
};

// How an operation on arrays ended. What it was to write is then of no use, unless it is Done.
enum class [[nodiscard]] Status : std::uint8_t{
    Done, Cancelled,
    Empty,     // No element, of which a smallest was asked for.
    NoMemory,  // For what it needs while it runs.
};

}  // namespace heddle::array
