// One element after the other: integer division, powers, and the functions of <cmath>.
#include "kernels/array/slow_loops.h"

#include <cmath>
#include <limits>
#include <type_traits>

namespace heddle::array {
namespace {

template <class T>
constexpr bool kIsInteger = std::is_integral_v<T>;

// --- Functions. Floats are computed as doubles and rounded once more, as JavaScript does.

template <double (*function)(double), class T>
void map(void const* in, void* out, std::size_t n) {
  using R = std::conditional_t<kIsInteger<T>, double, T>;
  T const* const x = static_cast<T const*>(in);
  R* const to = static_cast<R*>(out);
  for (std::size_t i = 0; i < n; ++i) to[i] = R(function(double(x[i])));
}

template <double (*function)(double)>
UnaryLoop map_of(Dtype dtype) {
  return with_type(dtype, []<class T>(T) -> UnaryLoop { return map<function, T>; });
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
void combine(Source left, Source right, void* out, std::size_t n) {
  T const* const a = static_cast<T const*>(left.data);
  T const* const b = static_cast<T const*>(right.data);
  T* const to = static_cast<T*>(out);
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
      return map_of<std::sqrt>(dtype);
    case UnaryOp::Exp:
      return map_of<std::exp>(dtype);
    case UnaryOp::Log:
      return map_of<std::log>(dtype);
    case UnaryOp::Sin:
      return map_of<std::sin>(dtype);
    case UnaryOp::Cos:
      return map_of<std::cos>(dtype);
    case UnaryOp::Tan:
      return map_of<std::tan>(dtype);
    case UnaryOp::Tanh:
      return map_of<std::tanh>(dtype);
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
