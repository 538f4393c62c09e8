// One small function an operation and type, in the order of CommandCode.

#include "kernels/scalar.h"

#include <limits>

#include "base/check.h"

namespace heddle {

namespace {

FaultCode fault_if_overflow(bool overflow) {
  return overflow ? FaultCode::Overflow : FaultCode::None;
}

FaultCode constant(Value, Value, Value&) {
  CHECK(!"a constant is not computed");
  return FaultCode::None;
}

FaultCode add_numbers(Value left, Value right, Value& result) {
  result.number = left.number + right.number;
  return FaultCode::None;
}

FaultCode sub_numbers(Value left, Value right, Value& result) {
  result.number = left.number - right.number;
  return FaultCode::None;
}

FaultCode mul_numbers(Value left, Value right, Value& result) {
  result.number = left.number * right.number;
  return FaultCode::None;
}

FaultCode div_numbers(Value left, Value right, Value& result) {
  result.number = left.number / right.number;
  return FaultCode::None;
}

FaultCode add_integers(Value left, Value right, Value& result) {
  return fault_if_overflow(__builtin_add_overflow(left.integer, right.integer, &result.integer));
}

FaultCode sub_integers(Value left, Value right, Value& result) {
  return fault_if_overflow(__builtin_sub_overflow(left.integer, right.integer, &result.integer));
}

FaultCode mul_integers(Value left, Value right, Value& result) {
  return fault_if_overflow(__builtin_mul_overflow(left.integer, right.integer, &result.integer));
}

FaultCode div_integers(Value left, Value right, Value& result) {
  if (right.integer == 0) return FaultCode::DivideByZero;
  // The one quotient that does not fit; the processor traps on it.
  if (left.integer == std::numeric_limits<std::int64_t>::min() && right.integer == -1) {
    return FaultCode::Overflow;
  }
  result.integer = left.integer / right.integer;
  return FaultCode::None;
}

constexpr KernelTable kTable{
    .number = {constant, add_numbers, sub_numbers, mul_numbers, div_numbers},
    .integer = {constant, add_integers, sub_integers, mul_integers, div_integers},
};

}  // namespace

KernelTable const& scalar_kernels() {
  return kTable;
}

}  // namespace heddle
