#pragma once
// Arrays to test with, and every instruction set that the machine has.

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <vector>

#include "heddle/harness.h"
#include "kernels/array/loops.h"
#include "kernels/array/types.h"

namespace heddle::test {

using namespace heddle::array;

inline constexpr Dtype kDtypes[] = {Dtype::F64, Dtype::F32, Dtype::I32, Dtype::U32,
                                    Dtype::I16, Dtype::U16, Dtype::I8,  Dtype::U8};

// Numbers that operations stumble over.
inline constexpr double kSpecials[] = {0.0,
                                       -0.0,
                                       1,
                                       -1,
                                       0.5,
                                       -0.5,
                                       1.5,
                                       -1.5,
                                       2.5,
                                       0.49999999999999994,
                                       -0.49999999999999994,
                                       3,
                                       7,
                                       -7,
                                       127,
                                       -128,
                                       255,
                                       32767,
                                       -32768,
                                       65535,
                                       2147483647,
                                       -2147483648.0,
                                       4294967295.0,
                                       0x1p52,
                                       -0x1p52,
                                       0x1p52 - 0.5,
                                       0x1p23f - 0.5,
                                       0x1p53 + 2,
                                       1e300,
                                       -1e300,
                                       5e-324,
                                       1e-310,
                                       std::numeric_limits<double>::infinity(),
                                       -std::numeric_limits<double>::infinity(),
                                       std::numeric_limits<double>::quiet_NaN()};
inline constexpr std::size_t kSpecialCount = std::size(kSpecials);

// Element i of a sequence: a special number now and then, also beside every other one.
inline double number(std::size_t i, std::uint64_t seed) {
  std::uint64_t const random = mix(i * 31 + seed);
  if (random % 3 == 0) return kSpecials[mix(random) % kSpecialCount];
  double const unit = double(std::int64_t(mix(random))) * 0x1p-63;
  return random % 3 == 1 ? unit * 200 : std::round(unit * 0x1p33);
}

// Elements with memory of their own, which is as large as it must be.
class Array {
 public:
  Array(Dtype dtype, Shape const& shape)
      : dtype_(dtype), shape_(shape), bytes_(shape.elements() * size_of(dtype)) {}

  // Filled with number().
  Array(Dtype dtype, Shape const& shape, std::uint64_t seed) : Array(dtype, shape) {
    for (std::size_t i = 0; i < shape.elements(); ++i) set(i, number(i, seed));
  }

  Dtype dtype() const { return dtype_; }
  std::size_t size() const { return shape_.elements(); }
  View view() { return {dtype_, shape_, bytes_.data()}; }
  ConstView view() const { return {dtype_, shape_, bytes_.data()}; }
  template <class T>
  T const* data() const {
    return reinterpret_cast<T const*>(bytes_.data());
  }

  double operator[](std::size_t i) const {
    return with_type(dtype_, [&]<class T>(T) { return double(data<T>()[i]); });
  }
  void set(std::size_t i, double value) {
    store(dtype_, value, bytes_.data() + i * size_of(dtype_));
  }

  bool operator==(Array const& other) const = default;

 private:
  Dtype dtype_;
  Shape shape_;
  std::vector<std::byte> bytes_;
};

// The same number to the last bit, but for the bits of a NaN.
inline bool is_same(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}

// Ends the program, and says where, if an element of an array is not what expected(i) gives.
template <class Expected>
void check_elements(char const* what, int which, Array const& found, Expected const& expected) {
  for (std::size_t i = 0; i < found.size(); ++i) {
    double const wanted = expected(i);
    if (is_same(found[i], wanted)) continue;
    std::fprintf(stderr, "%s %d of type %d: element %zu of %zu is %.17g, not %.17g\n", what, which,
                 int(found.dtype()), i, found.size(), found[i], wanted);
    CHECK(is_same(found[i], wanted));
  }
}

// Calls body(t) with every instruction set, as a root, for each number of workers.
template <class Body>
void on_every_set(Body const& body) {
  int tried = 0;
  for (InstructionSet const set : kInstructionSets) {
    if (!has(set)) continue;
    use(set);
    on_workers(body);
    ++tried;
  }
  CHECK(tried > 0);
}

}  // namespace heddle::test
