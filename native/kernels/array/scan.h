#pragma once
// Running totals of an array: element i of the result is the sum of elements 0 to i.
//
// In the array's own type: integers modulo 2^bits, floats in the order of heddle::scan
// (heddle/scan.h), which goes by the number of elements only.

#include "heddle/kernel_context.h"
#include "kernels/array/types.h"

namespace heddle::array {

// Elements are taken in their order in memory. `out` has the type and shape of `a`, and may be its
// memory.
Status scan(KernelContext t, ConstView const& a, View const& out);

}  // namespace heddle::array
