#pragma once
// Operations on every element: with broadcasting, on vectors, shared out among the workers.
//
// | elements | add, sub, mul, neg, abs | div            | rem          | pow | | -------- |
// ----------------------- | -------------- | ------------ | -------------------------- | | floats
// | rounded once            | rounded once   | exact        | as Math.pow()              | |
// integers | modulo 2^bits           | toward zero    | sign of left | modulo 2^bits; 1 / x^n     |
// | by zero  |                         | integers: 0    | integers: 0  | toward zero, 0 for 0 |
//
// minimum, maximum, round and all else on floats are as in JavaScript: NaN goes through, -0 is less
// than 0, a half is rounded up, NaN is false. Floats of 32 bits are computed as JavaScript computes
// elements of a Float32Array: as doubles, rounded when they are stored. exp, log, sin, cos, tan and
// tanh are within 2 units in the last place, and the same on every processor up to 1e6.
//
// The shape of `out` is what broadcast() gives for the operands, and its type what result_dtype()
// gives; operands are of one type. Whatever else ends the program. `out` may be the memory of an
// operand that has its type and shape.

#include "heddle/kernel_context.h"
#include "kernels/array/operations.h"

namespace heddle::array {

Status unary(KernelContext t, UnaryOp op, ConstView const& a, View const& out);
Status binary(KernelContext t, BinaryOp op, ConstView const& a, ConstView const& b,
              View const& out);

// a * b + c in one pass: the same bits as mul and then add, without the memory for the product.
Status multiply_add(KernelContext t, ConstView const& a, ConstView const& b, ConstView const& c,
                    View const& out);

// Elements of a where those of the condition, which is U8, are not 0, and of b elsewhere.
Status where(KernelContext t, ConstView const& condition, ConstView const& a, ConstView const& b,
             View const& out);

}  // namespace heddle::array
