#pragma once
// Reductions of an array to a number, which is the same to the last bit whoever helps.
//
// Integers are summed exactly and converted to a double at the end. For sums of floats, dot
// products of floats and all products, elements are converted to doubles first, and the order of
// the operations goes by the number of elements only:
//
//     block    4,096 elements; the last one may be shorter
//     column   element i of a block is added to column i modulo 16, in order; they begin at 0 (1)
//     block's  ((c0 + c8) + (c4 + c12)) + ((c2 + c10) + (c6 + c14)), and that + the same of the odd
//              columns: column c with c + 8, then c + 4, c + 2, c + 1
//     array's  the blocks' values as heddle::reduce combines single values (heddle/reduce.h):
//              pairwise, after runs of up to 64th parts of them
//
// The columns are what vectors are made of, and are the same for every instruction set. Products in
// a dot product are rounded before they are added.

#include "heddle/kernel_context.h"
#include "kernels/array/types.h"

namespace heddle::array {

inline constexpr std::size_t kReduceBlock = 4096;

enum class ReduceOp : std::uint8_t {
  Sum,
  Prod,  // In doubles, also of integers.
  Mean,  // Of no elements: NaN.
  Min,   // NaN if an element is; -0 is less than 0.
  Max,
  ArgMin,  // The first index of the least element, where -0 equals 0; of a NaN if there is one.
  ArgMax,
};

// Min to ArgMax of no elements are Empty.
Status reduce(KernelContext t, ReduceOp op, ConstView const& a, double& out);

// The sum of the products of elements. Operands have the same type and number of elements.
Status dot(KernelContext t, ConstView const& a, ConstView const& b, double& out);

}  // namespace heddle::array
