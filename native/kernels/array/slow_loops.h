#pragma once
// Element-wise loops that no vectors are used for: they divide integers, or call <cmath>.

#include "kernels/array/loops.h"

namespace heddle::array {

// Sqrt to Tanh of every type, and what UnaryLoop means besides. Never null for those.
UnaryLoop slow_unary(UnaryOp op, Dtype dtype);

// Div, Rem and Pow of every type.
BinaryLoop slow_binary(BinaryOp op, Dtype dtype);

}  // namespace heddle::array
