// One element after the other: integer division, remainders and powers. And functions of numbers
// that are no doubles.
#include "kernels/array/slow_loops.h"

#include <cmath>
#include <limits>
#include <type_traits>

namespace heddle::array {
namespace {

template <class T>
constexpr bool kIsInteger = std::is_integral_v<T>;

// --- Functions of doubles, of other types: rounded once more, as JavaScript does.

template <UnaryOp op, class T>
void by_doubles(void const* in, Target out, std::size_t n) {
  using R = std::conditional_t<kIsInteger<T>, double, T>;
  constexpr std::size_t kCount = kBlockBytes / sizeof(double);
  UnaryLoop const loop = loops().unary[std::size_t(op)][std::size_t(Dtype::F64)];
  T const* x = static_cast<T const*>(in);
  R* to = static_cast<R*>(out.data);
  double doubles[kCount];
  for (; n >= kCount; n -= kCount, x += kCount, to += kCount) {
    for (std::size_t i = 0; i < kCount; ++i) doubles[i] = double(x[i]);
    loop(doubles, {doubles}, kCount);
    for (std::size_t i = 0; i < kCount; ++i) to[i] = R(doubles[i]);
  }
  for (std::size_t i = 0; i < n; ++i) doubles[i] = double(x[i]);
  loop(doubles, {doubles}, n);
  for (std::size_t i = 0; i < n; ++i) to[i] = R(doubles[i]);
}

template <UnaryOp op>
UnaryLoop by_doubles_of(Dtype dtype) {
  return with_type(dtype, []<class T>(T) -> UnaryLoop { return by_doubles<op, T>; });
}

// --- Operations. Each is exact modulo 2^bits, or rounded once.

struct Div {
  template <class T>
  static T run(T a, T b) {
    if constexpr (!kIsInteger<T>) {
      return a / b;
    } else {
      if (b == 0) return 0;
      if (std::is_signed_v<T> && b == T(-1)) return T(0u - std::uint32_t(a));  // Of the least, too.
      return T(a / b);
    }
  }
};

struct Rem {
  template <class T>
  static T run(T a, T b) {
    if constexpr (!kIsInteger<T>) {
      return T(std::fmod(double(a), double(b)));
    } else {
      if (b == 0 || (std::is_signed_v<T> && b == T(-1))) return 0;
      return T(a % b);
    }
  }
};

// As Math.pow(), which has NaN where <cmath> has 1.
double power(double base, double exponent) {
  bool const is_nan = std::isnan(exponent) || (std::isinf(exponent) && std::fabs(base) == 1);
  return is_nan ? std::numeric_limits<double>::quiet_NaN() : std::pow(base, exponent);
}

struct Pow {
  template <class T>
  static T run(T base, T exponent) {
    if constexpr (!kIsInteger<T>) {
      return T(power(double(base), double(exponent)));
    } else {
      bool const is_odd = (exponent & 1) != 0;
      if (std::is_signed_v<T> && exponent < 0) {
        if (base == T(-1)) return is_odd ? base : T(1);
        return base == 1 ? base : T(0);
      }
      std::uint32_t result = 1, square = std::uint32_t(base);
      for (auto left = std::uint32_t(exponent); left != 0; left >>= 1, square *= square) {
        if ((left & 1) != 0) result *= square;
      }
      return T(result);
    }
  }
};

template <class Op, class T>
void combine(Source left, Source right, Target out, std::size_t n) {
  T const* const a = static_cast<T const*>(left.data);
  T const* const b = static_cast<T const*>(right.data);
  T* const to = static_cast<T*>(out.data);
  std::size_t const a_step = left.is_repeated ? 0 : 1, b_step = right.is_repeated ? 0 : 1;
  for (std::size_t i = 0; i < n; ++i) to[i] = Op::run(a[i * a_step], b[i * b_step]);
}

template <class Op>
BinaryLoop combine_of(Dtype dtype) {
  return with_type(dtype, []<class T>(T) -> BinaryLoop { return combine<Op, T>; });
}

}  // namespace

UnaryLoop slow_unary(UnaryOp op, Dtype dtype) {
  switch (op) {
    case UnaryOp::Sqrt:
      return by_doubles_of<UnaryOp::Sqrt>(dtype);
    case UnaryOp::Exp:
      return by_doubles_of<UnaryOp::Exp>(dtype);
    case UnaryOp::Log:
      return by_doubles_of<UnaryOp::Log>(dtype);
    case UnaryOp::Sin:
      return by_doubles_of<UnaryOp::Sin>(dtype);
    case UnaryOp::Cos:
      return by_doubles_of<UnaryOp::Cos>(dtype);
    case UnaryOp::Tan:
      return by_doubles_of<UnaryOp::Tan>(dtype);
    case UnaryOp::Tanh:
      return by_doubles_of<UnaryOp::Tanh>(dtype);
    default:
      CHECK(false);
  }
}

BinaryLoop slow_binary(BinaryOp op, Dtype dtype) {
  switch (op) {
    case BinaryOp::Div:
      return combine_of<Div>(dtype);
    case BinaryOp::Rem:
      return combine_of<Rem>(dtype);
    case BinaryOp::Pow:
      return combine_of<Pow>(dtype);
    default:
      CHECK(false);
  }
}

}  // namespace heddle::array
