#pragma once
// Element-wise loops that no vectors are used for, and those that go by way of doubles.

#include "kernels/array/loops.h"

namespace heddle::array {

// Sqrt to Tanh of every type but F64.
UnaryLoop slow_unary(UnaryOp op, Dtype dtype);

// Div, Rem and Pow of every type.
BinaryLoop slow_binary(BinaryOp op, Dtype dtype);

}  // namespace heddle::array
