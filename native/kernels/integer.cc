// Bigints: exact to 64 bits with sign, or a fault.

#include <limits>

#include "kernels/scalar.h"

namespace heddle {

namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

template <FaultCode (*function)(std::int64_t, std::int64_t, std::int64_t&)>
FaultCode of_two(Value const& left, Value const& right, Value& result) {
  return function(left.integer, right.integer, result.integer);
}

template <bool (*relation)(std::int64_t, std::int64_t)>
FaultCode compare(Value const& left, Value const& right, Value& result) {
  result.boolean = relation(left.integer, right.integer);
  return FaultCode::None;
}

FaultCode fault_if(bool overflow) {
  return overflow ? FaultCode::Overflow : FaultCode::None;
}

FaultCode add(std::int64_t left, std::int64_t right, std::int64_t& result) {
  return fault_if(__builtin_add_overflow(left, right, &result));
}

FaultCode sub(std::int64_t left, std::int64_t right, std::int64_t& result) {
  return fault_if(__builtin_sub_overflow(left, right, &result));
}

FaultCode mul(std::int64_t left, std::int64_t right, std::int64_t& result) {
  return fault_if(__builtin_mul_overflow(left, right, &result));
}

FaultCode div(std::int64_t left, std::int64_t right, std::int64_t& result) {
  if (right == 0) return FaultCode::DivideByZero;
  // The one quotient that does not fit; the processor traps on it.
  if (left == kMin && right == -1) return FaultCode::Overflow;
  result = left / right;
  return FaultCode::None;
}

FaultCode rem(std::int64_t left, std::int64_t right, std::int64_t& result) {
  if (right == 0) return FaultCode::DivideByZero;
  result = right == -1 ? 0 : left % right;  // The processor traps on the lowest number here, too.
  return FaultCode::None;
}

FaultCode pow(std::int64_t base, std::int64_t exponent, std::int64_t& result) {
  if (exponent < 0) return FaultCode::NegativeExponent;
  std::int64_t power = 1;
  while (true) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(power, base, &power)) {
      return FaultCode::Overflow;
    }
    exponent >>= 1;
    if (exponent == 0) break;
    // The square is a factor of the result, as there is a bit left of the exponent.
    if (__builtin_mul_overflow(base, base, &base)) return FaultCode::Overflow;
  }
  result = power;
  return FaultCode::None;
}

FaultCode minimum(std::int64_t left, std::int64_t right, std::int64_t& result) {
  result = left < right ? left : right;
  return FaultCode::None;
}

FaultCode maximum(std::int64_t left, std::int64_t right, std::int64_t& result) {
  result = left > right ? left : right;
  return FaultCode::None;
}

FaultCode neg(std::int64_t of, std::int64_t, std::int64_t& result) {
  return sub(0, of, result);
}

FaultCode abs(std::int64_t of, std::int64_t, std::int64_t& result) {
  if (of < 0) return sub(0, of, result);
  result = of;
  return FaultCode::None;
}

bool equal(std::int64_t left, std::int64_t right) {
  return left == right;
}
bool differ(std::int64_t left, std::int64_t right) {
  return left != right;
}
bool below(std::int64_t left, std::int64_t right) {
  return left < right;
}
bool at_most(std::int64_t left, std::int64_t right) {
  return left <= right;
}
bool above(std::int64_t left, std::int64_t right) {
  return left > right;
}
bool at_least(std::int64_t left, std::int64_t right) {
  return left >= right;
}

}  // namespace

void add_integer_kernels(KernelRow& row) {
  kernel_in(row, CommandCode::Add) = of_two<add>;
  kernel_in(row, CommandCode::Sub) = of_two<sub>;
  kernel_in(row, CommandCode::Mul) = of_two<mul>;
  kernel_in(row, CommandCode::Div) = of_two<div>;
  kernel_in(row, CommandCode::Rem) = of_two<rem>;
  kernel_in(row, CommandCode::Pow) = of_two<pow>;
  kernel_in(row, CommandCode::Minimum) = of_two<minimum>;
  kernel_in(row, CommandCode::Maximum) = of_two<maximum>;
  kernel_in(row, CommandCode::Eq) = compare<equal>;
  kernel_in(row, CommandCode::Ne) = compare<differ>;
  kernel_in(row, CommandCode::Lt) = compare<below>;
  kernel_in(row, CommandCode::Le) = compare<at_most>;
  kernel_in(row, CommandCode::Gt) = compare<above>;
  kernel_in(row, CommandCode::Ge) = compare<at_least>;
  kernel_in(row, CommandCode::Neg) = of_two<neg>;
  kernel_in(row, CommandCode::Abs) = of_two<abs>;
}

}  // namespace heddle
