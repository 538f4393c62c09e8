// Unit: element-wise operations give what a plain loop in JavaScript would, whatever the type, the
// length, the instruction set and the number of workers.

#include "kernels/array/elementwise.h"

#include <algorithm>
#include <cstring>

#include "kernels/array/bypass.h"
#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

bool truth(double x) {
  return x != 0 && !std::isnan(x);
}

// A number as an element of a type.
double as(Dtype dtype, double value) {
  std::uint64_t room = 0;
  store(dtype, value, &room);
  return with_type(dtype, [&]<class T>(T element) {
    std::memcpy(&element, &room, sizeof element);
    return double(element);
  });
}

double math_min(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return kNaN;
  return a == b ? (std::signbit(a) ? a : b) : std::min(a, b);
}
double math_max(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return kNaN;
  return a == b ? (std::signbit(a) ? b : a) : std::max(a, b);
}
double math_pow(double a, double b) {
  if (std::isnan(b) || (std::isinf(b) && std::fabs(a) == 1)) return kNaN;
  return std::pow(a, b);
}
double math_round(double x) {
  if (!std::isfinite(x) || std::fabs(x) >= 0x1p52) return x;
  double const below = std::floor(x);
  return std::copysign(x - below >= 0.5 ? below + 1 : below, x);
}

// The lowest 64 bits of a whole number of up to 128.
std::int64_t low(__int128 value) {
  return std::int64_t(std::uint64_t(value));
}

// base^exponent modulo 2^64, or its real value, truncated.
std::int64_t whole_power(std::int64_t base, std::int64_t exponent) {
  if (exponent < 0) return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0;
  if (exponent == 0) return 1;
  std::int64_t const half = whole_power(base, exponent / 2);
  return low(__int128(low(__int128(half) * half)) * (exponent % 2 == 0 ? 1 : base));
}

// What an operation on integers gives before it is stored.
std::int64_t on_integers(BinaryOp op, std::int64_t a, std::int64_t b) {
  switch (op) {
    case BinaryOp::Add:
      return a + b;
    case BinaryOp::Sub:
      return a - b;
    case BinaryOp::Mul:
      return low(__int128(a) * b);
    case BinaryOp::Div:
      return b == 0 ? 0 : a / b;
    case BinaryOp::Rem:
      return b == 0 ? 0 : a % b;
    case BinaryOp::Pow:
      return whole_power(a, b);
    case BinaryOp::Minimum:
      return std::min(a, b);
    default:
      CHECK(op == BinaryOp::Maximum);
      return std::max(a, b);
  }
}

double on_floats(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::Add:
      return a + b;
    case BinaryOp::Sub:
      return a - b;
    case BinaryOp::Mul:
      return a * b;
    case BinaryOp::Div:
      return a / b;
    case BinaryOp::Rem:
      return std::fmod(a, b);
    case BinaryOp::Pow:
      return math_pow(a, b);
    case BinaryOp::Minimum:
      return math_min(a, b);
    default:
      CHECK(op == BinaryOp::Maximum);
      return math_max(a, b);
  }
}

bool on_any(BinaryOp op, double a, double b) {
  switch (op) {
    case BinaryOp::Eq:
      return a == b;
    case BinaryOp::Ne:
      return a != b;
    case BinaryOp::Lt:
      return a < b;
    case BinaryOp::Le:
      return a <= b;
    case BinaryOp::Gt:
      return a > b;
    case BinaryOp::Ge:
      return a >= b;
    case BinaryOp::And:
      return truth(a) && truth(b);
    default:
      CHECK(op == BinaryOp::Or);
      return truth(a) || truth(b);
  }
}

double expected(BinaryOp op, Dtype dtype, double a, double b) {
  if (is_logical(op)) return on_any(op, a, b);
  if (is_float(dtype)) return as(dtype, on_floats(op, a, b));
  std::int64_t const whole = on_integers(op, std::int64_t(a), std::int64_t(b));
  return as(dtype, double(std::uint32_t(whole)));
}

double expected(UnaryOp op, Dtype dtype, double x) {
  switch (op) {
    case UnaryOp::Neg:
      return is_float(dtype) ? -x : as(dtype, -x);
    case UnaryOp::Abs:
      return as(dtype, std::fabs(x));
    case UnaryOp::Floor:
      return std::floor(x);
    case UnaryOp::Ceil:
      return std::ceil(x);
    case UnaryOp::Round:
      return math_round(x);
    case UnaryOp::Not:
      return !truth(x);
    default:
      CHECK(op == UnaryOp::Sqrt);
      return as(result_dtype(op, dtype), std::sqrt(x));
  }
}

void check_binary(KernelContext t, BinaryOp op, Array const& a, Array const& b) {
  Array out(result_dtype(op, a.dtype()), *broadcast(a.view().shape, b.view().shape));
  CHECK(binary(t, op, a.view(), b.view(), out.view()) == Status::Done);
  check_elements("binary", int(op), out, [&](std::size_t i) {
    return expected(op, a.dtype(), a[a.size() == 1 ? 0 : i], b[b.size() == 1 ? 0 : i]);
  });
}

constexpr std::size_t kLengths[] = {0, 1, 2, 31, 33, 257, 513, 1500};
constexpr std::size_t kLong = 20'011;  // More than one worker.

void two_operands_are_combined(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t op = 0; op < kBinaryCount; ++op) {
      for (std::size_t const n : kLengths) {
        Array const a(dtype, {n}, n), b(dtype, {n}, n + 1), one(dtype, {}, op);
        check_binary(t, BinaryOp(op), a, b);
        check_binary(t, BinaryOp(op), a, one);
        check_binary(t, BinaryOp(op), one, a);
      }
    }
    Array const a(dtype, {kLong}, 1), b(dtype, {kLong}, 2);
    for (BinaryOp const op : {BinaryOp::Mul, BinaryOp::Div, BinaryOp::Ge})
      check_binary(t, op, a, b);
  }
}

// Every special number with every other.
void all_pairs_of_specials(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    Array left(dtype, {kSpecialCount, 1}), right(dtype, {kSpecialCount});
    for (std::size_t i = 0; i < kSpecialCount; ++i) {
      left.set(i, kSpecials[i]);
      right.set(i, kSpecials[i]);
    }
    for (std::size_t op = 0; op < kBinaryCount; ++op) {
      Array out(result_dtype(BinaryOp(op), dtype), {kSpecialCount, kSpecialCount});
      CHECK(binary(t, BinaryOp(op), left.view(), right.view(), out.view()) == Status::Done);
      check_elements("pairs", int(op), out, [&](std::size_t i) {
        return expected(BinaryOp(op), dtype, left[i / kSpecialCount], right[i % kSpecialCount]);
      });
    }
  }
}

void one_operand_is_mapped(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t op = 0; op <= std::size_t(UnaryOp::Sqrt); ++op) {  // functions_test has others
      for (std::size_t const n : {kLengths[3], kLengths[6], kLong}) {
        Array const a(dtype, {n}, n);
        Array out(result_dtype(UnaryOp(op), dtype), {n});
        CHECK(unary(t, UnaryOp(op), a.view(), out.view()) == Status::Done);
        check_elements("unary", int(op), out,
                       [&](std::size_t i) { return expected(UnaryOp(op), dtype, a[i]); });
      }
    }
  }
}

void a_product_is_rounded_before_the_sum(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t const n : {kLengths[3], kLengths[6], kLong}) {
      Array const a(dtype, {n}, 1), b(dtype, {}, 2), c(dtype, {n}, 3);
      Array out(dtype, {n}), product(dtype, {n});
      CHECK(multiply_add(t, a.view(), b.view(), c.view(), out.view()) == Status::Done);
      CHECK(binary(t, BinaryOp::Mul, a.view(), b.view(), product.view()) == Status::Done);
      CHECK(binary(t, BinaryOp::Add, product.view(), c.view(), product.view()) == Status::Done);
      check_elements("multiply_add", 0, out, [&](std::size_t i) { return product[i]; });
    }
  }
}

void a_condition_chooses(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t const n : {kLengths[3], kLengths[6], kLong}) {
      Array const condition(Dtype::U8, {n}, 1), a(dtype, {n}, 2), b(dtype, {}, 3);
      Array out(dtype, {n});
      CHECK(where(t, condition.view(), a.view(), b.view(), out.view()) == Status::Done);
      check_elements("where", 0, out,
                     [&](std::size_t i) { return condition[i] != 0 ? a[i] : b[0]; });
    }
  }
}

// The result may be where an operand is.
void an_operand_may_be_overwritten(KernelContext t) {
  Array const b(Dtype::F64, {kLong}, 5);
  Array a(Dtype::F64, {kLong}, 6);
  Array const before = a;
  CHECK(binary(t, BinaryOp::Sub, b.view(), a.view(), a.view()) == Status::Done);
  check_elements("in place", 0, a, [&](std::size_t i) { return b[i] - before[i]; });
}

void everything(KernelContext t) {
  two_operands_are_combined(t);
  all_pairs_of_specials(t);
  one_operand_is_mapped(t);
  a_product_is_rounded_before_the_sum(t);
  a_condition_chooses(t);
  an_operand_may_be_overwritten(t);
}

}  // namespace

int main() {
  on_every_set(everything);
  bypass_from(1);  // As large arrays are written.
  on_every_set(everything);
}
