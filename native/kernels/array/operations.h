#pragma once
// The names of what is done to every element, and what type comes of it.

#include <cstddef>
#include <cstdint>

#include "kernels/array/types.h"

namespace heddle::array {

// Of two operands. The numbers index tables.
enum class BinaryOp : std::uint8_t {
  Add,
  Sub,
  Mul,
  Div,
  Rem,
  Pow,
  Minimum,
  Maximum,
  Eq,  // From here on: to 0 or 1, as U8.
  Ne,
  Lt,
  Le,
  Gt,
  Ge,
  And,
  Or,
};
inline constexpr std::size_t kBinaryCount = 16;

// Of one.
enum class UnaryOp : std::uint8_t {
  Neg,
  Abs,
  Floor,
  Ceil,
  Round,
  Not,   // To 0 or 1, as U8.
  Sqrt,  // From here on: floats stay what they are, integers become F64.
  Exp,
  Log,
  Sin,
  Cos,
  Tan,
  Tanh,
};
inline constexpr std::size_t kUnaryCount = 13;

constexpr bool is_logical(BinaryOp op) {
  return op >= BinaryOp::Eq;
}

// The type of the result, given that of the operands.
constexpr Dtype result_dtype(BinaryOp op, Dtype operand) {
  return is_logical(op) ? Dtype::U8 : operand;
}
constexpr Dtype result_dtype(UnaryOp op, Dtype operand) {
  if (op == UnaryOp::Not) return Dtype::U8;
  return op >= UnaryOp::Sqrt && !is_float(operand) ? Dtype::F64 : operand;
}

}  // namespace heddle::array
